"""The lean integer core: claims in approval order in, credited quarters per year out.

A claim's credit is the most that can be counted while every earlier credit stays as it was and every
day and cap still holds. Days need no flow algorithm: claims are intervals, so by Hall's theorem the
earlier credits and x fit iff for every run of days [a, b] ⊇ [start, end] the credits lying wholly
inside it, x included, are at most the day cap times its days. The tight run is also the explanation.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from operator import itemgetter

from portal.rules.parts import Claim, Part, finished, parts
from portal.rules.plans import Plan, Plans, Rule

Interval = tuple[int, int, int]  # first day, last day (ordinals), credited quarters
Tight = tuple[str, int, int, int, int]  # rule id, limit, left, window's first and last day (0, 0 if none)
# claim id, category, subject, first day, last day, asked, credited, tight constraints
Row = tuple[str, str, str, int, int, int, int, tuple[Tight, ...]]
_END = itemgetter(1)
RANK = "rank"  # the rule id of a claim whose author rank does not count


class Book:
    """What one person has been credited in one year, in the order of approval."""

    __slots__ = ("plan", "pools", "rows", "taken")

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.rows: list[Row] = []
        self.taken = [0] * plan.year_caps
        self.pools: list[list[Interval]] = [[] for _ in range(plan.pools)]

    def copy(self) -> Book:
        """A book that can be written on without touching this one."""
        twin = Book.__new__(Book)
        twin.plan = self.plan
        twin.rows = self.rows.copy()
        twin.taken = self.taken.copy()
        twin.pools = [pool.copy() for pool in self.pools]
        return twin

    def place(self, part: Part) -> int:
        """Credit the part of a claim that falls in this year, last in order; quarters credited."""
        claim, _, rule, subject, start, end, asked, want = part
        x, taken = want, self.taken
        for i, _, limit in rule.year_caps:
            left = limit - taken[i]
            if left < x:
                x = left
        run: tuple[int, int, int] | None = None
        if rule.pool >= 0:
            pool = self.pools[rule.pool]
            # Whatever overlaps could at worst lie wholly on these days; when even then there is room
            # (the common case), no run of days can be tight.
            spare = rule.day_limit * (end - start + 1) - x
            for first, last, credited in pool:
                if first <= end and last >= start:
                    spare -= credited
            if spare < 0:
                run = _tightest(pool, start, end, rule.day_limit)
                if run[0] < x:
                    x = run[0]
            if x:
                pool.append((start, end, x))
        tight = self._tight(rule, x, asked, want, run) if x < asked else ()
        for i, _, _ in rule.year_caps:
            taken[i] += x
        self.rows.append((claim, rule.code, subject, start, end, asked, x, tight))
        return x

    def _tight(
        self, rule: Rule, x: int, asked: int, want: int, run: tuple[int, int, int] | None
    ) -> tuple[Tight, ...]:
        """Every constraint that leaves exactly x, before x is taken."""
        found: list[Tight] = []
        if run is not None and run[0] == x:
            found.append((rule.day_cap, rule.day_limit * (run[2] - run[1] + 1), x, run[1], run[2]))
        for i, cap_id, limit in rule.year_caps:
            if limit - self.taken[i] == x:
                found.append((cap_id, limit, x, 0, 0))
        if want == x < asked:
            by_rank = rule.claim_cap is None or (rule.category.ranks is not None and not want)
            found.append((RANK if by_rank or rule.claim_cap is None else rule.claim_cap.id, x, x, 0, 0))
        return tuple(found)


Books = dict[int, Book]


def _tightest(pool: list[Interval], start: int, end: int, limit: int) -> tuple[int, int, int]:
    """Room, first and last day of the run of days ⊇ [start, end] with the least room; the shortest such run.

    Runs need only begin at `start` or where an earlier claim begins, and end at `end` or where one ends.
    Claims that do not hang together with [start, end] fit on their own days and tighten nothing.
    """
    near = [claim for claim in pool if claim[0] <= end and claim[1] >= start]
    known = 0
    while known < len(near) < len(pool):
        known = len(near)
        low, high = min(start, *[claim[0] for claim in near]), max(end, *[claim[1] for claim in near])
        near = [claim for claim in pool if claim[0] <= high and claim[1] >= low]
    near.sort(key=_END)
    runs = []  # room, days beyond one, first day, last day
    firsts = {start, *[claim[0] for claim in near if claim[0] < start]}
    for a in firsts:
        b, inside = end, 0
        for first, last, credited in near:
            if first >= a:
                if last > b:
                    runs.append((limit * (b - a + 1) - inside, b - a, a, b))
                    b = last
                inside += credited
        runs.append((limit * (b - a + 1) - inside, b - a, a, b))
    room, _, a, b = min(runs)
    return room, a, b


def credit(plans: Plans, claims: Iterable[Claim], as_of: date | None) -> tuple[Books, set[str]]:
    """The books of every year after `claims` in approval order, and the ids that are not finished."""
    books: Books = {}
    waiting: set[str] = set()
    for claim in claims:
        if isinstance(claim, tuple):
            pieces = [claim]
        else:
            pieces = parts(plans, claim)
            if as_of is not None and not finished(claim, as_of):
                waiting.add(claim.id)
                continue
        for part in pieces:
            year = part[1]
            book = books.get(year)
            if book is None:
                book = books[year] = Book(plans[year])
            book.place(part)
    return books, waiting
