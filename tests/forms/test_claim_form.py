"""The claim form by itself: lenient about what is missing, exact about what cannot be read."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from portal.forms.claims import ClaimForm, version_in
from portal.rules.policy import shipped

POLICY = shipped().for_year(2025)
YEARS = (2021, 2026)


def read(**sent: str) -> tuple[Any, dict[str, list[str]]]:
    """What a form with these fields says, and what is wrong with it."""
    return ClaimForm.for_category(POLICY, YEARS, MultiDict(sent)).read()


def test_an_empty_form_is_a_training_with_nothing_wrong() -> None:
    given, wrong = read()
    assert (given.category, given.quarters, given.start, wrong) == ("training", None, None, {})


def test_values_are_read_exactly() -> None:
    given, wrong = read(
        category="training", start="2025-07-02", end="2025-07-04", hours=" 7.5 ", title="  讲座  "
    )
    assert not wrong
    assert (given.quarters, given.title) == (30, "讲座")
    assert (given.start, given.end) == (date(2025, 7, 2), date(2025, 7, 4))


def test_a_leap_day_is_a_day_and_a_false_one_is_not() -> None:
    assert read(category="training", start="2024-02-29")[0].start == date(2024, 2, 29)
    assert "不存在" in read(category="training", start="2025-02-29")[1]["start"][0]


def test_fields_of_other_categories_are_not_read() -> None:
    given, wrong = read(category="publication", hours="999", start="nonsense", year="1")
    assert (given.quarters, given.start, given.year, wrong) == (None, None, None, {})


def test_the_subject_of_a_single_subject_category_is_the_policys() -> None:
    assert read(category="self_study", subject="public")[0].subject == "professional"


@pytest.mark.parametrize(("first", "last"), [("2020-12-31", ""), ("", "2027-01-01")])
def test_days_outside_the_years_that_can_be_claimed(first: str, last: str) -> None:
    _, wrong = read(category="training", start=first, end=last)
    assert any("2021 至 2026 年" in text for texts in wrong.values() for text in texts)


def test_a_split_must_be_whole_and_add_up() -> None:
    base = {"category": "training", "start": "2025-12-30", "end": "2026-01-02", "hours": "20"}
    assert read(**base)[0].split is None
    assert read(**base, split_2025="16", split_2026="4")[0].split == {2025: 64, 2026: 16}
    assert "请填写 2026 年" in read(**base, split_2025="16")[1]["split"][0]
    assert "合计 24" in read(**base, split_2025="16", split_2026="8")[1]["split"][0]
    assert "2025 年" in read(**base, split_2025="1.3", split_2026="4")[1]["split"][0]
    assert read(**{**base, "end": "2025-12-31"}, split_2025="1", split_1999="7")[0].split is None


def test_only_small_whole_numbers_are_versions() -> None:
    assert version_in({"version": "7"}) == 7
    for odd in ("", "-1", "1.0", "９", "9223372036854775808", "x"):
        assert version_in({"version": odd}) is None


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "category",
                "kind",
                "subject",
                "title",
                "start",
                "end",
                "hours",
                "year",
                "date",
                "level",
                "rank",
                "approval",
                "split_2025",
                "split_2026",
                "version",
                "idempotency_key",
            ]
        ),
        st.text(max_size=30),
    )
)
def test_no_text_whatsoever_breaks_the_form(sent: dict[str, str]) -> None:
    given, wrong = read(**sent)
    assert given.quarters is None or given.quarters > 0
    assert all(text for texts in wrong.values() for text in texts)
