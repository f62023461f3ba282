"""Answers whether the process runs and whether it can serve."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response

from portal import lifecycle
from portal.security import public

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def healthz() -> Response:
    """The process answers; nothing else is asked."""
    return _plain("ok", 200)


@bp.get("/readyz")
@public
def readyz() -> Response:
    """The database answers with tables of this version and the evidence store can be written to."""
    if not lifecycle.ready(current_app):
        return _plain("database needs portal upgrade", 503)
    if not current_app.extensions["portal.store"].writable():
        return _plain("evidence store cannot be written to", 503)
    return _plain("ready", 200)


def _plain(text: str, status: int) -> Response:
    answer = make_response(text + "\n", status)
    answer.mimetype = "text/plain"
    return answer
