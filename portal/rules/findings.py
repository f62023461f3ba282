"""The structured reason for a clipped credit, read off the calculation's own record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from portal.rules.credit import RANK, Book, Row, Tight


@dataclass(frozen=True, slots=True)
class Taker:
    """An earlier claim that took some of the room, in quarters."""

    id: str
    quarters: int
    title: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that bit: limit − taken = left ≥ credited, all in quarters, for the part in `year`.

    `rule` is the cap's id in the policy (or "rank"); `each` the cap's own figure (per day, year or
    claim); `window` the run of days, both included, for a day cap; `split` says that the claim falls
    in several years and this is one part of it.
    """

    rule: str
    per: Literal["day", "year", "claim", "rank"]
    year: int
    asked: int
    credited: int
    limit: int
    left: int
    each: int
    taken_by: tuple[Taker, ...]
    window: tuple[date, date] | None
    labels: tuple[str, ...]
    quote: str
    split: bool = False

    @property
    def taken(self) -> int:
        """Quarters that earlier claims hold of the limit."""
        return sum(taker.quarters for taker in self.taken_by)


def findings_of(book: Book, at: int, year: int, titles: Mapping[str, str], split: bool) -> Iterator[Finding]:
    """The findings of the book's row number `at`; takers are the rows before it."""
    for tight in book.rows[at][7]:
        yield _finding(book, at, tight, year, titles, split)


def _finding(book: Book, at: int, tight: Tight, year: int, titles: Mapping[str, str], split: bool) -> Finding:
    _, code, _, _, _, asked, credited, _ = book.rows[at]
    rule, limit, left, first, last = tight
    policy = book.plan.policy
    if rule == RANK:
        ranks = policy.categories[code].ranks
        own, quote = (policy.categories[code].label,), ranks.quote if ranks else ""
        return Finding(rule, "rank", year, asked, credited, limit, left, 0, (), None, own, quote, split)
    cap = policy.cap(rule)
    before: list[Row] = [] if cap.per == "claim" else book.rows[:at]
    taken_by = tuple(
        Taker(row[0], row[6], titles.get(row[0], ""))
        for row in before
        if row[6] and row[1] in cap.categories and (not first or (row[3] >= first and row[4] <= last))
    )
    window = (date.fromordinal(first), date.fromordinal(last)) if first else None
    labels = tuple(policy.categories[name].label for name in cap.categories)
    return Finding(
        rule=rule,
        per=cap.per,
        year=year,
        asked=asked,
        credited=credited,
        limit=limit,
        left=left,
        each=cap.quarters,
        taken_by=taken_by,
        window=window,
        labels=labels,
        quote=cap.quote,
        split=split,
    )
