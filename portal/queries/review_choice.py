"""Reads which claims a reviewer chose to decide in one go, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.extensions import db
from portal.models import Claim
from portal.queries.review import REVIEWED, Row, row_query, scope_values
from portal.queries.review_filters import Filters, Shape, found, values
from portal.queries.review_queue import Page, as_rows
from portal.rules.access import Actor
from portal.rules.policy import PolicySet
from portal.rules.vocabulary import Status

_AT_ONCE = 400  # values in one list of a statement


def decidable(
    actor: Actor, filters: Filters, *, today: date, most: int, until: datetime | None = None
) -> list[tuple[UUID, int]]:
    """Uuid and version of the first `most` claims of a filter that the actor may decide, oldest first.

    `until` leaves out what was sent later, which whoever chose "all of this" has not been shown.
    """
    if filters.status is not Status.PENDING:
        return []
    oldest_first = replace(filters, newest=False, after=None)
    ids = found(Shape.of(actor, oldest_first), most, decidable=True, until=until is not None).subquery()
    query = (
        select(Claim.uuid, Claim.version)
        .where(Claim.id.in_(select(ids.c.id)))
        .order_by(Claim.submitted_at, Claim.id)
    )
    given = {**values(actor, oldest_first, today), "until": until}
    return [(row[0], row[1]) for row in db.session.execute(query, given)]


def names(actor: Actor, uuids: Sequence[UUID], *, today: date) -> dict[UUID, Any]:
    """Claimant, title and last decision of those of the claims that the actor reaches."""
    found: dict[UUID, Any] = {}
    for start in range(0, len(uuids), _AT_ONCE):
        query = row_query(actor.hat).where(Claim.uuid.in_(uuids[start : start + _AT_ONCE]))
        found |= {row.uuid: row for row in db.session.execute(query, scope_values(actor, today))}
    return found


def beside(
    actor: Actor,
    page: Page,
    handled: Sequence[UUID],
    policies: PolicySet,
    *,
    newest_first: bool,
    today: date,
) -> list[Row]:
    """The page's rows with those just handled where they stood among them, whatever became of them.

    Left out are handled claims that are out of the actor's reach by now, or withdrawn.
    """
    still = {row.claim.uuid for row in page.rows}
    gone = names(actor, [uuid for uuid in handled if uuid not in still], today=today)
    claims = [claim for claim in gone.values() if Status(claim.status) in REVIEWED]
    rows = [*page.rows, *as_rows(actor, claims, policies)]
    return sorted(rows, key=lambda row: (row.claim.submitted_at, row.claim.id), reverse=newest_first)
