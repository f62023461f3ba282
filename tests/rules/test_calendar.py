"""The phases of a year to the day, and what a reopening widens."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.rules.calendar import (
    Calendar,
    Phase,
    Reopening,
    Window,
    calendar_faults,
    decision_problem,
    filing_problems,
    usual,
)

DATES = Calendar(2025, date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28))


@pytest.mark.parametrize(
    ("day", "phase"),
    [
        (date(2024, 12, 31), Phase.COMING),
        (date(2025, 1, 1), Phase.OPEN),
        (date(2025, 12, 31), Phase.OPEN),
        (date(2026, 1, 1), Phase.GRACE),
        (date(2026, 1, 31), Phase.GRACE),
        (date(2026, 2, 1), Phase.REVIEW),
        (date(2026, 2, 28), Phase.REVIEW),
        (date(2026, 3, 1), Phase.CLOSED),
    ],
)
def test_each_phase_holds_through_its_last_day(day: date, phase: Phase) -> None:
    assert DATES.phase(day) is phase


@given(st.integers(2021, 2060), st.integers(-400, 1500))
def test_phases_only_ever_move_on(year: int, days: int) -> None:
    day = date(year, 1, 1) + timedelta(days=days)
    order = list(Phase)
    today, tomorrow = usual(year).phase(day), usual(year).phase(day + timedelta(days=1))
    assert order.index(tomorrow) - order.index(today) in (0, 1)


def test_the_usual_dates_take_last_years_claims_all_year_long() -> None:
    assert not calendar_faults(usual(2024))
    assert usual(2024).phase(date(2025, 12, 31)) is Phase.GRACE
    assert usual(2024).phase(date(2026, 1, 1)) is Phase.REVIEW


def test_dates_out_of_order_are_named() -> None:
    wrong = Calendar(2025, date(2024, 12, 31), date(2024, 12, 1), date(2024, 11, 1))
    assert set(calendar_faults(wrong)) == {"open_until", "grace_until", "review_until"}


def test_a_reopening_widens_and_never_narrows() -> None:
    late = Window(DATES, Reopening(date(2026, 4, 1), date(2026, 4, 30), "住院"))
    assert (late.may_file(date(2026, 4, 1)), late.may_file(date(2026, 4, 2))) == (True, False)
    assert (late.may_decide(date(2026, 4, 30)), late.may_decide(date(2026, 5, 1))) == (True, False)
    early = Window(DATES, Reopening(date(2025, 6, 1), date(2025, 6, 2), "误"))
    assert (early.files_until, early.review_until) == (DATES.grace_until, DATES.review_until)


def test_a_claim_of_two_years_needs_both() -> None:
    windows = {2025: Window(DATES), 2026: Window(usual(2026))}
    day = date(2026, 2, 1)
    (problem,) = filing_problems(windows, (2025, 2026), day, "end")
    assert (problem.field, "2025 年度的申报已于 2026-01-31 截止" in problem.text) == ("end", True)
    assert decision_problem(windows, (2025, 2026), day) == ""
    assert "2026-02-28 关闭" in decision_problem(windows, (2025, 2026), date(2026, 3, 1))
