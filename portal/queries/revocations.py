"""Reads what a revocation would change, who was found out, and what waits for a second officer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.extensions import db
from portal.models import Certificate, Claim, Person, RevocationItem, RevocationProposal, Unit
from portal.queries.ledger import ledger
from portal.rules.access import Actor
from portal.rules.policy import PolicySet
from portal.rules.refusals import NotFound
from portal.rules.standing import Assessment, assess
from portal.rules.vocabulary import Hat, RevocationKind, Status, Subject

LISTED = 200
RECENT = 30


@dataclass(frozen=True, slots=True)
class Touched:
    """A claim whose credit changes, in quarters."""

    uuid: UUID
    title: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class SubjectChange:
    """One subject of a year before and after, in quarters."""

    year: int
    subject: Subject
    need: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What happens to one person's hours and certificates."""

    person_id: int
    taken: tuple[Touched, ...]
    topped_up: tuple[Touched, ...]
    subjects: tuple[SubjectChange, ...]
    certificates: Sequence[Any]  # uuid, number, year of those that fall

    @property
    def lost(self) -> int:
        """Quarters of all years together that no longer count."""
        return sum(one.before - one.after for one in self.subjects)


def effect(
    person_id: int,
    years: tuple[int, int],
    changes: Mapping[UUID, int | None],
    policies: PolicySet,
    *,
    session: Session | None = None,
) -> Effect:
    """What changes when approved claims get other hours (quarters) or, with None, are revoked.

    The page before the deed and the deed itself both ask here. Two statements.
    """
    book = ledger(person_id, years=years, session=session)
    fresh: dict[str, int | None] = {str(uuid): quarters for uuid, quarters in changes.items()}
    kept = []
    for facts in book.approved:
        if facts.id not in fresh:
            kept.append(facts)
            continue
        quarters = fresh[facts.id]
        if quarters is not None:
            kept.append(replace(facts, quarters=quarters, split=None))
    before = assess(policies, book.approved, as_of=None, obligations=book.obligations)
    after = assess(policies, kept, as_of=None, obligations=book.obligations)
    touched = [
        Touched(UUID(facts.id), facts.title, was, now)
        for facts in book.approved
        if not facts.id.startswith("course-")
        for was, now in ((_within(before, facts.id, years), _within(after, facts.id, years)),)
        if was != now or facts.id in fresh
    ]
    unmet = [year for year in range(years[0], years[1] + 1) if not _met(after, year)]
    certificates = (
        (session or db.session)
        .execute(
            select(Certificate.uuid, Certificate.number, Certificate.year)
            .where(
                Certificate.person_id == person_id,
                Certificate.year.in_(unmet),
                Certificate.revoked_at.is_(None),
            )
            .order_by(Certificate.year)
        )
        .all()
    )
    return Effect(
        person_id,
        tuple(one for one in touched if str(one.uuid) in fresh),
        tuple(one for one in touched if str(one.uuid) not in fresh),
        tuple(_subjects(before, after, years)),
        certificates,
    )


def _within(assessment: Assessment, claim: str, years: tuple[int, int]) -> int:
    found = assessment.claims.get(claim)
    if found is None:
        return 0
    return sum(quarters for year, quarters in found.by_year.items() if years[0] <= year <= years[1])


def _met(assessment: Assessment, year: int) -> bool:
    standing = assessment.years.get(year)
    return bool(standing and standing.met)


def _subjects(before: Assessment, after: Assessment, years: tuple[int, int]) -> Iterable[SubjectChange]:
    for year in sorted(before.years):
        if not years[0] <= year <= years[1]:
            continue
        later = after.years.get(year)
        for standard in before.years[year].standards:
            have = later.subjects.get(standard.subject, 0) if later else 0
            yield SubjectChange(year, Subject(standard.subject), standard.need, standard.have, have)


def chosen(actor: Actor, uuids: Iterable[UUID]) -> Sequence[Any]:
    """The approved claims among these, by person and approval number. Raises NotFound for others than HR."""
    return db.session.execute(_claims(actor).where(Claim.uuid.in_(list(uuids)))).all()


def find(actor: Actor, *, person: str, reviewer: str, title: str = "") -> Sequence[Any]:
    """Approved claims of a person, decided by a reviewer (工号, name or pinyin) or with these words in the
    title or the organizer; LISTED + 1 at most."""
    decider = aliased(Person)
    query = _claims(actor)
    if title:
        named = (column.contains(title, autoescape=True) for column in (Claim.title, Claim.organizer))
        query = query.where(or_(*named))
    if person:
        query = query.where(_named(Person, person))
    if reviewer:
        query = query.join(decider, decider.id == Claim.decider_id).where(_named(decider, reviewer))
    return db.session.execute(query.limit(LISTED + 1)).all()


