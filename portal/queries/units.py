"""Reads units: their people, admins, absences and annex papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select

from portal.extensions import db
from portal.models import AnnexDeadline, AnnexPaper, Grant, Person, Unit
from portal.queries.absences import away_until
from portal.queries.logins import holds_today
from portal.rules.access import Actor
from portal.rules.offices import days_late, usual_deadline
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import Hat, Role

LONGEST = 200  # people listed of a unit that cannot be closed yet
_PLAIN = select(Unit.id, Unit.uuid, Unit.name, Unit.code, Unit.closed_at)


@dataclass(frozen=True, slots=True)
class Office:
    """A unit as HR sees it in one year. `late` is in days; a closed unit owes no paper."""

    unit: Any
    people: int
    admins: Sequence[Any]
    received_on: date | None
    late: int

    @property
    def unmanned(self) -> bool:
        """Open, and nobody in force who could sign in: its queue is HR's."""
        return self.unit.closed_at is None and not any(a.disabled_at is None for a in self.admins)

    @property
    def owes_paper(self) -> bool:
        """Open, and the paper has not come."""
        return self.unit.closed_at is None and self.received_on is None


def deadline(year: int) -> date:
    """The last day for 附件2 in a year."""
    return db.session.scalar(select(AnnexDeadline.due_on).where(AnnexDeadline.year == year)) or (
        usual_deadline(year)
    )


def offices(today: date, year: int, due: date) -> Sequence[Office]:
    """Every unit in two statements: those that owe a paper, then the other open ones, then the closed."""
    found = _offices(_units(year), _admins(today), today, due)
    return sorted(found, key=lambda one: (one.unit.closed_at is not None, not one.owes_paper))


def office(uuid: UUID, today: date, year: int, due: date) -> Office:
    """One unit. Raises NotFound."""
    found = _offices(_units(year).where(Unit.uuid == uuid), _admins(today), today, due)
    if not found:
        raise NotFound
    return found[0]


def acting_unit(actor: Actor) -> Any:
    """The unit the actor acts for."""
    return db.session.execute(_PLAIN.where(Unit.id == actor.acts_for)).one()


def visible(actor: Actor, uuid: UUID) -> Any:
    """The unit, if the actor is HR or its admin. Raises NotFound otherwise."""
    query = _PLAIN.where(Unit.uuid == uuid)
    if actor.hat is not Hat.HR:
        query = query.where(Unit.id == actor.acts_for)
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return row


def admins_of(unit_id: int, today: date) -> Sequence[Any]:
    """The unit's admins in force today."""
    return db.session.execute(_admins(today).where(Grant.unit_id == unit_id)).all()


def appointments(unit_id: int) -> Sequence[Any]:
    """Every appointment of the unit that ever took effect or will, newest first."""
    return db.session.execute(
        select(
            Person.uuid,
            Person.name,
            Person.username,
            Grant.desk_phone,
            Grant.valid_from,
            Grant.valid_until,
        )
        .join(Person, Person.id == Grant.person_id)
        .where(
            Grant.unit_id == unit_id,
            Grant.role == Role.UNIT_ADMIN.value,
            or_(Grant.valid_until.is_(None), Grant.valid_until >= Grant.valid_from),
        )
        .order_by(Grant.valid_from.desc(), Grant.id.desc())
    ).all()


def people_of(unit_id: int) -> Sequence[Any]:
    """People still in the unit, those who left not counted; at most LONGEST."""
    return db.session.execute(
        select(Person.username, Person.name, Person.department)
        .where(Person.unit_id == unit_id, Person.disabled_at.is_(None))
        .order_by(Person.username)
        .limit(LONGEST)
    ).all()


def _units(year: int) -> Select[*tuple[Any, ...]]:
    staff = (
        select(Person.unit_id, func.count().label("people"))
        .where(Person.disabled_at.is_(None))
        .group_by(Person.unit_id)
        .subquery()
    )
    return (
        select(
            Unit.id,
            Unit.uuid,
            Unit.name,
            Unit.code,
            Unit.closed_at,
            func.coalesce(staff.c.people, 0).label("people"),
            AnnexPaper.received_on,
        )
        .outerjoin(staff, staff.c.unit_id == Unit.id)
        .outerjoin(AnnexPaper, and_(AnnexPaper.unit_id == Unit.id, AnnexPaper.year == year))
        .order_by(Unit.closed_at.is_not(None), Unit.code)
    )


def _admins(today: date) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Grant.unit_id,
            Grant.desk_phone,
            Grant.valid_from,
            Grant.valid_until,
            Person.id.label("person_id"),
            Person.uuid,
            Person.name,
            Person.username,
            Person.disabled_at,
            Person.unit_id.label("home_id"),
            away_until(Grant.person_id, Grant.unit_id, today).label("away_until"),
        )
        .join(Person, Person.id == Grant.person_id)
        .where(Grant.role == Role.UNIT_ADMIN.value, holds_today(today))
        .order_by(Grant.id)
    )


def _offices(
    units: Select[*tuple[Any, ...]], admins: Select[*tuple[Any, ...]], today: date, due: date
) -> list[Office]:
    held: dict[int, list[Any]] = {}
    for admin in db.session.execute(admins):
        held.setdefault(admin.unit_id, []).append(admin)
    return [
        Office(
            unit=row,
            people=row.people,
            admins=held.get(row.id, []),
            received_on=row.received_on,
            late=days_late(due, row.received_on, today) if row.closed_at is None else 0,
        )
        for row in db.session.execute(units)
    ]
