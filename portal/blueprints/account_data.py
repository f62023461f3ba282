"""What the portal holds on the person asking: to read, and to take along."""

from __future__ import annotations

import json

from flask import Blueprint, Response

from portal import hx
from portal.deeds import DEEDS
from portal.own_words import told
from portal.queries.own_data import SECTIONS, own_data
from portal.rules.vocabulary import Hat
from portal.security import actor, needs

bp = Blueprint("account_data", __name__, url_prefix="/account")


@bp.get("/data")
@needs(*Hat)
def show() -> Response:
    """Everything, section by section."""
    return hx.render("account/data.html", held=told(own_data(actor()), DEEDS), sections=SECTIONS)


@bp.get("/data.json")
@needs(*Hat)
def download() -> Response:
    """The same as one JSON file."""
    text = json.dumps(own_data(actor()), ensure_ascii=False, indent=2)
    answer = Response(text, content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = "attachment; filename=my-data.json"
    return answer
