"""Reads claims as a reviewer sees them: which are in reach, what each would count, what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, false, func, select, true
from sqlalchemy.orm import aliased

from portal.database import knows_lateral
from portal.extensions import db
from portal.models import Claim, Person, Unit
from portal.queries.ledger import CLAIM_COLUMNS, Ledger, facts_of
from portal.queries.reviewers import Way, has_reviewer, stranded
from portal.rules.access import Actor, may_decide
from portal.rules.facts import BadFacts
from portal.rules.policy import PolicySet
from portal.rules.standing import assess
from portal.rules.vocabulary import Hat, Status
from portal.rules.workflow import UNDO_WITHIN

REVIEWED = (Status.PENDING, Status.APPROVED, Status.RETURNED, Status.REVOKED)  # what a reviewer ever sees
COUNTED = 1_000  # what waits is counted so far; more than a reviewer can see the end of
UNREADABLE = "unreadable"  # stands among `Row.bites` when today's rules cannot read the claim at all
Decider, Revoker, Filer = aliased(Person), aliased(Person), aliased(Person)

_ROW = (
    *CLAIM_COLUMNS,
    Claim.unit_id,
    Claim.version,
    Claim.filed_by_id,
    Claim.list_uuid,
    Claim.year_from,
    Claim.year_to,
    Claim.credited,
    Claim.decided_at,
    Claim.decider_id,
    Claim.decision_reason,
    Claim.revoked_at,
    Claim.revoked_reason,
    Claim.revoked_kind,
    Person.name.label("claimant"),
    Person.username,
    Unit.name.label("unit_name"),
    Decider.name.label("decider"),
    Revoker.name.label("revoker"),
    Filer.name.label("filer"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One claim as a line of the queue: what it counts (quarters), and per what (day, year …) a cap bites."""

    claim: Any
    counts: int
    bites: tuple[str, ...]
    mine: bool
    decidable: bool

    def undoable(self, actor: Actor, now: datetime) -> bool:
        """Whether this is the actor's own decision, and young enough to be taken back."""
        claim = self.claim
        if claim.status not in (Status.APPROVED, Status.RETURNED) or claim.decider_id != actor.person_id:
            return False
        return bool(now - claim.decided_at < UNDO_WITHIN)

    @property
    def stranded(self) -> bool:
        """Pending, and nobody in its unit can decide it: it is HR's."""
        return self.claim.status == Status.PENDING and not self.claim.has_reviewer

    @property
    def hinted(self) -> bool:
        """Whether the line carries a hint beside the figures."""
        told = self.mine or self.bites or self.stranded or self.claim.filed_by_id
        return bool(self.claim.status != Status.PENDING or told)

    @property
    def hours(self) -> int:
        """Quarters approved, or asked for while nobody has decided."""
        return self.claim.approved_quarters or self.claim.quarters


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait for this actor, as far as they were counted, and since when the first of them."""

    count: int  # more than COUNTED means: at least so many
    oldest: datetime | None


def waiting(actor: Actor, today: date) -> Waiting:
    """What waits for the actor: pending, in scope, not their own; for HR only what nobody else can decide."""
    query = waiting_query(actor.hat, lateral=knows_lateral())
    count, oldest = db.session.execute(query, scope_values(actor, today)).one()
    return Waiting(count, oldest)


def scope_values(actor: Actor, today: date) -> dict[str, Any]:
    """What the statements of this module ask to be executed with."""
    return {"me": actor.person_id, "acts_for": actor.acts_for, "today": today}


@cache
def waiting_query(hat: Hat, *, lateral: bool, but_one: bool = False) -> Select[*tuple[Any, ...]]:
    """Count and earliest sending of what waits for the actor, the claim `uuid` left out when `but_one`.

    Counted no further than just beyond COUNTED: the exact number of a long queue costs a walk through all
    of it on every page, and nobody acts on it. Statements are built once: building costs more than running.
    """

    def where(claim: Any) -> list[ColumnElement[bool]]:
        found = [claim.status == Status.PENDING.value, *not_own(claim)]
        return [*found, claim.uuid != bindparam("uuid")] if but_one else found

    if hat is Hat.HR:
        way = Way(COUNTED + 1, ("id", "submitted_at"), newest=False, lateral=lateral)
        found = stranded(Claim, where, way)
    else:
        query = select(Claim.id, Claim.submitted_at).where(*where(Claim), in_scope(hat, Claim))
        found = query.order_by(Claim.submitted_at, Claim.id).limit(COUNTED + 1).subquery()
    return select(func.count(), func.min(found.c.submitted_at)).select_from(found)


def not_own(claim: Any) -> tuple[ColumnElement[bool], ...]:
    """SQL conditions: neither the actor's claim nor one the actor filed for somebody."""
    me = bindparam("me", type_=Integer)
    return claim.person_id != me, func.coalesce(claim.filed_by_id, 0) != me


@cache
def row_query(hat: Hat) -> Select[*tuple[Any, ...]]:
    """Claims in the hat's scope with everything a row shows; never a draft, which is its author's alone.

    Nor a returned claim that its author has emptied while mending it: until it is whole, nobody can read it.
    """
    return (
        select(*_ROW, has_reviewer(Claim).label("has_reviewer"))
        .join(Person, Person.id == Claim.person_id)
        .join(Unit, Unit.id == Claim.unit_id)
        .outerjoin(Decider, Decider.id == Claim.decider_id)
        .outerjoin(Revoker, Revoker.id == Claim.revoker_id)
        .outerjoin(Filer, Filer.id == Claim.filed_by_id)
        .where(in_scope(hat, Claim), *readable(Claim))
    )


def readable(claim: Any) -> tuple[ColumnElement[bool], ...]:
    """SQL conditions: no draft, and whole."""
    return (
        claim.status != Status.DRAFT.value,
        claim.kind != "",
        claim.subject.is_not(None),
        claim.quarters.is_not(None),
        claim.year_from.is_not(None),
    )


def in_scope(hat: Hat, claim: Any) -> ColumnElement[bool]:
    """SQL condition: the hat reaches the claim."""
    if hat is Hat.HR:
        return true()
    if hat is Hat.UNIT:
        return claim.unit_id == bindparam("acts_for", type_=Integer)
    return false()


def as_row(actor: Actor, claim: Any, policies: PolicySet, book: Ledger) -> Row:
    """The line for a claim, given its person's ledger."""
    mine = claim.person_id == actor.person_id
    decidable = claim.status == Status.PENDING and may_decide(
        actor, claimant_id=claim.person_id, unit_id=claim.unit_id, filer_id=claim.filed_by_id
    )
    if claim.status != Status.PENDING:
        return Row(claim, sum((claim.credited or {}).values()), (), mine, decidable)
    facts = facts_of(claim)
    try:
        credit = assess(policies, [*book.approved, facts], as_of=None).claims[facts.id]
    except BadFacts:  # sent under rules that have changed since: it must not take the whole page with it
        return Row(claim, 0, (UNREADABLE,), mine, decidable)
    return Row(claim, credit.total, tuple({f.per: None for f in credit.findings}), mine, decidable)


def units(actor: Actor) -> Sequence[Any]:
    """The units HR may filter by; a unit's admin has but one."""
    if actor.hat is not Hat.HR:
        return ()
    return db.session.execute(
        select(Unit.uuid, Unit.name).where(Unit.closed_at.is_(None)).order_by(Unit.code)
    ).all()
