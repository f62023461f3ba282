"""Reads notices for the office that publishes them: in every state, with how many have read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from portal.extensions import db
from portal.models import Notice, NoticeRead, NoticeUnit, Person, Unit
from portal.queries.notices import Readership, of_unit
from portal.queries.oversight import only_hr
from portal.rules.access import Actor
from portal.rules.refusals import NotFound

PAGE = 30


@dataclass(frozen=True, slots=True)
class Line:
    """A notice of the list; `people` it is for and how many of them have `read` its latest edition."""

    row: Any
    people: int
    read: int


@dataclass(frozen=True, slots=True)
class UnitReading:
    """A unit a notice is for."""

    uuid: UUID
    name: str
    people: int
    read: int


@dataclass(frozen=True, slots=True)
class Whole:
    """A notice with its text, the units it names (none: everybody) and how each unit has read it."""

    notice: Notice
    author: str
    units: tuple[UUID, ...]
    reading: Sequence[UnitReading]

    @property
    def people(self) -> int:
        """How many it is for."""
        return sum(unit.people for unit in self.reading)

    @property
    def read(self) -> int:
        """How many of them have read its latest edition."""
        return sum(unit.read for unit in self.reading)


def everything(actor: Actor, before: int | None) -> list[Line]:
    """One more than a page of notices, the latest made first. Raises NotFound unless HR."""
    only_hr(actor)
    query = select(Notice).order_by(Notice.id.desc()).limit(PAGE + 1)
    rows = db.session.scalars(query.where(Notice.id < before) if before else query).all()
    ids = [row.id for row in rows]
    meant = or_(
        Notice.everyone,
        select(NoticeUnit.unit_id)
        .where(NoticeUnit.notice_id == Notice.id, NoticeUnit.unit_id == Person.unit_id)
        .correlate(Notice, Person)
        .exists(),
    )
    counted = db.session.execute(
        select(
            Notice.id, func.count(Person.id).label("people"), func.count(NoticeRead.person_id).label("read")
        )
        .select_from(Notice)
        .join(Person, Person.disabled_at.is_(None) & meant)
        .outerjoin(
            NoticeRead,
            (NoticeRead.notice_id == Notice.id)
            & (NoticeRead.person_id == Person.id)
            & (NoticeRead.edition == Notice.edition),
        )
        .where(Notice.id.in_(ids))
        .group_by(Notice.id)
    ).all()
    numbers = {row.id: (row.people, row.read) for row in counted}
    return [Line(row, *numbers.get(row.id, (0, 0))) for row in rows]


def whole(actor: Actor, uuid: UUID) -> Whole:
    """One notice in any state. Raises NotFound unless HR, or for an unknown one."""
    only_hr(actor)
    found = db.session.execute(
        select(Notice, Person.name).join(Person, Person.id == Notice.author_id).where(Notice.uuid == uuid)
    ).one_or_none()
    if found is None:
        raise NotFound
    notice, author = found
    named = db.session.execute(
        select(Unit.id, Unit.uuid)
        .join(NoticeUnit, NoticeUnit.unit_id == Unit.id)
        .where(NoticeUnit.notice_id == notice.id)
        .order_by(Unit.code)
    ).all()
    query = (
        select(
            Unit.uuid,
            Unit.name,
            func.count(Person.id).label("people"),
            func.count(NoticeRead.person_id).label("read"),
        )
        .join(Person, (Person.unit_id == Unit.id) & Person.disabled_at.is_(None))
        .outerjoin(
            NoticeRead,
            (NoticeRead.person_id == Person.id)
            & (NoticeRead.notice_id == notice.id)
            & (NoticeRead.edition == notice.edition),
        )
        .group_by(Unit.id, Unit.uuid, Unit.name, Unit.code)
        .order_by(Unit.code)
    )
    if not notice.everyone:
        query = query.where(Unit.id.in_([row.id for row in named]))
    reading = [UnitReading(*row) for row in db.session.execute(query)]
    return Whole(notice, author, tuple(row.uuid for row in named), reading)


def unit_readership(actor: Actor, notice: Notice, unit: UUID) -> tuple[str, Readership]:
    """A unit's name and who of it has read the notice. Raises NotFound unless HR, or for an unknown unit."""
    only_hr(actor)
    row = db.session.execute(select(Unit.id, Unit.name).where(Unit.uuid == unit)).one_or_none()
    if row is None:
        raise NotFound
    return row.name, of_unit(notice.id, row.id)


def units(actor: Actor) -> Sequence[Any]:
    """Open units a notice may be for, by code. Raises NotFound unless HR."""
    only_hr(actor)
    return db.session.execute(
        select(Unit.uuid, Unit.name).where(Unit.closed_at.is_(None)).order_by(Unit.code)
    ).all()
