"""Answers whether the process runs, whether it can serve, and what it has counted."""

from __future__ import annotations

from hmac import compare_digest

from flask import Blueprint, Response, abort, current_app, make_response, request
from prometheus_client import CONTENT_TYPE_LATEST

from portal import readiness
from portal.security import clock, public

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def healthz() -> Response:
    """The process answers; nothing else is asked."""
    return _plain("ok", 200)


@bp.get("/readyz")
@public
def readyz() -> Response:
    """`ready`, then a line for each warning; 503 when no write can begin, 507 without room for evidence."""
    try:
        readiness.require_ready()
    except readiness.NotReady as fault:
        return _plain(str(fault), 503)
    told = [f"warning: {sentence}" for sentence in readiness.warnings(clock().now())]
    return _plain("\n".join(["ready", *told]), 200)


@bp.get("/metrics")
@public
def metrics() -> Response:
    """Counters and numbers of the moment, for whoever has the token; none set: for this machine alone."""
    if not _may_read():
        abort(404)
    page = current_app.extensions["portal.meter"].page(readiness.gauges(clock().now()))
    answer = make_response(page)
    answer.headers["Content-Type"] = CONTENT_TYPE_LATEST
    return answer


def _may_read() -> bool:
    token: str = current_app.extensions["portal.settings"].metrics_token
    if token:
        given = request.headers.get("Authorization", "")
        return compare_digest(given.encode(), f"Bearer {token}".encode())
    # a proxy on this machine would make everybody local: what it forwards is not
    forwarded = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"))
    return request.remote_addr in ("127.0.0.1", "::1") and not forwarded


def _plain(text: str, status: int) -> Response:
    answer = make_response(text + "\n", status)
    answer.mimetype = "text/plain"
    return answer
