"""The machine interface: JSON for programs with a token, and the pages that describe it."""

from flask import Blueprint

bp = Blueprint("api", __name__, url_prefix="/api/v1")

from portal.blueprints.api import course_records, document, standings  # noqa: E402, F401  (views bind to bp)
