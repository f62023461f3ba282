"""A person's totals: what each claim counts for and what a year's subjects come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from portal.rules.credit import Book
from portal.rules.findings import Finding, Record, findings_in
from portal.rules.policy import Policy, PolicySet

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


@dataclass(frozen=True, slots=True)
class StandardMet:
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

    def __init__(self, policies: PolicySet, obligations: Obligations) -> None:
        super().__init__()
        self._policies = policies
        self._obligations = obligations

    def __missing__(self, year: int) -> YearStanding:
        return year_standing(self._policies.for_year(year), year, None, self._obligations)


def year_standing(policy: Policy, year: int, book: Book | None, obligations: Obligations) -> YearStanding:
    """The standing of one year from its book; zeros without one."""
    categories = dict.fromkeys(policy.categories, 0)
    subjects = {standard.subject: 0 for standard in policy.standards}
    for row in book.rows if book else ():
        categories[row[1]] += row[6]
        subjects[row[2]] = subjects.get(row[2], 0) + row[6]
    standards = tuple(
        StandardMet(
            subject=standard.subject,
            label=standard.label,
            need=obligations.get((year, standard.subject), standard.quarters),
            have=subjects[standard.subject],
            quote=standard.quote,
            changed=(year, standard.subject) in obligations,
        )
        for standard in policy.standards
    )
    caps = {
        cap.id: sum(categories[name] for name in cap.categories) for cap in policy.caps if cap.per == "year"
    }
    return YearStanding(year, categories, subjects, standards, caps, sum(categories.values()))
