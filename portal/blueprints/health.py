"""Answers whether the process runs and whether it can serve."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response

from portal import lifecycle
from portal.security import public
from portal.storage import require_room

bp = Blueprint("health", __name__)

ROOM = 100 * 1024 * 1024  # bytes: a day's worth of evidence


@bp.get("/healthz")
@public
def healthz() -> Response:
    """The process answers; nothing else is asked."""
    return _plain("ok", 200)


@bp.get("/readyz")
@public
def readyz() -> Response:
    """The database answers with tables of this version, and there is room for evidence (507 otherwise)."""
    if not lifecycle.ready():
        return _plain("database needs portal upgrade", 503)
    require_room(current_app.extensions["portal.store"].root, ROOM)
    return _plain("ready", 200)


def _plain(text: str, status: int) -> Response:
    answer = make_response(text + "\n", status)
    answer.mimetype = "text/plain"
    return answer
