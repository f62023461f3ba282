"""Reads the messages left for a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

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


def seen_by(person_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """SQL conditions: the message is this person's, and its time has come."""
    return Message.person_id == person_id, Message.visible_at <= now


def unread_query(actor: Actor, now: datetime) -> Select[Any]:
    """Count of the actor's unread messages."""
    return select(func.count(Message.id)).where(*seen_by(actor.person_id, now), Message.read_at.is_(None))


def unread(actor: Actor, now: datetime) -> int:
    """How many messages the actor has not read."""
    return db.session.scalar(unread_query(actor, now)) or 0
