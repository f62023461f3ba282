"""The event log as a page."""

from __future__ import annotations

from flask import Response

from portal import hx
from portal.blueprints.hr import bp
from portal.blueprints.hr.paging import asked
from portal.deeds import DEEDS
from portal.queries import events
from portal.rules.vocabulary import Hat
from portal.security import actor, needs


@bp.get("/audit")
@needs(Hat.HR, Hat.AUDIT)
def audit() -> Response:
    """Who did what, newest first."""
    search, before = asked()
    rows = events.page(actor(), search=search, before=before)
    more = len(rows) > events.PAGE
    shown = rows[: events.PAGE]
    return hx.render("hr/audit.html", rows=shown, more=more, search=search, deeds=DEEDS)
