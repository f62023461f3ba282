"""Ends one's own sessions on other devices."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from portal.database import write_tx
from portal.models import Login
from portal.queries.logins import SignedIn
from portal.rules.refusals import NotFound
from portal.services import events


def end_one(who: SignedIn, uuid: UUID, *, now: datetime) -> bool:
    """End one of the person's own live sessions; True when it is the one asking. Raises NotFound."""
    with write_tx() as session:
        ended = session.execute(
            update(Login)
            .where(Login.uuid == uuid, Login.person_id == who.actor.person_id, Login.ended_at.is_(None))
            .values(ended_at=now)
            .returning(Login.id)
        ).one_or_none()
        if ended is None:
            raise NotFound
        events.record(session, who.actor, "session-ended", "person", who.actor.person_uuid, now=now)
        return bool(ended.id == who.login_id)


def end_others(who: SignedIn, *, now: datetime) -> int:
    """End every live session of the person but the one asking; returns how many."""
    with write_tx() as session:
        ended = session.scalars(
            update(Login)
            .where(Login.person_id == who.actor.person_id, Login.ended_at.is_(None), Login.id != who.login_id)
            .values(ended_at=now)
            .returning(Login.id)
        ).all()
        if ended:
            events.record(session, who.actor, "session-ended", "person", who.actor.person_uuid, now=now)
        return len(ended)
