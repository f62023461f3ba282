"""How long things took, from counts by whole days: the middle, the slow tenth, the share in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Waits:
    """Claims by the whole days (24 hours) they waited: 0 is less than a day."""

    by_days: Mapping[int, int]

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(self.by_days.values())

    @property
    def median(self) -> int | None:
        """Days within which half of them were over; None for none."""
        return self.reached(50)

    @property
    def slow(self) -> int | None:
        """Days within which nine of ten were over; None for none."""
        return self.reached(90)

    @property
    def longest(self) -> int | None:
        """Days of the one that took longest; None for none."""
        return max(self.by_days, default=None)

    def reached(self, percent: int) -> int | None:
        """The fewest days within which at least that part of them, in percent, was over."""
        passed, wanted = 0, self.count * percent
        for days in sorted(self.by_days):
            passed += self.by_days[days]
            if passed * 100 >= wanted:
                return days
        return None

    def within(self, days: int) -> int:
        """How many took less than that many days."""
        return sum(count for took, count in self.by_days.items() if took < days)
