"""Writes the event log, inside the deed's own transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal.models import Event, EventHead
from portal.queries.event_chain import GENESIS, digest
from portal.rules.access import Actor

__all__ = ["GENESIS", "digest", "record"]


def record(
    session: Session,
    actor: Actor | None,
    action: str,
    object_type: str,
    object_uuid: UUID | None,
    *,
    now: datetime,
    reason: str = "",
    **details: Any,
) -> None:
    """Append one event. Call it last before the commit: it holds the head of the chain until then.

    `details` must be JSON values without personal data beyond what the object itself holds.
    """
    head = session.execute(
        select(EventHead.last_id, EventHead.digest).where(EventHead.id == 1).with_for_update()
    ).one()
    row: dict[str, Any] = {
        "id": head.last_id + 1,
        "at": now,
        "actor_id": actor.person_id if actor else None,
        "actor_hat": actor.hat.value if actor else "",
        "address": actor.address if actor else "",
        "action": action,
        "object_type": object_type,
        "object_uuid": object_uuid,
        "reason": reason,
        "details": details,
        "previous": head.digest,
    }
    row["digest"] = digest(row)
    session.execute(insert(Event).values(row))
    session.execute(
        update(EventHead).where(EventHead.id == 1).values(last_id=row["id"], digest=row["digest"])
    )
