"""The structured reason for a clipped credit, read off the calculation's own record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple

from portal.rules.credit import RANK, Book, Tight

Record = tuple[Book, int, int]  # where a claim's credit stands: book, row number, year


class Taker(NamedTuple):
    """An earlier claim that took some of the room, in quarters."""

    id: str
    quarters: int
    title: str


class Finding(NamedTuple):
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


def findings_in(record: Sequence[Record], titles: Mapping[str, str]) -> Iterator[Finding]:
    """The findings of all rows of one claim."""
    for book, at, year in record:
        yield from findings_of(book, at, year, titles, len(record) > 1)


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
    cap, labels = book.plan.caps[rule]
    taken_by = []
    if cap.per != "claim":
        among = cap.categories
        for i in range(at):
            name, other, _, start, end, _, x, _ = book.rows[i]
            if x and other in among and (not first or (start >= first and end <= last)):
                taken_by.append(Taker(name, x, titles.get(name, "")))
    window = (date.fromordinal(first), date.fromordinal(last)) if first else None
    return Finding(
        rule,
        cap.per,
        year,
        asked,
        credited,
        limit,
        left,
        cap.quarters,
        tuple(taken_by),
        window,
        labels,
        cap.quote,
        split,
    )
