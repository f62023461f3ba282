"""Reads which approved claims still have to be typed into the provincial platform, and which were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true, tuple_
from sqlalchemy.orm import Session, aliased

from portal.extensions import db
from portal.models import Claim, EvidenceFile, Person, ProvincialEntry, Unit
from portal.rules.access import Actor
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import Category, Evidence, Hat, Status, Word

PAGE = 50
_AT_ONCE = 400  # values in one list of a statement
_Typist = aliased(Person)


class Show(Word):
    """Which part of the sheet is looked at."""

    MISSING = "missing", "未录入"
    ENTERED = "entered", "已录入省平台"
    CORRECT = "correct", "待更正"


@dataclass(frozen=True, slots=True)
class Filters:
    """One year's sheet; `after` is the uuid of the row a page begins after."""

    year: int
    show: Show = Show.MISSING
    category: Category | None = None
    unit: UUID | None = None
    after: UUID | None = None


def page(actor: Actor, filters: Filters) -> Sequence[Any]:
    """At most PAGE + 1 rows, unit by unit, then person by person. Raises NotFound for other hats."""
    return db.session.execute(_ordered(actor, filters).limit(PAGE + 1)).all()


def every(actor: Actor, filters: Filters, *, most: int | None = None) -> Sequence[Any]:
    """All rows of the filter (or the first `most`), in the order they are typed in."""
    return db.session.execute(_ordered(actor, filters).limit(most)).all()


def counts(actor: Actor, filters: Filters) -> dict[Show, int]:
    """How many rows each part of the sheet has under the filter."""
    parts = _parts(filters.year)
    sums = [func.sum(case((parts[show], 1), else_=0)) for show in Show]
    row = db.session.execute(_narrowed(select(*sums), actor, filters)).one()
    return {show: int(count or 0) for show, count in zip(Show, row, strict=True)}


def proofs(claims: Sequence[int]) -> dict[int, str]:
    """The kinds of proof each claim carries, as one line."""
    found: dict[int, list[str]] = {}
    for start in range(0, len(claims), _AT_ONCE):
        query = (
            select(EvidenceFile.claim_id, EvidenceFile.kind, func.count().label("files"))
            .where(EvidenceFile.claim_id.in_(claims[start : start + _AT_ONCE]))
            .group_by(EvidenceFile.claim_id, EvidenceFile.kind)
            .order_by(EvidenceFile.claim_id, func.min(EvidenceFile.id))
        )
        for row in db.session.execute(query):
            label = Evidence(row.kind).label
            found.setdefault(row.claim_id, []).append(f"{label}×{row.files}" if row.files > 1 else label)
    return {claim: "、".join(kinds) for claim, kinds in found.items()}


def units(actor: Actor) -> Sequence[Any]:
    """The units HR may filter by; none for a unit's admin, who sees only one."""
    if actor.hat is not Hat.HR:
        return ()
    return db.session.execute(select(Unit.uuid, Unit.name).order_by(Unit.code)).all()


def of_claim(claim_id: int) -> Sequence[Any]:
    """The years in which a claim stands on the platform, as its claimant reads it."""
    return db.session.execute(
        select(ProvincialEntry.year, ProvincialEntry.quarters, ProvincialEntry.entered_at)
        .where(ProvincialEntry.claim_id == claim_id, ProvincialEntry.ended_at.is_(None))
        .order_by(ProvincialEntry.year)
    ).all()


def to_enter(session: Session, actor: Actor, uuids: Sequence[UUID], year: int) -> Sequence[Any]:
    """Those of the claims that stand in the actor's sheet as not entered, locked in one order."""
    query = (
        select(Claim.id, Claim.uuid, Claim.approved_subject, counted(year).label("counted"))
        .outerjoin(ProvincialEntry, _holds(year))
        .where(scope(actor), _parts(year)[Show.MISSING], Claim.uuid.in_(uuids))
        .order_by(Claim.id)
        .with_for_update(of=Claim, key_share=True)
    )
    return session.execute(query).all()


