"""Reads the numbers beside the menu's entries."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select, true

from portal.database import knows_lateral
from portal.extensions import db
from portal.queries import messages, notices, requests, review
from portal.rules.access import Actor


def waiting(actor: Actor, today: date, now: datetime) -> dict[str, int]:
    """Endpoint -> how many wait behind it, in one statement: what is unread, what a reviewer has to do."""
    unread = messages.unread_query(actor, now).scalar_subquery()
    news = notices.unread_query(actor, today).scalar_subquery()
    if not actor.reviews:
        own = db.session.execute(select(unread, news)).one()
        return {"messages.inbox": own[0], "notices.board": own[1]}
    claims = review.waiting_query(actor.hat, lateral=knows_lateral()).subquery()
    people = requests.waiting_query(actor).subquery()
    counted = select(claims.c[0], people.c[0], unread, news).select_from(claims.join(people, true()))
    found = db.session.execute(counted, review.scope_values(actor, today)).one()
    return {
        "admin.claims": found[0],
        "admin.people": found[1],
        "messages.inbox": found[2],
        "notices.board": found[3],
    }
