"""What a claim would bring, before it is sent: the one computation the live feedback and sending share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.queries.calendar import windows
from portal.queries.duplicates import earlier_of
from portal.queries.ledger import ledger
from portal.rules.calendar import filing_problems
from portal.rules.duplicates import Duplicate, Likeness, duplicates, number_doubt, repeated_work
from portal.rules.facts import ClaimFacts
from portal.rules.filing import ClaimInput, Problem, submission_problems
from portal.rules.policy import PolicySet
from portal.rules.standing import Preview, assess, preview
from portal.rules.totals import ClaimCredit
from portal.rules.vocabulary import Category, Evidence

CANDIDATE = "candidate"


@dataclass(frozen=True, slots=True)
class Foresight:
    """The preview, when enough is known to compute one, and everything that forbids sending as it stands.

    `warnings` are look-alikes that forbid nothing; `doubt` is a remark on the work's number, or "".
    """

    years: tuple[int, int] | None
    preview: Preview | None
    problems: tuple[Problem, ...]
    facts: ClaimFacts | None
    warnings: tuple[Duplicate, ...] = field(default=())
    doubt: str = ""


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
    claim: UUID | None = None,
    hashes: Sequence[str] = (),
    session: Session | None = None,
) -> Foresight:
    """What the claim would count, what is in the way of sending it, and what it may repeat. Three statements.

    `claim` is the person's stored claim, if any, perhaps filed already; `present` are the kinds
    of evidence there are beside its own, `hashes` of files that came with the form. Inside a write pass its
    session. Raises NotFound for somebody else's claim.
    """
    years = years_of(given)
    facts = facts_of(given, policies, str(claim) if claim else CANDIDATE)
    policy = policies.for_year(years[0] if years else today.year)
    days = (given.start, given.end) if given.start and given.end else None
    found: tuple[Duplicate, ...] = ()
    if given.title or given.work_id or claim or hashes:
        filed = earlier_of(person_id, claim=claim, days=days, hashes=hashes, session=session)
        found = duplicates(given, facts.quarters if facts else given.quarters, years, filed.earlier)
        present = {*present, *filed.proofs}
    problems = submission_problems(policy, given, present, today)
    problems.extend(_year_problems(person_id, given, years, today, session))
    if repeated := repeated_work(policy, given, found):
        problems.append(repeated)
    warnings = tuple(one for one in found if one.likeness is not Likeness.WORK)
    ahead: Preview | None = None
    if facts is not None and years is not None:
        book = ledger(person_id, years=years, session=session)
        approved = [one for one in book.approved if one.id != facts.id]
        ahead = preview(policies, approved, book.pending, facts, as_of=today, obligations=book.obligations)
    return Foresight(years, ahead, tuple(problems), facts if ahead else None, warnings, number_doubt(given))


def _year_problems(
    person_id: int, given: ClaimInput, years: tuple[int, int] | None, today: date, session: Session | None
) -> list[Problem]:
    """What the years' dates forbid. One statement."""
    if years is None:
        return []
    span = range(years[0], years[1] + 1)
    field = "end" if given.end else "date" if given.on else "year"
    return filing_problems(windows(person_id, span, session), span, today, field)


def credit_of(row: Any, policies: PolicySet) -> ClaimCredit:
    """What an approved claim counts for and why, from the ledger of its years. One statement."""
    book = ledger(row.person_id, years=(row.year_from, row.year_to))
    return assess(policies, book.approved, as_of=None).claims[str(row.uuid)]
