"""Display names: what a person reads survives, what only machines or cheats read is gone."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.intake.names import clean_name, extension


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("证明材料.pdf", "证明材料.pdf"),
        ("买买提·阿不都热合曼 学时证明（2025）.pdf", "买买提·阿不都热合曼 学时证明（2025）.pdf"),
        ("𠮷田.png", "𠮷田.png"),
        ("👨‍👩‍👧😀.jpg", "👨‍👩‍👧😀.jpg"),
        ("照片.JPG", "照片.JPG"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\王芳\\桌面\\证明.pdf", "证明.pdf"),
        ("..\\..\\boot.ini.pdf", "boot.ini.pdf"),
        ("/etc/", "未命名.pdf"),
        ("", "未命名.pdf"),
        ("   ", "未命名.pdf"),
        ("\u202e\u200f", "未命名.pdf"),
        (".png", "未命名.png"),
        ("..pdf", "未命名.pdf"),
        ("证明\u202efdp.exe", "证明fdp.exe"),
        ("证\u2066明\u2069\u200b\ufeff.pdf", "证明.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie: x=1.pdf"),
        ("a\0b.pdf", "ab.pdf"),
        ("e\u0301tude.pdf", "étude.pdf"),
        ("CON.pdf", "CON.pdf"),
        ("证明.pdf. . ", "证明.pdf"),
        ("多  个   空格.pdf", "多 个 空格.pdf"),
        ("带\"引号'.pdf", "带\"引号'.pdf"),
        ("坏\udc80.pdf", "坏.pdf"),
        ("没有扩展名", "没有扩展名"),
    ],
)
def test_what_is_shown(raw: str, shown: str) -> None:
    assert clean_name(raw) == shown


def test_a_long_name_keeps_its_extension() -> None:
    shown = clean_name("证" * 300 + ".jpeg")

    assert len(shown) == 120
    assert extension(shown) == ".jpeg"
    assert shown.startswith("证证")


@given(st.text(max_size=400))
def test_any_name_becomes_a_harmless_one(raw: str) -> None:
    shown = clean_name(raw)

    assert 0 < len(shown) <= 120
    assert not {"/", "\\", "\n", "\r", "\0", "\u202e"} & set(shown)
    assert all(unicodedata.category(sign) not in {"Cc", "Cs"} for sign in shown)
    assert clean_name(shown) == shown
    assert unicodedata.is_normalized("NFC", shown)
