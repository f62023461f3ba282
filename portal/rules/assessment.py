"""Approved claims assessed: what each counts for and what every year comes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from portal.rules.credit import Books, credit
from portal.rules.facts import BadFacts, ClaimFacts
from portal.rules.plans import Plans
from portal.rules.policy import PolicySet
from portal.rules.totals import CREDITED, NOT_FINISHED, ClaimCredit, Obligations, Years, year_standing


@cache
def plans_of(policies: PolicySet) -> Plans:
    """The compiled plans of a policy set."""
    return Plans(policies)


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a person's approved claims come to: per claim and per year."""

    claims: Mapping[str, ClaimCredit]
    years: Years
    books: Books = field(repr=False)
    titles: Mapping[str, str] = field(repr=False)

    @property
    def total(self) -> int:
        """Credited quarters of all years."""
        return sum(claim.total for claim in self.claims.values())


def assess(
    policies: PolicySet,
    approved: Sequence[ClaimFacts],
    *,
    as_of: date | None,
    obligations: Obligations | None = None,
) -> Assessment:
    """Credit `approved`, given in approval order; `as_of` None means no claim is too early.

    Amounts are quarters. Raises BadFacts naming the claim and field that cannot be read.
    """
    titles = {facts.id: facts.title for facts in approved}
    if len(titles) < len(approved):
        refuse_repeats([facts.id for facts in approved])
    plans = plans_of(policies)
    books, waiting = credit(plans, approved, as_of)
    return settled(plans, titles, titles, books, waiting, obligations or {})


def settled(
    plans: Plans,
    ids: Iterable[str],
    titles: Mapping[str, str],
    books: Books,
    waiting: set[str],
    obligations: Obligations,
) -> Assessment:
    """The assessment of the claims `ids`, in approval order, from the books they were credited in."""
    years = Years(plans, obligations)
    for year in sorted(books):
        book = books[year]
        years[year] = year_standing(book.plan, year, book, obligations)
    return Assessment(_claim_credits(ids, books, waiting, titles), years, books, titles)


def refuse_repeats(ids: Sequence[str]) -> None:
    """BadFacts for the first id that comes twice."""
    if len(set(ids)) == len(ids):
        return
    seen = set()
    for name in ids:
        if name in seen:
            raise BadFacts(name, "id", "编号重复。")
        seen.add(name)


def _claim_credits(
    ids: Iterable[str], books: Books, waiting: set[str], titles: Mapping[str, str]
) -> dict[str, ClaimCredit]:
    found = {name: ClaimCredit(0, 0, {}, CREDITED, (), titles) for name in ids}
    for year in sorted(books):
        book = books[year]
        for at, row in enumerate(book.rows):
            claim = found[row[0]]
            claim.asked += row[5]
            claim.total += row[6]
            claim.by_year[year] = row[6]
            claim._record = (*claim._record, (book, at, year))
    for name in waiting:
        found[name].status = NOT_FINISHED
    return found