def entry(session: Session, actor: Actor, uuid: UUID) -> Any:
    """An entry that holds, with its claim as it is now; locked. Raises NotFound out of scope."""
    query = (
        select(
            *ProvincialEntry.__table__.columns,
            Claim.uuid.label("claim"),
            Claim.title,
            Claim.status,
            Claim.credited,
            Claim.approved_subject,
        )
        .join(Claim, Claim.id == ProvincialEntry.claim_id)
        .where(scope(actor), ProvincialEntry.uuid == uuid)
        .with_for_update(of=ProvincialEntry)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return row


def scope(actor: Actor) -> ColumnElement[bool]:
    """Every claim for HR, those the actor's unit decided for its admin. Raises NotFound for other hats."""
    if actor.hat is Hat.HR:
        return true()
    if actor.hat is Hat.UNIT:
        return Claim.unit_id == actor.acts_for
    raise NotFound


def counted(year: int) -> ColumnElement[int]:
    """The quarters a claim counts in the year."""
    return func.coalesce(Claim.credited[str(year)].as_integer(), 0)


def _ordered(actor: Actor, filters: Filters) -> Select[*tuple[Any, ...]]:
    key = (Unit.code, Person.username, Claim.id)
    query = _narrowed(
        select(
            Claim.id,
            Claim.uuid,
            Claim.category,
            Claim.kind,
            Claim.title,
            Claim.organizer,
            Claim.start_on,
            Claim.end_on,
            Claim.study_year,
            Claim.work_on,
            Claim.approved_quarters,
            Claim.approved_subject,
            Claim.status,
            Claim.author_name,
            Claim.rank,
            Claim.level,
            Claim.owner,
            counted(filters.year).label("counted"),
            Person.name,
            Person.username,
            Person.department,
            Unit.name.label("unit_name"),
            ProvincialEntry.uuid.label("entry"),
            ProvincialEntry.quarters.label("typed"),
            ProvincialEntry.subject.label("typed_subject"),
            ProvincialEntry.entered_at,
            _Typist.name.label("typist"),
        ),
        actor,
        filters,
    ).where(_parts(filters.year)[filters.show])
    query = query.outerjoin(_Typist, _Typist.id == ProvincialEntry.entered_by_id).order_by(*key)
    if filters.after is not None:
        last = db.session.execute(
            select(*key)
            .select_from(Claim)
            .join(Person, Person.id == Claim.person_id)
            .join(Unit, Unit.id == Claim.unit_id)
            .where(scope(actor), Claim.uuid == filters.after)
        ).one_or_none()
        if last is not None:
            query = query.where(tuple_(*key) > tuple_(*last))
    return query


def _narrowed(query: Select[*tuple[Any, ...]], actor: Actor, filters: Filters) -> Select[*tuple[Any, ...]]:
    query = (
        query.select_from(Claim)
        .join(Person, Person.id == Claim.person_id)
        .join(Unit, Unit.id == Claim.unit_id)
        .outerjoin(ProvincialEntry, _holds(filters.year))
        .where(
            scope(actor),
            Claim.year_from <= filters.year,
            Claim.year_to >= filters.year,
            Claim.status.in_([Status.APPROVED.value, Status.REVOKED.value]),
        )
    )
    if filters.category is not None:
        query = query.where(Claim.category == filters.category.value)
    if filters.unit is not None and actor.hat is Hat.HR:
        query = query.where(Unit.uuid == filters.unit)
    return query


def _holds(year: int) -> ColumnElement[bool]:
    return and_(
        ProvincialEntry.claim_id == Claim.id,
        ProvincialEntry.year == year,
        ProvincialEntry.ended_at.is_(None),
    )


def _parts(year: int) -> dict[Show, ColumnElement[bool]]:
    """What counts nothing in the year is not typed; what was typed and has changed since is to correct."""
    approved = Claim.status == Status.APPROVED.value
    same = and_(
        approved, counted(year) == ProvincialEntry.quarters, Claim.approved_subject == ProvincialEntry.subject
    )
    return {
        Show.MISSING: and_(approved, counted(year) > 0, ProvincialEntry.id.is_(None)),
        Show.ENTERED: and_(ProvincialEntry.id.is_not(None), same),
        Show.CORRECT: and_(
            ProvincialEntry.id.is_not(None),
            or_(
                ~approved,
                counted(year) != ProvincialEntry.quarters,
                Claim.approved_subject != ProvincialEntry.subject,
            ),
        ),
    }
