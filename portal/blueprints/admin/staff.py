"""One person's page for those who look after them, and the one-time codes they hand out."""

from __future__ import annotations

from uuid import UUID

from flask import Response

from portal import hx
from portal.blueprints.admin import bp
from portal.queries import people
from portal.rules.vocabulary import Hat
from portal.security import actor, clock, needs
from portal.services import codes


@bp.get("/staff/<uuid:person>")
@needs(Hat.UNIT, Hat.HR)
def person(person: UUID) -> Response:
    """Record, roles, standing and account of one person."""
    return _page(person)


@bp.post("/staff/<uuid:person>/code")
@needs(Hat.UNIT, Hat.HR)
def issue_code(person: UUID) -> Response:
    """Issue a one-time code, shown in this answer and never again."""
    code = codes.issue_to(actor(), person, now=clock().now(), today=clock().today())
    return _page(person, code)


def _page(uuid: UUID, code: str = "") -> Response:
    return hx.render(
        "admin/staff/person.html", found=people.person(actor(), uuid, today=clock().today()), code=code
    )
