"""Reads what a person sees of their own account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.models import Code, Login, Person
from portal.rules.access import Actor

_Issuer = aliased(Person)


def live_sessions(actor: Actor) -> Sequence[Any]:
    """The actor's own live sessions, newest first."""
    return db.session.execute(
        select(Login.id, Login.uuid, Login.hat, Login.created_at, Login.address, Login.agent)
        .where(Login.person_id == actor.person_id, Login.ended_at.is_(None))
        .order_by(Login.id.desc())
    ).all()


def email(actor: Actor) -> str:
    """The address the actor's messages are mailed to; "" for none."""
    return db.session.scalar(select(Person.email).where(Person.id == actor.person_id)) or ""


def reset_notice(username: str) -> Any | None:
    """The latest password reset the person has not dismissed: when, and by whom (None: the command line)."""
    return db.session.execute(
        select(Code.redeemed_at, _Issuer.name.label("issuer"))
        .join(Person, Person.id == Code.person_id)
        .outerjoin(_Issuer, _Issuer.id == Code.issuer_id)
        .where(Person.username == username, Code.redeemed_at.is_not(None), Code.seen_at.is_(None))
        .order_by(Code.id.desc())
        .limit(1)
    ).one_or_none()
