"""A person's totals: what each claim counts for and what a year's subjects come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from portal.rules.credit import Book
from portal.rules.findings import Finding, Record, findings_in
from portal.rules.plans import Plan, Plans

Obligations = Mapping[tuple[int, str], int]
CREDITED = "credited"
NOT_FINISHED = "not_finished"


@dataclass(slots=True)
class ClaimCredit:
    """What one claim counts for, in quarters; `status` is credited or not_finished.

    `findings` are built from the record of the calculation when asked for. Not frozen, because a
    batch makes millions of these and freezing triples the cost of making one.
    """

    total: int
    asked: int
    by_year: dict[int, int]
    status: str
    _record: tuple[Record, ...] = field(default=(), repr=False, compare=False)
    _titles: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def clipped(self) -> bool:
        return self.status == CREDITED and self.total < self.asked

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(findings_in(self._record, self._titles))


class StandardMet(NamedTuple):
    """One subject of a year against what is needed, in quarters; `changed` when HR set another figure."""

    subject: str
    label: str
    need: int
    have: int
    quote: str
    changed: bool = False

    @property
    def met(self) -> bool:
        return self.have >= self.need


@dataclass(frozen=True, slots=True)
class YearStanding:
    """One person's year: credited quarters by category and subject (every one the policy names)."""

    year: int
    categories: Mapping[str, int]
    subjects: Mapping[str, int]
    standards: tuple[StandardMet, ...]
    caps: Mapping[str, int]  # yearly caps: id -> quarters taken
    total: int

    @property
    def met(self) -> bool:
        """Every subject reaches its standard; a surplus never moves between them."""
        return all(standard.met for standard in self.standards)


class Years(dict[int, YearStanding]):
    """Year -> standing; iterates over years with counted claims, answers any covered year with zeros."""

    def __init__(self, plans: Plans, obligations: Obligations) -> None:
        super().__init__()
        self._plans = plans
        self._obligations = obligations

    def __missing__(self, year: int) -> YearStanding:
        return year_standing(self._plans[year], year, None, self._obligations)


def year_standing(plan: Plan, year: int, book: Book | None, obligations: Obligations) -> YearStanding:
    """The standing of one year from its book; zeros without one."""
    categories = dict.fromkeys(plan.rules, 0)
    subjects = {target.subject: 0 for target in plan.targets}
    for row in book.rows if book else ():
        subject = row[2]
        categories[row[1]] += row[6]
        subjects[subject] = subjects.get(subject, 0) + row[6]
    standards = []
    for subject, label, need, quote in plan.targets:
        changed = (year, subject) in obligations
        if changed:
            need = obligations[year, subject]
        standards.append(StandardMet(subject, label, need, subjects[subject], quote, changed))
    caps = {cap: sum([categories[name] for name in names]) for cap, names in plan.yearly.items()}
    return YearStanding(year, categories, subjects, tuple(standards), caps, sum(categories.values()))
