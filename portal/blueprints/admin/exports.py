"""A unit's admin takes the own unit's lists, phone numbers masked."""

from __future__ import annotations

from flask import Response

from portal.blueprints import export_parts
from portal.blueprints.admin import bp
from portal.rules.vocabulary import Hat
from portal.security import needs


@bp.get("/exports")
@needs(Hat.UNIT)
def exports() -> Response:
    """The lists there are."""
    return export_parts.page()


@bp.post("/exports")
@needs(Hat.UNIT)
def exports_hand_out() -> Response:
    """One of them, of the own unit."""
    return export_parts.hand_out()
