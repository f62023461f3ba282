"""Reads the numbers beside the menu's entries."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, select, true

from portal.database import knows_lateral
from portal.extensions import db
from portal.queries import messages, notices, requests, review
from portal.rules.access import Actor
from portal.rules.vocabulary import Hat


def waiting(actor: Actor, today: date, now: datetime) -> dict[str, int]:
    """Endpoint -> how many wait behind it, in one statement: what is unread, what a reviewer has to do."""
    asked = {**review.scope_values(actor, today), "my_unit": actor.unit_id, "now": now}
    if not actor.reviews:
        own = db.session.execute(_own(), asked).one()
        return {"messages.inbox": own[0], "notices.board": own[1]}
    found = db.session.execute(_reviewing(actor.hat, knows_lateral()), asked).one()
    return {
        "admin.claims": found[0],
        "admin.people": found[1],
        "messages.inbox": found[2],
        "notices.board": found[3],
    }


@cache  # asked for every page: building the statements costs more than running them
def _own() -> Select[Any]:
    return select(messages.unread_query().scalar_subquery(), notices.unread_query().scalar_subquery())


@cache
def _reviewing(hat: Hat, lateral: bool) -> Select[Any]:
    claims = review.waiting_query(hat, lateral=lateral).subquery()
    people = requests.waiting_query(hat, lateral=lateral).subquery()
    unread = messages.unread_query().scalar_subquery()
    news = notices.unread_query().scalar_subquery()
    return select(claims.c[0], people.c[0], unread, news).select_from(claims.join(people, true()))
