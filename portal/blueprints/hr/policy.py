"""The policy as HR reads it: every rule beside the words of the notice."""

from __future__ import annotations

from flask import Response, current_app, request

from portal import hx
from portal.blueprints.hr import bp
from portal.rules.vocabulary import Hat
from portal.security import clock, needs


@bp.get("/policy")
@needs(Hat.HR)
def policy() -> Response:
    """The policy in force in a year."""
    policies = current_app.extensions["portal.policies"]
    asked = request.args.get("year", type=int)
    year = asked if asked is not None and asked in policies.years else clock().today().year
    return hx.render("hr/policy.html", year=year, policy=policies.for_year(year))
