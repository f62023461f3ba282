"""How many admins at once, and how late a paper is."""

from __future__ import annotations

from datetime import date

import pytest

from portal.rules.offices import days_late, most_at_once, usual_deadline

DEC = [date(2025, 12, day) for day in range(1, 31)]


@pytest.mark.parametrize(
    ("spans", "since", "most"),
    [
        ([(DEC[0], None), (DEC[0], None)], DEC[4], 2),
        ([(DEC[0], DEC[3]), (DEC[0], None), (DEC[4], None)], DEC[4], 2),
        ([(DEC[0], DEC[4]), (DEC[0], None), (DEC[4], None)], DEC[4], 3),
        ([(DEC[0], None), (DEC[9], None), (DEC[4], None)], DEC[4], 3),
        ([(DEC[0], DEC[2])], DEC[4], 0),
    ],
)
def test_the_most_on_any_one_day(spans, since, most):
    assert most_at_once(spans, since) == most


def test_days_late_count_from_the_day_after_the_deadline():
    due = usual_deadline(2025)
    assert due == date(2025, 11, 28)
    assert days_late(due, None, date(2025, 11, 28)) == 0
    assert days_late(due, None, date(2025, 11, 29)) == 1
    assert days_late(due, date(2025, 11, 27), date(2026, 1, 1)) == 0
    assert days_late(due, date(2025, 12, 3), date(2026, 1, 1)) == 5
