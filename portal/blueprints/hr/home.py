"""HR's first page: the year at a glance."""

from __future__ import annotations

from flask import Response, current_app, request

from portal import hx
from portal.blueprints.hr import bp
from portal.queries import roles
from portal.queries.oversight import school
from portal.rules.policy_words import review_due
from portal.rules.vocabulary import Hat
from portal.security import actor, clock, needs


@bp.get("/")
@needs(Hat.HR)
def home() -> Response:
    """Met and waiting, unit by unit."""
    policies = current_app.extensions["portal.policies"]
    asked = request.args.get("year", type=int)
    year = asked if asked is not None and asked in policies.years else clock().today().year
    years = [y for y in range(clock().today().year, clock().today().year - 5, -1) if y in policies.years]
    return hx.render(
        "hr/home.html",
        year=year,
        years=years,
        school_year=school(actor(), year),
        role_changes=roles.waiting_for(actor().person_id),
        review_due=review_due(policies.policies, clock().today()),
    )
