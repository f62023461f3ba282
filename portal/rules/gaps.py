"""What still helps a subject that is not met: ways that every cap leaves room for, and the cheapest plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from portal.rules.bounds import YearProjection
from portal.rules.facts import ClaimFacts
from portal.rules.policy import Category, Policy
from portal.rules.totals import YearStanding
from portal.rules.vocabulary import CLAIMABLE
from portal.rules.vocabulary import Category as Name


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
    missing even then at worst. Each of the ways stands for itself, within all caps; `plan` are the fewest
    ways that, taken together, close the gap, and `uncovered` is what nothing can close.
    """

    missing: int
    pending_least: int
    pending_most: int
    rest: int
    ways: tuple[Way, ...]
    used_up: tuple[UsedUp, ...]
    plan: tuple[Way, ...] = ()
    uncovered: int = 0


@dataclass(frozen=True, slots=True)
class _Source:
    """Categories that share their innermost yearly cap, and every yearly cap above them."""

    category: Category
    together: tuple[str, ...]
    caps: tuple[str, ...]
    daily: int | None  # quarters a day

    def room(self, left: Mapping[str, int]) -> int | None:
        """What all of its caps leave; None without any."""
        return min((left[cap] for cap in self.caps), default=None)

    def way(self, rest: int, room: int | None, free_days: int) -> Way | None:
        """What it can give towards `rest`, or None."""
        gain = rest if room is None else min(rest, room)
        if gain <= 0:
            return None
        if self.category.measure == "per_item" and self.category.each:
            items = -(-gain // self.category.each)
            return Way(self.together, "items", gain, items=items, left=room)
        if self.daily is not None:
            gain = min(gain, free_days * self.daily)
            days = -(-gain // self.daily)
            return Way(self.together, "days", gain, days=days, left=room) if gain else None
        return Way(self.together, "hours", gain, left=room)

    def takes(self, way: Way, room: int | None) -> int:
        """What the way really takes from the caps: a work counts whole as far as there is room."""
        whole = way.items * (self.category.each or 0) if way.measure == "items" else way.gain
        return whole if room is None else min(whole, room)

    @property
    def effort(self) -> int:
        """What is cheaper comes first: hours nobody has to claim, then days, then study, then works."""
        if self.category.measure == "per_item":
            return 3
        return 1 if self.daily is not None else 2 if self.caps else 0


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
    promised_days: int = 0,
) -> Gap:
    """The ways to close a gap of `missing` quarters in a subject of one year.

    `pending` bounds what pending claims bring to the subject; `taken` and `waiting` are the credited
    quarters of each category now and what approving everything adds; `free_days` are days of the year
    without training, of which another subject's plan needs `promised_days`; `closed` are categories
    nothing can be added to any more.
    """
    rest = max(0, missing - pending[0])
    yearly = [cap for cap in policy.caps if cap.per == "year"]
    held = {cap.id: sum(taken.get(one, 0) for one in cap.categories) for cap in yearly}
    coming = {cap.id: sum(waiting.get(one, 0) for one in cap.categories) for cap in yearly}
    left = {cap.id: cap.quarters - held[cap.id] - coming[cap.id] for cap in yearly}
    ways: list[tuple[_Source, Way]] = []
    used_up: list[UsedUp] = []
    for source in _sources(policy, subject, closed):
        room = source.room(left)
        if room is not None and room <= 0:
            full = next(cap for cap in yearly if cap.id in source.caps and left[cap.id] == room)
            used_up.append(UsedUp(tuple(full.categories), full.quarters, held[full.id], coming[full.id]))
        elif way := source.way(rest, room, free_days):
            ways.append((source, way))
    plan, uncovered = _plan([source for source, _ in ways], rest, left, free_days - promised_days)
    given = tuple(way for _, way in ways)
    return Gap(missing, pending[0], pending[1], rest, given, tuple(used_up), plan, uncovered)


def gaps(
    policy: Policy,
    now: YearStanding,
    everything: YearStanding,
    projected: YearProjection | None,
    claims: Iterable[ClaimFacts],
    *,
    today: date,
    takes_claims: bool,
) -> dict[str, Gap]:
    """The gap of each subject that is not met; following every plan at once stays within all caps.

    `everything` is the standing once `claims`, approved and pending, all count; `takes_claims` whether the
    year still takes claims of this person. Courses are taken in the year itself.
    """
    closed = {str(name) for name in CLAIMABLE} if not takes_claims else set()
    if now.year < today.year:
        closed.add(Name.COURSE.value)
    waiting = {name: everything.categories[name] - quarters for name, quarters in now.categories.items()}
    free = free_days(claims, now.year)
    promised = 0
    found = {}
    for standard in now.standards:
        if standard.met:
            continue
        bounds = projected.subjects[standard.subject] if projected else None
        made = found[standard.subject] = gap(
            policy,
            standard.subject,
            missing=standard.need - standard.have,
            pending=(bounds.at_least - bounds.now, bounds.at_most - bounds.now) if bounds else (0, 0),
            taken=now.categories,
            waiting=waiting,
            free_days=free,
            closed=closed,
            promised_days=promised,
        )
        promised += sum(way.days for way in made.plan)
    return found


def free_days(claims: Iterable[ClaimFacts], year: int) -> int:
    """Days of the year on which none of the claims is a training."""
    busy: set[int] = set()
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    for facts in claims:
        if facts.start and facts.end:
            busy.update(range(max(first, facts.start.toordinal()), min(last, facts.end.toordinal()) + 1))
    return last - first + 1 - len(busy)


def _sources(policy: Policy, subject: str, closed: Collection[str]) -> list[_Source]:
    found: list[_Source] = []
    seen: set[str] = set()
    for name, category in policy.categories.items():
        if name in seen or name in closed or subject not in category.subjects:
            continue
        caps = [cap for cap in policy.caps if cap.per == "year" and name in cap.categories]
        inner = min(caps, key=lambda cap: len(cap.categories), default=None)
        together = tuple(inner.categories) if inner else (name,)
        seen.update(together)
        daily = next((cap for cap in policy.caps if cap.per == "day" and name in cap.categories), None)
        ids = tuple(cap.id for cap in caps)
        found.append(_Source(category, together, ids, daily.quarters if daily else None))
    return found


def _plan(
    sources: Collection[_Source], rest: int, left: Mapping[str, int], days: int
) -> tuple[tuple[Way, ...], int]:
    """The fewest ways that close `rest` together, the cheapest of those, and what stays open."""
    remaining = dict(left)
    chosen: list[Way] = []
    waiting = list(sources)
    while rest > 0:
        offers = [
            (way, source)
            for source in waiting
            if (way := source.way(rest, source.room(remaining), days)) is not None
        ]
        if not offers:
            break
        way, source = min(offers, key=lambda offer: (-offer[0].gain, offer[1].effort))
        chosen.append(way)
        waiting.remove(source)
        rest -= way.gain
        days -= way.days
        took = source.takes(way, source.room(remaining))
        for cap in source.caps:
            remaining[cap] -= took
    return tuple(chosen), rest
