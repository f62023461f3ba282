"""Names are found by characters, pinyin and initials, in every reading of the surname."""

from __future__ import annotations

import pytest

from portal.services.names import LENGTH, initials, search_key


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("陈晓", "陈晓"),
        ("陈晓", "chenxiao"),
        ("陈晓", "cx"),
        ("胡晨子", "hucz"),
        ("欧阳䶮", "ouyangyan"),
        ("曾国", "zengguo"),
        ("单雄", "shanxiong"),
        ("买买提·阿不都热合曼", "买买提阿不都热合曼"),
        ("Anna Li", "annali"),
    ],
)
def test_a_name_is_found_by(name: str, typed: str) -> None:
    assert typed in search_key(name).split()


def test_a_character_without_a_reading_stands_for_itself() -> None:
    assert "𠮷田" in search_key("𠮷田").split()


def test_a_very_long_name_fits_its_column() -> None:
    assert len(search_key("曾" * 60)) <= LENGTH


def test_no_name_has_no_key() -> None:
    assert search_key(" · ") == ""


def test_a_unit_is_abbreviated_by_its_first_letters() -> None:
    assert initials("护理学院") == "HLXY"
    assert initials("人事处") == "RSC"
