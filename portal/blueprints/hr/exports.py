"""HR takes lists out of the portal."""

from __future__ import annotations

from flask import Response

from portal.blueprints import export_parts
from portal.blueprints.hr import bp
from portal.rules.vocabulary import Hat
from portal.security import needs


@bp.get("/exports")
@needs(Hat.HR)
def exports() -> Response:
    """The lists there are."""
    return export_parts.page()


@bp.post("/exports")
@needs(Hat.HR, recent=True)
def exports_hand_out() -> Response:
    """One of them, over the school or a unit."""
    return export_parts.hand_out()
