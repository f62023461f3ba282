"""认定规则: the policy in words, each number beside the words of the notice it comes from."""

from __future__ import annotations

from flask import Response

from portal import hx
from portal.blueprints.staff import bp
from portal.blueprints.staff.workspace import OWN, policy
from portal.queries.policy_confirmations import readings
from portal.security import needs


@bp.get("/rules")
@needs(*OWN)
def rules() -> Response:
    """The rules that hold today."""
    now = policy()
    return hx.render("staff/rules/page.html", policy=now, readings=readings(now))
