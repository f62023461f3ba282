"""Which passwords are taken."""

from __future__ import annotations

import time

import pytest

from portal.rules.passwords import problems

WHO = {"username": "20250123", "name": "陈晓", "school": "山东第二医科大学"}


@pytest.mark.parametrize(
    "good",
    [
        "窗外的玉兰花开得正好呢真的",
        "blue kettle 47 sings",
        "Rk9-tulip-harbour",
        "𠮷" * 3 + "lantern-over-sea",
        "x7!" * 4 + "mango",
    ],
)
def test_a_long_unusual_password_is_taken(good: str) -> None:
    assert problems(good, **WHO) == []


@pytest.mark.parametrize("length", [0, 1, 11, 129, 100_000])
def test_length_is_bounded_on_both_sides(length: int) -> None:
    (told,) = problems(("lantern-over-" * (length // 13 + 1))[:length], **WHO)
    assert f"现在有 {length} 个" in told


@pytest.mark.parametrize(
    "usual",
    [
        "Password123456",
        "ＰＡＳＳＷＯＲＤ１２３４５６",
        "p@ssw0rd2025!",
        "1234567890123",
        "20251201080000",
        "!!!!2025qwerty2025!!!!",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "woaini5201314",
        "1qaz2wsx3edc",
        "portal-demo-2025",
        "继续教育学时202512345",
        "a1b2c3d4e5f6",
    ],
)
def test_usual_passwords_are_refused_whatever_hangs_on_them(usual: str) -> None:
    assert any("常见密码" in told for told in problems(usual, **WHO))


@pytest.mark.parametrize(
    ("known", "word"),
    [
        ("lantern-20250123-sea", "工号"),
        ("lantern-over-陈晓-sea", "姓名"),
        ("我在山东第二医科大学教书多年", "学校名称"),
        ("我在山东 第二医科 大学教书多年", "学校名称"),
    ],
)
def test_what_everybody_knows_is_refused(known: str, word: str) -> None:
    assert problems(known, **WHO) == [f"密码中不能含有{word}。"]


def test_without_a_known_owner_only_the_password_itself_counts() -> None:
    assert problems("lantern-20250123-sea") == []


def test_a_long_password_is_judged_at_once() -> None:
    started = time.perf_counter()
    problems("1" * 1_000_000)
    problems("a-" * 64)
    assert time.perf_counter() - started < 0.5