def _claims(actor: Actor) -> Any:
    if actor.hat is not Hat.HR:
        raise NotFound()
    return (
        select(
            *(Claim.id, Claim.uuid, Claim.title, Claim.category, Claim.person_id, Claim.status),
            *(Claim.quarters, Claim.approved_quarters, Claim.credited, Claim.year_from, Claim.year_to),
            *(Claim.decided_at, Person.name, Person.username, Unit.name.label("unit_name")),
        )
        .join(Person, Person.id == Claim.person_id)
        .join(Unit, Unit.id == Claim.unit_id)
        .where(Claim.status == Status.APPROVED.value)
        .order_by(Person.username, Claim.person_id, Claim.approval_number)
    )


def _named(table: Any, word: str) -> ColumnElement[bool]:
    return or_(table.username == word, table.search_key.contains(word.lower(), autoescape=True))


def effects(claims: Sequence[Any], policies: PolicySet) -> list[tuple[Any, Effect]]:
    """The effect on each person of revoking these claims (rows of `chosen`), with a row that names them."""
    people: dict[int, list[Any]] = {}
    for row in claims:
        people.setdefault(row.person_id, []).append(row)
    return [
        (rows[0], effect(person, span(rows), dict.fromkeys((row.uuid for row in rows), None), policies))
        for person, rows in people.items()
    ]


def span(claims: Sequence[Any]) -> tuple[int, int]:
    """First and last year these claims touch."""
    return min(row.year_from for row in claims), max(row.year_to for row in claims)


def last_finding(person_id: Any) -> ScalarSelect[Any]:
    """When false material was last found with a person, as a column; None for nobody's.

    A finding never runs out: the notice sets no term, so reviewers see its date and judge.
    """
    other = aliased(Claim)
    return (
        select(func.max(other.revoked_at))
        .where(other.person_id == person_id, other.revoked_kind == RevocationKind.FALSE.value)
        .scalar_subquery()
    )


def findings(people: Iterable[int]) -> dict[int, tuple[int, datetime]]:
    """How often and when last false material was found, for those people with whom it was."""
    rows = db.session.execute(
        select(Claim.person_id, func.count(), func.max(Claim.revoked_at))
        .where(Claim.person_id.in_(list(people)), Claim.revoked_kind == RevocationKind.FALSE.value)
        .group_by(Claim.person_id)
    )
    return {person: (count, when) for person, count, when in rows if when}


def proposals(actor: Actor) -> Sequence[Any]:
    """Proposals that wait or run first, then the latest decided ones, with their counts."""
    open_first = RevocationProposal.state.in_(("pending", "confirmed"))
    ordered = _proposals(actor).order_by(open_first.desc(), RevocationProposal.id.desc())
    return db.session.execute(ordered.limit(RECENT)).all()


def proposal(actor: Actor, uuid: UUID) -> Any:
    """One proposal with its counts. Raises NotFound."""
    row = db.session.execute(_proposals(actor).where(RevocationProposal.uuid == uuid)).one_or_none()
    if row is None:
        raise NotFound()
    return row


def _proposals(actor: Actor) -> Any:
    if actor.hat is not Hat.HR:
        raise NotFound()
    proposer, decider = aliased(Person), aliased(Person)
    mine = (
        select(Claim.id)
        .join(RevocationItem, RevocationItem.claim_id == Claim.id)
        .where(RevocationItem.proposal_id == RevocationProposal.id, Claim.person_id == actor.person_id)
        .exists()
    )
    return (
        select(
            *(RevocationProposal.uuid, RevocationProposal.kind, RevocationProposal.reason),
            *(RevocationProposal.state, RevocationProposal.proposer_id, RevocationProposal.proposed_at),
            *(RevocationProposal.decided_at, proposer.name.label("proposer"), decider.name.label("decider")),
            _items().label("claims"),
            _items(RevocationItem.outcome.is_not(None)).label("dealt_with"),
            mine.label("concerns_me"),
        )
        .join(proposer, proposer.id == RevocationProposal.proposer_id)
        .outerjoin(decider, decider.id == RevocationProposal.decider_id)
    )


def claims_of(actor: Actor, proposal: UUID) -> list[UUID]:
    """The uuids of a proposal's claims. Raises NotFound for others than HR and an unknown one."""
    if actor.hat is not Hat.HR:
        raise NotFound()
    found = db.session.scalars(
        select(Claim.uuid)
        .join(RevocationItem, RevocationItem.claim_id == Claim.id)
        .join(RevocationProposal, RevocationProposal.id == RevocationItem.proposal_id)
        .where(RevocationProposal.uuid == proposal)
    ).all()
    if not found:
        raise NotFound()
    return list(found)


def _items(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return (
        select(func.count())
        .where(RevocationItem.proposal_id == RevocationProposal.id, *conditions)
        .scalar_subquery()
    )
