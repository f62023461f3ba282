"""Reads what HR set as single people's obligations: the whole list, and one person's history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.models import Obligation, Person, Unit
from portal.rules.access import Actor
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import Hat

PAGE = 50


@dataclass(frozen=True, slots=True)
class History:
    """A person and every obligation ever set for them, newest first."""

    person: Any
    rows: Sequence[Any]


def listed(actor: Actor, *, year: int | None, search: str, before: int | None) -> Sequence[Any]:
    """Obligations that hold, newest first; at most PAGE + 1. Raises NotFound for anybody but HR."""
    _only_hr(actor)
    query = (
        _rows()
        .where(Obligation.replaced_at.is_(None), Obligation.public.is_not(None))
        .order_by(Obligation.id.desc())
        .limit(PAGE + 1)
    )
    if year is not None:
        query = query.where(Obligation.year == year)
    if before is not None:
        query = query.where(Obligation.id < before)
    if search:
        query = query.where(
            or_(
                Person.search_key.contains(search.lower(), autoescape=True),
                Person.username.startswith(search, autoescape=True),
            )
        )
    return db.session.execute(query).all()


def history(actor: Actor, person: UUID) -> History:
    """One person's obligations, past ones too. Raises NotFound for anybody but HR, and for nobody."""
    _only_hr(actor)
    row = db.session.execute(
        select(Person.id, Person.uuid, Person.name, Person.username, Unit.name.label("unit_name"))
        .join(Unit, Unit.id == Person.unit_id)
        .where(Person.uuid == person)
    ).one_or_none()
    if row is None:
        raise NotFound
    found = _rows().where(Obligation.person_id == row.id).order_by(Obligation.id.desc())
    return History(row, db.session.execute(found).all())


def file_of(actor: Actor, uuid: UUID) -> Any:
    """The proof of an obligation: for HR, the auditor and the person. Raises NotFound otherwise."""
    query = select(
        Obligation.file_uuid.label("uuid"),
        Obligation.file_name.label("name"),
        Obligation.file_type.label("media_type"),
    ).where(Obligation.uuid == uuid, Obligation.file_uuid.is_not(None))
    if actor.hat not in (Hat.HR, Hat.AUDIT):
        query = query.where(Obligation.person_id == actor.person_id)
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return row


def _rows() -> Select[Any]:
    setter = aliased(Person)
    return (
        select(
            *Obligation.__table__.columns,
            Person.name,
            Person.username,
            Person.uuid.label("person"),
            Unit.name.label("unit_name"),
            setter.name.label("setter"),
        )
        .join(Person, Person.id == Obligation.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .join(setter, setter.id == Obligation.setter_id)
    )


def _only_hr(actor: Actor) -> None:
    if actor.hat is not Hat.HR:
        raise NotFound
