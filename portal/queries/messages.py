"""Reads the messages left for a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, select

from portal.database import UTCDateTime
from portal.extensions import db
from portal.models import Message
from portal.rules.access import Actor

PAGE = 30


def page(actor: Actor, now: datetime, before: int | None) -> Sequence[Any]:
    """One more than a page of the actor's messages that may be seen by now, newest first."""
    query = (
        select(
            Message.id,
            Message.uuid,
            Message.kind,
            Message.title,
            Message.body,
            Message.link,
            Message.visible_at,
            Message.read_at,
        )
        .where(Message.person_id == actor.person_id, Message.visible_at <= now)
        .order_by(Message.id.desc())
        .limit(PAGE + 1)
    )
    return db.session.execute(query.where(Message.id < before) if before else query).all()


def seen_by(person_id: Any, now: Any) -> tuple[ColumnElement[bool], ...]:
    """SQL conditions: the message is this person's, and its time has come."""
    return Message.person_id == person_id, Message.visible_at <= now


@cache
def unread_query() -> Select[Any]:
    """Count of the unread messages of `me`, `now`."""
    seen = seen_by(bindparam("me", type_=Integer), bindparam("now", type_=UTCDateTime))
    return select(func.count(Message.id)).where(*seen, Message.read_at.is_(None))


def unread(actor: Actor, now: datetime) -> int:
    """How many messages the actor has not read."""
    return db.session.scalar(unread_query(), {"me": actor.person_id, "now": now}) or 0
