"""Reads the event log for HR and the auditor."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, cast, or_, select

from portal.clock import SHANGHAI
from portal.extensions import db
from portal.models import Certificate, Claim, Event, Person
from portal.rules.access import Actor
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import Hat

PAGE = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; everything left empty matches all. Days are in Shanghai, both inclusive."""

    actor: str = ""  # 工号, name or pinyin of who acted
    action: str = ""
    object_type: str = ""
    object_uuid: UUID | None = None
    person: str = ""  # 工号, name or pinyin of whom it is about
    since: date | None = None
    until: date | None = None
    text: str = ""  # in the reason or the details


def page(actor: Actor, wanted: Wanted, *, before: int | None) -> Sequence[Any]:
    """Events, newest first, PAGE + 1 at most."""
    query = _wanted(actor, wanted).order_by(Event.id.desc()).limit(PAGE + 1)
    if before is not None:
        query = query.where(Event.id < before)
    return db.session.execute(query).all()


def every(actor: Actor, wanted: Wanted) -> Iterator[Any]:
    """All such events, oldest first, as they are read."""
    yield from db.session.execute(_wanted(actor, wanted).order_by(Event.id)).yield_per(1000)


def _wanted(actor: Actor, wanted: Wanted) -> Select[Any]:
    if actor.hat not in (Hat.HR, Hat.AUDIT):
        raise NotFound()
    return (
        select(
            *(Event.id, Event.at, Event.action, Event.actor_hat, Event.object_type, Event.object_uuid),
            *(Event.reason, Event.details, Event.address, Event.digest),
            Person.name.label("actor_name"),
            Person.username.label("actor_username"),
        )
        .outerjoin(Person, Person.id == Event.actor_id)
        .where(*_conditions(wanted))
    )


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.actor:
        found.append(Event.actor_id.in_(select(Person.id).where(_named(wanted.actor))))
    if wanted.action:
        found.append(Event.action == wanted.action)
    if wanted.object_type:
        found.append(Event.object_type == wanted.object_type)
    if wanted.object_uuid:
        found.append(Event.object_uuid == wanted.object_uuid)
    if wanted.person:
        people = select(Person.id).where(_named(wanted.person))
        found.append(
            or_(
                Event.object_uuid.in_(select(Person.uuid).where(_named(wanted.person))),
                Event.object_uuid.in_(select(Claim.uuid).where(Claim.person_id.in_(people))),
                Event.object_uuid.in_(select(Certificate.uuid).where(Certificate.person_id.in_(people))),
            )
        )
    if wanted.since:
        found.append(Event.at >= _midnight(wanted.since))
    if wanted.until:
        found.append(Event.at < _midnight(wanted.until + timedelta(days=1)))
    if wanted.text:
        found.append(
            or_(
                Event.reason.contains(wanted.text, autoescape=True),
                cast(Event.details, String).contains(wanted.text, autoescape=True),
                cast(Event.details, String).contains(json.dumps(wanted.text)[1:-1], autoescape=True),
            )
        )
    return found


def _named(word: str) -> ColumnElement[bool]:
    return or_(Person.username == word, Person.search_key.contains(word.lower(), autoescape=True))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)
