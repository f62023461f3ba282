"""年度完成情况: where one stands in a year, and what closes the gap."""

from __future__ import annotations

from flask import Response, request

from portal import hx
from portal.blueprints.staff import bp
from portal.blueprints.staff.workspace import OWN, policies
from portal.queries import notices
from portal.queries import policy_confirmations as readings
from portal.queries.standing import standing as standing_of
from portal.rules.refusals import NotFound
from portal.security import actor, clock, needs


@bp.get("/standing")
@needs(*OWN)
def standing() -> Response:
    """One's own year; today's unless another is asked for."""
    today = clock().today()
    year = _year(request.args.get("year", ""), today.year)
    found = standing_of(actor(), year, policies(), today=today)
    doubtful = year < found.policy.source.issued.year
    unconfirmed = readings.unconfirmed(found.policy) if doubtful else ()
    plans = notices.plans(actor(), today) if found.gaps else {}
    return hx.render(
        "staff/standing/page.html", found=found, today=today, unconfirmed=unconfirmed, plans=plans
    )


def _year(text: str, otherwise: int) -> int:
    """The year asked for. Raises NotFound for one no policy covers, or one that is still to come."""
    if not text:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise NotFound
    year = int(text)
    if year not in policies().years or year > otherwise:
        raise NotFound
    return year
