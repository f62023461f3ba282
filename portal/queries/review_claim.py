"""Reads one claim as its reviewer needs it: facts, proofs, neighbours in time, effect and history."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Select, bindparam, or_, select
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.models import Claim, EvidenceFile, Person
from portal.queries.claims import history
from portal.queries.ledger import Ledger, facts_of, ledger
from portal.queries.review import REVIEWED, UNREADABLE, Row, as_row, row_query, scope_values
from portal.rules.access import Actor
from portal.rules.facts import ClaimFacts
from portal.rules.policy import Policy, PolicySet
from portal.rules.refusals import NotFound
from portal.rules.standing import Preview, preview
from portal.rules.vocabulary import Evidence, Hat, Status

_FACTS = (
    Claim.id.label("claim_id"),
    Claim.organizer,
    Claim.author_name,
    Claim.owner,
    Claim.work_id,
    Claim.approval,
    Claim.approval_document,
    Claim.marked,
    Claim.truthful,
    Claim.keep_zero,
    Person.department,
    Person.title.label("post"),
)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another training of the same person on some of the same days."""

    facts: ClaimFacts
    approved: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A claim opened in place. `effect` is only there while it waits and the rules can read it."""

    row: Row
    policy: Policy
    evidence: Sequence[Any]
    missing: Sequence[Evidence]
    neighbours: Sequence[Neighbour]
    twins: Sequence[Any]
    effect: Preview | None
    history: Sequence[Any]

    @property
    def days(self) -> int:
        """Calendar days of a training, both ends included; 0 for anything else."""
        claim = self.row.claim
        return (claim.end_on - claim.start_on).days + 1 if claim.start_on and claim.end_on else 0


def closed_row(actor: Actor, uuid: UUID, policies: PolicySet, *, today: date) -> Row:
    """The claim as a line. Raises NotFound out of scope."""
    claim = _claim(actor, uuid, today)
    return as_row(actor, claim, policies, _book(claim))


def opened(actor: Actor, uuid: UUID, policies: PolicySet, *, today: date) -> Opened:
    """The claim with all a decision needs. Raises NotFound out of scope."""
    claim = _claim(actor, uuid, today)
    book = _book(claim)
    policy = policies.for_year(claim.year_from)
    evidence = _evidence(claim.claim_id)
    pending = claim.status == Status.PENDING
    facts = facts_of(claim)
    row = as_row(actor, claim, policies, book)
    others = [other for other in book.pending if other.id != facts.id]
    return Opened(
        row=row,
        policy=policy,
        evidence=evidence,
        missing=missing_evidence(policy, claim, {file.kind for file in evidence}),
        neighbours=_neighbours(facts, book),
        twins=_twins(claim, [file.sha256 for file in evidence]),
        effect=preview(policies, book.approved, others, facts, as_of=today)
        if pending and UNREADABLE not in row.bites
        else None,
        history=history(uuid),
    )


def missing_evidence(policy: Policy, claim: Any, present: Collection[str]) -> list[Evidence]:
    """The kinds of proof the notice asks for and the claim lacks (没有证明材料或材料不完备的一律退回)."""
    required = policy.category(claim.category).kind(claim.kind).evidence
    return [kind for kind in required if kind not in present]


def _claim(actor: Actor, uuid: UUID, today: date) -> Any:
    given = {**scope_values(actor, today), "uuid": uuid}
    found = db.session.execute(_claim_query(actor.hat), given).one_or_none()
    if found is None:
        raise NotFound()
    return found


@cache
def _claim_query(hat: Hat) -> Select[*tuple[Any, ...]]:
    shown = row_query(hat).add_columns(*_FACTS)
    return shown.where(
        Claim.uuid == bindparam("uuid"), Claim.status.in_([status.value for status in REVIEWED])
    )


def _book(claim: Any) -> Ledger:
    return ledger(claim.person_id, years=(claim.year_from, claim.year_to))


def _evidence(claim_id: int) -> Sequence[Any]:
    return db.session.execute(
        select(
            EvidenceFile.uuid,
            EvidenceFile.kind,
            EvidenceFile.name,
            EvidenceFile.media_type,
            EvidenceFile.size,
            EvidenceFile.pages,
            EvidenceFile.sha256,
        )
        .where(EvidenceFile.claim_id == claim_id)
        .order_by(EvidenceFile.id)
    ).all()


def _neighbours(facts: ClaimFacts, book: Ledger) -> list[Neighbour]:
    if facts.start is None or facts.end is None:
        return []
    return [
        Neighbour(other, approved)
        for approved, side in ((True, book.approved), (False, book.pending))
        for other in side
        if other.id != facts.id
        and other.start is not None
        and other.end is not None
        and other.start <= facts.end
        and other.end >= facts.start
    ]


def _twins(claim: Any, hashes: Sequence[str]) -> Sequence[Any]:
    """Other sent claims with the same work number, or carrying a file of the same content."""
    if not hashes and not claim.work_id:
        return ()
    given = {"hashes": hashes, "claim": claim.claim_id, "work": claim.work_id}
    return db.session.execute(_twins_query(bool(claim.work_id)), given).all()


@cache
def _twins_query(numbered: bool) -> Select[*tuple[Any, ...]]:
    author = aliased(Person)
    hashes: BindParameter[str] = bindparam("hashes", expanding=True)
    same_file = select(EvidenceFile.claim_id).where(EvidenceFile.sha256.in_(hashes)).scalar_subquery()
    alike = Claim.id.in_(same_file)
    return (
        select(
            Claim.uuid,
            Claim.title,
            Claim.status,
            Claim.person_id,
            Claim.work_id,
            author.name.label("claimant"),
            author.username,
        )
        .join(author, author.id == Claim.person_id)
        .where(
            or_(alike, Claim.work_id == bindparam("work")) if numbered else alike,
            Claim.id != bindparam("claim"),
            Claim.status.in_([Status.PENDING.value, Status.APPROVED.value]),
        )
        .order_by(Claim.id)
        .limit(10)
    )
