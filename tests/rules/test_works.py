"""Numbers and titles of works: what is the same in another spelling, and what only looks so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.works import KEY_LENGTH, alike, isbn_faulty, similarity, title_key, work_key

SAME = [
    ("学术论文", "10.1016/S0140-6736(20)30183-5", "https://doi.org/10.1016/s0140-6736(20)30183-5"),
    ("学术论文", "10.1000/ABC", "DOI：10.1000/abc。"),
    ("会议论文", "１０.1000/xyz", "http://dx.doi.org/10.1000%2FXYZ"),
    ("学术论文", "10.1016/S0140-6736(20)30183-5", "10.1016/S0140‐6736(20)30183‑5"),
    ("学术论文", "10.1000/a-b", "10.1000/a–b"),
    ("著作", "978-7-117-12345-7", "ISBN 9787117123457"),
    ("著作", "978-7-117-12345-7", "ISBN：978—7–117−12345－7"),
    ("译著", "7-5623-1236-2", "978-7-5623-1236-9"),
    ("专利", "ZL 2021 1 0123456.7", "CN202110123456.7"),
    ("专利", "202110123456", "专利号：ＺＬ２０２１１０１２３４５６．７"),
    ("专利", "CN 112345678 A", "CN112345678B"),
    ("课题", "项目编号：ZR2021MH123", "zr2021mh 123"),
    ("课题", "国社科 21BSH-001", "国社科21BSH001"),
    ("课题", "82000123", "基金号：82000123"),
]
DIFFERENT = [
    ("课题", "ZR2021MH123", "ZR2021MH124"),
    ("专利", "ZL202110123456.7", "ZL202110123457.5"),
    ("学术论文", "10.1000/abc", "10.1000/abd"),
    ("学术论文", "10.1016/S0140‐6736(20)30183‐5", "10.1016/S0140‐6736(21)99999‐1"),
]
NAMES_NOTHING = [
    *[("课题", text) for text in ("", "无", "暂无", "2025", "第1号", "——")],
    *[("学术论文", text) for text in ("ISSN 1001-9057", "CN 37-1234/R", "2025年第3期", "978-7-117-12345-4")],
]
doi_tails = st.text("abcdefXYZ0123456789-_/", min_size=1, max_size=40)
titles = st.text(st.characters(codec="utf-8"), max_size=60)


def isbns() -> st.SearchStrategy[tuple[str, str]]:
    """The same book in ten and in thirteen digits."""

    def both(nine: str) -> tuple[str, str]:
        rest = -sum((10 - n) * int(c) for n, c in enumerate(nine)) % 11
        body = "978" + nine
        last = -sum(int(c) * (3 if n % 2 else 1) for n, c in enumerate(body)) % 10
        return nine + ("X" if rest == 10 else str(rest)), body + str(last)

    return st.text("0123456789", min_size=9, max_size=9).map(both)


@pytest.mark.parametrize(("kind", "one", "other"), SAME)
def test_one_number_in_two_spellings_is_one_work(kind: str, one: str, other: str) -> None:
    assert work_key(kind, one) is not None
    assert work_key(kind, one) == work_key(kind, other)


@pytest.mark.parametrize(("kind", "one", "other"), DIFFERENT)
def test_two_numbers_are_two_works(kind: str, one: str, other: str) -> None:
    assert work_key(kind, one) != work_key(kind, other)


@pytest.mark.parametrize(("kind", "text"), NAMES_NOTHING)
def test_what_names_no_single_work_has_no_key(kind: str, text: str) -> None:
    assert work_key(kind, text) is None


def test_an_award_may_carry_the_number_of_its_project() -> None:
    assert work_key("课题", "ZR2021MH123") != work_key("成果奖", "ZR2021MH123")


@given(isbns())
def test_both_forms_of_an_isbn_are_one_book(forms: tuple[str, str]) -> None:
    ten, thirteen = forms
    assert work_key("著作", ten) == work_key("译著", f"ISBN {thirteen}") == f"isbn:{thirteen}"
    assert not isbn_faulty("著作", ten)


@given(isbns(), st.integers(1, 9))
def test_a_wrong_check_digit_is_noticed(forms: tuple[str, str], step: int) -> None:
    thirteen = forms[1]
    wrong = thirteen[:-1] + str((int(thirteen[-1]) + step) % 10)
    assert isbn_faulty("著作", wrong)
    assert work_key("著作", wrong) != work_key("著作", thirteen)


@given(doi_tails, st.sampled_from(["", "https://doi.org/", "doi:", "DOI ", "　"]))
def test_a_doi_is_one_in_any_case_and_behind_any_prefix(tail: str, prefix: str) -> None:
    assert work_key("学术论文", f"{prefix}10.1234/{tail}".upper()) == work_key("会议论文", f"10.1234/{tail}")


@given(st.sampled_from(["学术论文", "著作", "专利", "课题", "成果奖"]), st.text(max_size=120))
def test_any_text_has_a_key_that_fits_its_column_or_none(kind: str, text: str) -> None:
    key = work_key(kind, text)
    assert key is None or 0 < len(key) <= KEY_LENGTH


@given(titles, titles)
def test_similarity_is_mutual_and_between_nothing_and_whole(one: str, other: str) -> None:
    assert similarity(one, other) == similarity(other, one)
    assert 0 <= similarity(one, other) <= 1
    assert similarity(one, one) == (1 if title_key(one) else 0)


@given(st.text("重症患者早期活动研究Abc1", min_size=1, max_size=40))
def test_width_case_punctuation_and_book_marks_change_no_title(title: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in title)
    assert title_key(f"《{wide.upper()}》 。") == title_key(title)


def test_small_changes_are_alike_and_other_issues_are_not() -> None:
    assert alike("延续护理对脑卒中患者自我效能的影响", "延续性护理对脑卒中患者自我效能的影响")
    assert not alike("护理教学能力研修班（第一期）", "护理教学能力研修班（第二期）")
    assert not alike("2024年全国护理年会", "2025年全国护理年会")
    assert not alike("老年护理模式研究（Ⅰ）", "老年护理模式研究Ⅱ")
    assert not alike("全院护理骨干培训第二十一期", "全院护理骨干培训第二十二期")
    assert alike("护理教学能力研修班第一期", "护理教学能力研修班第1期")
    assert alike("全院护理骨干教师临床教学能力培训班第二十期", "全院护理骨干教师临床教学能力培训班第20期")
    assert not alike("重症患者早期活动的多中心研究", "社区老年慢病护理服务模式研究")
