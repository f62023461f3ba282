"""The unit's admins (and HR) at work: the review queue and the unit's overview."""

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/admin")

from portal.blueprints.admin import (  # noqa: E402, F401  (views bind to bp)
    absence,
    claims,
    claims_many,
    exports,
    filing,
    group_filing,
    people,
    provincial,
    staff,
    standing,
)
