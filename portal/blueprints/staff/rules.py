"""认定规则: the policy in words, each number beside the words of the notice it comes from."""

from __future__ import annotations

from flask import Response

from portal import hx
from portal.blueprints.staff import bp
from portal.blueprints.staff.workspace import OWN, policy
from portal.queries.calendar import calendars
from portal.queries.policy_confirmations import readings
from portal.security import clock, needs


@bp.get("/rules")
@needs(*OWN)
def rules() -> Response:
    """The rules that hold today."""
    now, this = policy(), clock().today().year
    years = calendars((this - 1, this))
    return hx.render("staff/rules/page.html", policy=now, readings=readings(now), years=years)
