"""Reads units and their admins as rows of an exported list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from portal.extensions import db
from portal.models import AnnexPaper, Claim, Grant, Person, PersonYear, Unit
from portal.rules.vocabulary import Role, Status


def unit_ids(_year: int, unit_id: int | None) -> Select[Any]:
    """Every unit, closed ones too."""
    query = select(Unit.id).order_by(Unit.code)
    return query if unit_id is None else query.where(Unit.id == unit_id)


def unit_cells(year: int, some: Sequence[int]) -> dict[int, tuple[Any, ...]]:
    """People, met, short, waiting, admins and the annex of each unit."""
    met = and_(PersonYear.person_id == Person.id, PersonYear.year == year, PersonYear.met.is_(True))
    people = {
        row.unit_id: row
        for row in db.session.execute(
            select(
                Person.unit_id,
                func.count(Person.id).label("people"),
                func.count(PersonYear.person_id).label("met"),
            )
            .outerjoin(PersonYear, met)
            .where(Person.disabled_at.is_(None), Person.unit_id.in_(some))
            .group_by(Person.unit_id)
        )
    }
    waiting = {
        row.unit_id: row.count
        for row in db.session.execute(
            select(Claim.unit_id, func.count(Claim.id).label("count"))
            .where(Claim.status == Status.PENDING.value, Claim.unit_id.in_(some))
            .group_by(Claim.unit_id)
        )
    }
    admins: dict[int, list[str]] = {}
    for grant in db.session.execute(_grants(year).where(Grant.unit_id.in_(some))):
        admins.setdefault(grant.unit_id, []).append(grant.name)
    found = {}
    for unit in db.session.execute(
        select(Unit.id, Unit.code, Unit.name, Unit.closed_at, AnnexPaper.received_on)
        .outerjoin(AnnexPaper, and_(AnnexPaper.unit_id == Unit.id, AnnexPaper.year == year))
        .where(Unit.id.in_(some))
    ):
        counted = people.get(unit.id)
        everybody, done = (counted.people, counted.met) if counted else (0, 0)
        found[unit.id] = (
            *(unit.code, unit.name, "已关闭" if unit.closed_at else "正常"),
            *(everybody, done, everybody - done, waiting.get(unit.id, 0)),
            *("、".join(admins.get(unit.id, ())), unit.received_on),
        )
    return found


def _grants(year: int) -> Any:
    """Appointments in force at some time of the year."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    return (
        select(
            *(Grant.id, Grant.unit_id, Grant.desk_phone, Grant.valid_from, Grant.valid_until),
            *(Person.name, Person.username, Person.department, Unit.name.label("unit")),
            AnnexPaper.received_on,
        )
        .join(Person, Person.id == Grant.person_id)
        .join(Unit, Unit.id == Grant.unit_id)
        .outerjoin(AnnexPaper, and_(AnnexPaper.unit_id == Unit.id, AnnexPaper.year == year))
        .where(
            Grant.role == Role.UNIT_ADMIN.value,
            Grant.valid_from <= last,
            or_(Grant.valid_until.is_(None), Grant.valid_until >= first),
            or_(Grant.valid_until.is_(None), Grant.valid_until >= Grant.valid_from),  # called off
        )
        .order_by(Unit.code, Grant.valid_from, Grant.id)
    )


def grant_ids(year: int, unit_id: int | None) -> Select[Any]:
    """Appointments of the year."""
    query: Select[Any] = _grants(year).with_only_columns(Grant.id)
    return query if unit_id is None else query.where(Grant.unit_id == unit_id)


def grant_cells(year: int, some: Sequence[int]) -> dict[int, tuple[Any, ...]]:
    """Who, where, desk phone, from and until when."""
    return {
        row.id: (
            *(row.unit, row.name, row.username, row.desk_phone, row.department),
            *(row.valid_from, row.valid_until, row.received_on),
        )
        for row in db.session.execute(_grants(year).where(Grant.id.in_(some)))
    }
