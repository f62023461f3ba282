"""Reads people for those who look after them: HR the whole school, a unit's admin the unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.extensions import db
from portal.models import Grant, Person, PersonYear, SecondFactor, Unit
from portal.queries.logins import holds_today
from portal.rules.access import Actor
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import Hat, Role

PAGE = 50


@dataclass(frozen=True, slots=True)
class PersonPage:
    """A person's record, the roles held today, and the stored standing of each year (quarters)."""

    row: Any
    roles: tuple[Role, ...]
    years: Sequence[Any]


def search(actor: Actor, text: str) -> Sequence[Any]:
    """People by 工号, name or pinyin, by 工号; at most PAGE + 1. Raises NotFound for anybody but HR."""
    if actor.hat is not Hat.HR:
        raise NotFound
    query = select(*_record()).join(Unit, Unit.id == Person.unit_id).order_by(Person.username).limit(PAGE + 1)
    if text:
        query = query.where(
            Person.search_key.contains(text.lower(), autoescape=True)
            | Person.username.startswith(text, autoescape=True)
        )
    return db.session.execute(query).all()


def person(actor: Actor, uuid: UUID, *, today: date) -> PersonPage:
    """One person of the actor's scope. Raises NotFound outside it."""
    query = select(*_record()).join(Unit, Unit.id == Person.unit_id).where(Person.uuid == uuid)
    if actor.hat is Hat.UNIT:
        query = query.where(Person.unit_id == actor.acts_for)
    elif actor.hat is not Hat.HR:
        raise NotFound
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    held = db.session.scalars(
        select(Grant.role).where(Grant.person_id == row.id, holds_today(today)).distinct()
    ).all()
    years = db.session.execute(
        select(PersonYear.year, PersonYear.public, PersonYear.professional, PersonYear.met)
        .where(PersonYear.person_id == row.id)
        .order_by(PersonYear.year.desc())
    ).all()
    return PersonPage(row, tuple(role for role in Role if role.value in held), years)


def _record() -> tuple[Any, ...]:
    return (
        Person.id,
        Person.uuid,
        Person.username,
        Person.name,
        Person.department,
        Person.title_series,
        Person.title,
        Person.phone,
        Person.disabled_at,
        Person.departure,
        Person.created_at,
        Person.password_hash.is_not(None).label("has_password"),
        select(SecondFactor.confirmed_at)
        .where(SecondFactor.person_id == Person.id)
        .correlate(Person)
        .scalar_subquery()
        .label("second_factor_at"),
        Unit.name.label("unit_name"),
        Unit.uuid.label("unit_uuid"),
    )
