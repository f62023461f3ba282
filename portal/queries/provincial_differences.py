"""Reads the differences from the provincial platform: tasks by cause and unit, and their imports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from portal.extensions import db
from portal.models import Claim, Person, ProvincialDifference, ProvincialImport, Unit
from portal.rules.access import Actor
from portal.rules.reconciliation import Cause
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import Hat, Word

PAGE = 50
IMPORTS = 10  # shown
_AT_ONCE = 400  # values in one list of a statement


class Stand(Word):
    """Where a difference stands."""

    OPEN = "open", "待处理"
    SETTLED = "settled", "已处理"
    AGREED = "agreed", "已一致"


@dataclass(frozen=True, slots=True)
class Filters:
    """Which differences; `before` is the row number a page begins after."""

    stand: Stand = Stand.OPEN
    cause: Cause | None = None
    unit: UUID | None = None
    year: int | None = None
    before: int | None = None


def page(actor: Actor, filters: Filters) -> Sequence[Any]:
    """At most PAGE + 1, newest first. Raises NotFound for anybody but HR."""
    _only_hr(actor)
    query = _rows(filters).order_by(ProvincialDifference.id.desc()).limit(PAGE + 1)
    if filters.before is not None:
        query = query.where(ProvincialDifference.id < filters.before)
    return db.session.execute(query).all()


def every(actor: Actor, filters: Filters) -> Sequence[Any]:
    """All of a filter, unit by unit, then person by person."""
    _only_hr(actor)
    key = (Unit.code, Person.username, ProvincialDifference.year, ProvincialDifference.subject)
    return db.session.execute(_rows(filters).order_by(*key, ProvincialDifference.id)).all()


def by_cause(actor: Actor) -> dict[Cause, int]:
    """How many are open, by likely cause."""
    _only_hr(actor)
    query = (
        select(ProvincialDifference.cause, func.count())
        .where(ProvincialDifference.state == Stand.OPEN.value)
        .group_by(ProvincialDifference.cause)
    )
    found = {row[0]: row[1] for row in db.session.execute(query)}
    return {cause: found[cause.value] for cause in Cause if cause.value in found}


def by_unit(actor: Actor) -> Sequence[Any]:
    """How many are open, and of how many people, by unit; most first."""
    _only_hr(actor)
    count = func.count(ProvincialDifference.id)
    return db.session.execute(
        select(
            Unit.uuid,
            Unit.name,
            count.label("count"),
            func.count(ProvincialDifference.person_id.distinct()).label("people"),
        )
        .select_from(ProvincialDifference)
        .join(Person, Person.id == ProvincialDifference.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .where(ProvincialDifference.state == Stand.OPEN.value)
        .group_by(Unit.id, Unit.uuid, Unit.name, Unit.code)
        .order_by(count.desc(), Unit.code)
    ).all()


def titles(rows: Sequence[Any]) -> dict[str, str]:
    """What the claims these differences point at are called, by uuid."""
    uuids = sorted({UUID(one) for row in rows for one in row.claims})
    found: dict[str, str] = {}
    for start in range(0, len(uuids), _AT_ONCE):
        query = select(Claim.uuid, Claim.title).where(Claim.uuid.in_(uuids[start : start + _AT_ONCE]))
        found |= {str(row.uuid): row.title for row in db.session.execute(query)}
    return found


def imports(actor: Actor) -> Sequence[Any]:
    """The latest imports, newest first."""
    _only_hr(actor)
    return db.session.execute(_imports().order_by(ProvincialImport.id.desc()).limit(IMPORTS)).all()


def report(actor: Actor, uuid: UUID) -> Any:
    """One import with its bad rows. Raises NotFound."""
    _only_hr(actor)
    row = db.session.execute(_imports().where(ProvincialImport.uuid == uuid)).one_or_none()
    if row is None:
        raise NotFound
    return row


def task(session: Session, actor: Actor, uuid: UUID) -> Any:
    """One difference, locked. Raises NotFound for anybody but HR."""
    _only_hr(actor)
    query = select(*ProvincialDifference.__table__.columns).where(ProvincialDifference.uuid == uuid)
    row = session.execute(query.with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    return row


def opened(session: Session, person_id: int, year: int, subject: str) -> bool:
    """Whether a task about the same subject of the same year is open."""
    return (
        session.scalar(
            select(ProvincialDifference.id).where(
                ProvincialDifference.person_id == person_id,
                ProvincialDifference.year == year,
                ProvincialDifference.subject == subject,
                ProvincialDifference.state == Stand.OPEN.value,
            )
        )
        is not None
    )


def _rows(filters: Filters) -> Select[Any]:
    settler = aliased(Person)
    query = (
        select(
            *ProvincialDifference.__table__.columns,
            Person.name,
            Person.username,
            Unit.name.label("unit_name"),
            settler.name.label("settler"),
        )
        .join(Person, Person.id == ProvincialDifference.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .outerjoin(settler, settler.id == ProvincialDifference.settler_id)
        .where(ProvincialDifference.state == filters.stand.value)
    )
    if filters.cause is not None:
        query = query.where(ProvincialDifference.cause == filters.cause.value)
    if filters.unit is not None:
        query = query.where(Unit.uuid == filters.unit)
    if filters.year is not None:
        query = query.where(ProvincialDifference.year == filters.year)
    return query


def _imports() -> Select[Any]:
    return select(*ProvincialImport.__table__.columns, Person.name.label("importer")).join(
        Person, Person.id == ProvincialImport.importer_id
    )


def _only_hr(actor: Actor) -> None:
    if actor.hat is not Hat.HR:
        raise NotFound
