"""How long claims took, from counts by days."""

from __future__ import annotations

import pytest

from portal.rules.waits import Waits


@pytest.mark.parametrize(
    ("by_days", "median", "slow", "longest"),
    [
        ({}, None, None, None),
        ({0: 1}, 0, 0, 0),
        ({0: 1, 5: 1}, 0, 5, 5),
        ({1: 9, 30: 1}, 1, 1, 30),
        ({1: 89, 2: 1, 30: 10}, 1, 2, 30),
        ({30: 1, 2: 2}, 2, 30, 30),
    ],
)
def test_the_middle_the_slow_tenth_and_the_longest(
    by_days: dict[int, int], median: int | None, slow: int | None, longest: int | None
) -> None:
    waits = Waits(by_days)
    assert (waits.median, waits.slow, waits.longest) == (median, slow, longest)


def test_within_three_days_is_less_than_three_times_24_hours() -> None:
    assert Waits({0: 1, 2: 2, 3: 4, 7: 8}).within(3) == 3
    assert Waits({0: 1, 2: 2, 3: 4, 7: 8}).within(7) == 7
