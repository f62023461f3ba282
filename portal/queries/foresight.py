"""What a claim would bring, before it is sent: the one computation the live feedback and sending share."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portal.queries.ledger import ledger
from portal.rules.facts import ClaimFacts
from portal.rules.filing import ClaimInput, Problem, submission_problems
from portal.rules.policy import PolicySet
from portal.rules.standing import Preview, assess, preview
from portal.rules.totals import ClaimCredit
from portal.rules.vocabulary import Category, Evidence

CANDIDATE = "candidate"


@dataclass(frozen=True, slots=True)
class Foresight:
    """The preview, when enough is known to compute one, and everything that forbids sending as it stands."""

    years: tuple[int, int] | None
    preview: Preview | None
    problems: tuple[Problem, ...]
    facts: ClaimFacts | None


def years_of(given: ClaimInput) -> tuple[int, int] | None:
    """The first and last year a claim touches; None while its dates are missing."""
    if given.category == Category.TRAINING:
        if given.start is None or given.end is None or given.end < given.start:
            return None
        return (given.start.year, given.end.year)
    year = given.on.year if given.on else given.year
    return (year, year) if year else None


def quarters_of(given: ClaimInput, policies: PolicySet) -> int | None:
    """What is asked for: the hours as entered, or what one item is worth under the policy of its year."""
    years = years_of(given)
    if years is None:
        return given.quarters
    rules = policies.for_year(years[0]).category(given.category)
    return given.quarters if rules.measure == "hours" else rules.each


def facts_of(given: ClaimInput, policies: PolicySet, claim_id: str = CANDIDATE) -> ClaimFacts | None:
    """The rules' view of an entered claim; None while too little is known to count it."""
    quarters = quarters_of(given, policies)
    if years_of(given) is None or not quarters or not given.subject:
        return None
    return ClaimFacts(
        id=claim_id,
        category=given.category,
        subject=given.subject,
        quarters=quarters,
        start=given.start,
        end=given.end,
        year=given.year,
        on=given.on,
        split=given.split,
        kind=given.kind,
        title=given.title,
        level=given.level,
        rank=given.rank,
    )


def foresee(
    person_id: int,
    given: ClaimInput,
    present: Collection[Evidence],
    policies: PolicySet,
    *,
    today: date,
    claim_id: str = CANDIDATE,
    session: Session | None = None,
) -> Foresight:
    """What the claim would count, and what is in the way of sending it. One statement.

    `present` are the kinds of evidence there are; `claim_id` is the uuid of a claim that may already be
    among the pending ones. Inside a write pass its session.
    """
    years = years_of(given)
    facts = facts_of(given, policies, claim_id)
    policy = policies.for_year(years[0] if years else today.year)
    problems = tuple(submission_problems(policy, given, present, today))
    if facts is None or years is None:
        return Foresight(years, None, problems, None)
    book = ledger(person_id, years=years, session=session)
    found = preview(policies, book.approved, book.pending, facts, as_of=today)
    return Foresight(years, found, problems, facts)


def credit_of(row: Any, policies: PolicySet) -> ClaimCredit:
    """What an approved claim counts for and why, from the ledger of its years. One statement."""
    book = ledger(row.person_id, years=(row.year_from, row.year_to))
    return assess(policies, book.approved, as_of=None).claims[str(row.uuid)]
