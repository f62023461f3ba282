"""Reads the event log for HR and the auditor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select

from portal.extensions import db
from portal.models import Event, Person
from portal.rules.access import Actor
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import Hat

PAGE = 50


def page(actor: Actor, *, search: str, before: int | None) -> Sequence[Any]:
    """Events, newest first, PAGE + 1 at most; `search` is a 工号, a name or an action."""
    if actor.hat not in (Hat.HR, Hat.AUDIT):
        raise NotFound()
    query = (
        select(
            Event.id,
            Event.at,
            Event.action,
            Event.actor_hat,
            Event.object_type,
            Event.object_uuid,
            Event.reason,
            Event.address,
            Event.digest,
            Person.name.label("actor_name"),
            Person.username.label("actor_username"),
        )
        .outerjoin(Person, Person.id == Event.actor_id)
        .order_by(Event.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        query = query.where(Event.id < before)
    if search:
        query = query.where(or_(Person.username == search, Person.name == search, Event.action == search))
    return db.session.execute(query).all()
