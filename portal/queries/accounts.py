"""Reads what a person sees of their own account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from portal.extensions import db
from portal.models import Login
from portal.rules.access import Actor


def live_sessions(actor: Actor) -> Sequence[Any]:
    """The actor's own live sessions, newest first."""
    return db.session.execute(
        select(Login.id, Login.hat, Login.created_at, Login.address, Login.agent)
        .where(Login.person_id == actor.person_id, Login.ended_at.is_(None))
        .order_by(Login.id.desc())
    ).all()
