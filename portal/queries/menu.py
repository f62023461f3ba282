"""Reads the numbers beside the menu's entries."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select, true

from portal.extensions import db
from portal.queries import requests, review
from portal.rules.access import Actor


def waiting(actor: Actor, today: date) -> dict[str, int]:
    """Endpoint -> how many wait behind it, in one statement; empty for a hat that reviews nothing."""
    if not actor.reviews:
        return {}
    claims, people = review.waiting_query(actor.hat).subquery(), requests.waiting_query(actor).subquery()
    counted = select(claims.c[0], people.c[0]).select_from(claims.join(people, true()))
    found = db.session.execute(counted, review.scope_values(actor, today)).one()
    return {"admin.claims": found[0], "admin.people": found[1]}
