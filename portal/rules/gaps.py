"""What still helps a subject that is not met: the ways that every cap leaves room for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from portal.rules.policy import Category, Policy


@dataclass(frozen=True, slots=True)
class Way:
    """One way to gain `gain` quarters: as hours, as `items` works, or as hours on at least `days` days."""

    categories: tuple[str, ...]
    measure: Literal["hours", "items", "days"]
    gain: int
    items: int = 0
    days: int = 0
    left: int | None = None  # what the yearly cap leaves altogether


@dataclass(frozen=True, slots=True)
class UsedUp:
    """A yearly cap that leaves nothing, with what is credited and what pending claims will take."""

    categories: tuple[str, ...]
    limit: int
    taken: int
    pending: int


@dataclass(frozen=True, slots=True)
class Gap:
    """How far a subject is from its standard, in quarters.

    Once everything pending is approved it gains `pending_least` to `pending_most`; `rest` is what is
    missing even then at worst. Each of the ways stands for itself, within all caps.
    """

    missing: int
    pending_least: int
    pending_most: int
    rest: int
    ways: tuple[Way, ...]
    used_up: tuple[UsedUp, ...]


def gap(
    policy: Policy,
    subject: str,
    *,
    missing: int,
    pending: tuple[int, int],
    taken: Mapping[str, int],
    waiting: Mapping[str, int],
    free_days: int,
    closed: Collection[str] = (),
) -> Gap:
    """The ways to close a gap of `missing` quarters in a subject of one year.

    `pending` bounds what pending claims bring to the subject; `taken` and `waiting` are the credited
    quarters of each category now and what approving everything adds; `free_days` are days of the year
    without training; `closed` are categories nothing can be added to any more.
    """
    rest = max(0, missing - pending[0])
    ways: list[Way] = []
    used_up: list[UsedUp] = []
    seen: set[str] = set()
    for name, category in policy.categories.items():
        if name in seen or name in closed or subject not in category.subjects:
            continue
        cap = next((cap for cap in policy.caps if cap.per == "year" and name in cap.categories), None)
        together = tuple(cap.categories) if cap else (name,)
        seen.update(together)
        left = None
        if cap is not None:
            held = sum(taken.get(one, 0) for one in together)
            coming = sum(waiting.get(one, 0) for one in together)
            left = cap.quarters - held - coming
            if left <= 0:
                used_up.append(UsedUp(together, cap.quarters, held, coming))
                continue
        way = _way(policy, category, name, together, rest, left, free_days)
        if way is not None:
            ways.append(way)
    return Gap(missing, pending[0], pending[1], rest, tuple(ways), tuple(used_up))


def _way(
    policy: Policy,
    category: Category,
    name: str,
    together: tuple[str, ...],
    rest: int,
    left: int | None,
    free_days: int,
) -> Way | None:
    gain = rest if left is None else min(rest, left)
    if category.measure == "per_item" and category.each:
        items = -(-gain // category.each)
        return (
            Way(together, "items", min(gain, items * category.each), items=items, left=left)
            if items
            else None
        )
    daily = next((cap for cap in policy.caps if cap.per == "day" and name in cap.categories), None)
    if daily is not None:
        gain = min(gain, free_days * daily.quarters)
        days = -(-gain // daily.quarters)
        return Way(together, "days", gain, days=days, left=left) if gain else None
    return Way(together, "hours", gain, left=left) if gain else None
