"""Leaves messages for people, inside the transaction of the deed they tell of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import Message
from portal.queries.messages import seen_by
from portal.rules.access import Actor
from portal.rules.refusals import NotFound


def tell(
    session: Session,
    person_ids: Iterable[int],
    kind: str,
    *,
    title: str,
    now: datetime,
    body: str = "",
    link: str = "",
    about: UUID | None = None,
    visible_at: datetime | None = None,
) -> None:
    """Leave a message for each person, to be seen from `visible_at` on (default: at once).

    `kind` is a past-tense word like the event's; `link` is a path of this portal.
    """
    rows = [
        {
            "uuid": uuid4(),
            "person_id": person_id,
            "kind": kind,
            "title": title[:120],
            "body": body,
            "link": link,
            "about": about,
            "created_at": now,
            "visible_at": visible_at or now,
            "read_at": None,
            "mailed_at": None,
            "mail_tries": 0,
        }
        for person_id in sorted(set(person_ids))
    ]
    if rows:
        session.execute(insert(Message), rows)


def take_back(session: Session, about: UUID, kind: str, *, now: datetime) -> None:
    """Remove messages about a thing that nobody could have seen yet."""
    session.execute(
        delete(Message).where(Message.about == about, Message.kind == kind, Message.visible_at > now)
    )


def remove(session: Session, about: UUID, kind: str) -> None:
    """Remove every message about a thing that is no more, seen or not."""
    session.execute(delete(Message).where(Message.about == about, Message.kind == kind))


def read(actor: Actor, uuid: UUID, *, now: datetime) -> str:
    """Mark one of the actor's messages as read; the path it leads to ("": nowhere). Raises NotFound.

    Reading is no deed, so the event log has nothing of it.
    """
    with write_tx() as session:
        link = session.execute(
            update(Message)
            .where(*seen_by(actor.person_id, now), Message.uuid == uuid)
            .values(read_at=func.coalesce(Message.read_at, now))
            .returning(Message.link)
            .execution_options(synchronize_session=False)
        ).scalar_one_or_none()
        if link is None:
            raise NotFound()
        return link


def read_all(actor: Actor, *, now: datetime) -> None:
    """Mark every message the actor can see as read."""
    with write_tx() as session:
        session.execute(
            update(Message)
            .where(*seen_by(actor.person_id, now), Message.read_at.is_(None))
            .values(read_at=now)
            .execution_options(synchronize_session=False)
        )
