"""The structured reason for a clipped credit, read off the calculation's own record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple

from portal.rules.credit import RANK, Book, Row, Tight

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
        return sum([taker.quarters for taker in self.taken_by])


def findings_in(record: Sequence[Record], titles: Mapping[str, str]) -> list[Finding]:
    """The findings of one claim from all the rows it has; takers are the rows before each."""
    return [
        _finding(book, at, tight, year, titles, len(record) > 1)
        for book, at, year in record
        for tight in book.rows[at][7]
    ]


def findings_of(book: Book, at: int, year: int, titles: Mapping[str, str], split: bool) -> list[Finding]:
    """The findings of the book's row number `at`, one part of a claim that is `split` over years or not."""
    return [_finding(book, at, tight, year, titles, split) for tight in book.rows[at][7]]


def _finding(book: Book, at: int, tight: Tight, year: int, titles: Mapping[str, str], split: bool) -> Finding:
    _, code, _, _, _, asked, credited, _ = book.rows[at]
    rule, limit, left, first, last = tight
    if rule == RANK:
        category = book.plan.rules[code].category
        own, quote = (category.label,), category.ranks.quote if category.ranks else ""
        return Finding(rule, "rank", year, asked, credited, limit, left, 0, (), None, own, quote, split)
    per, each, categories, labels, quote = book.plan.ceilings[rule]
    before: list[Row] = [] if per == "claim" else book.rows[:at]
    if first:
        before = [row for row in before if row[3] >= first and row[4] <= last]
    taken_by = [
        Taker(row[0], row[6], titles.get(row[0], "")) for row in before if row[6] and row[1] in categories
    ]
    window = (date.fromordinal(first), date.fromordinal(last)) if first else None
    return Finding(
        rule, per, year, asked, credited, limit, left, each, tuple(taken_by), window, labels, quote, split
    )
