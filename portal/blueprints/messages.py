"""The messages left for whoever is signed in."""

from __future__ import annotations

import re
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, redirect
from werkzeug.exceptions import HTTPException

from portal import hx
from portal.blueprints.hr.paging import asked
from portal.queries import messages as queries
from portal.rules.vocabulary import Hat
from portal.security import actor, clock, needs
from portal.services import messages as services

bp = Blueprint("messages", __name__)

_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")  # no second host, and nothing that ends a header


@bp.get("/messages")
@needs(*Hat)
def inbox() -> Response:
    """Newest first; unread ones are marked."""
    _, before = asked()
    rows = queries.page(actor(), clock().now(), before)
    return hx.render(
        "messages/list.html",
        messages=rows[: queries.PAGE],
        more=rows[queries.PAGE - 1].id if len(rows) > queries.PAGE else None,
        first=before is None,
        count=queries.unread(actor(), clock().now()),
    )


@bp.post("/messages/read")
@needs(*Hat)
def read_all() -> Response:
    """Mark everything read."""
    services.read_all(actor(), now=clock().now())
    flash("已全部标为已读。", "success")
    return hx.go_to("messages.inbox")


@bp.post("/messages/<uuid:message>/open")
@needs(*Hat)
def follow(message: UUID) -> Response:
    """Mark one read and go where it leads; a page another hat is needed for is not gone to."""
    link = services.read(actor(), message, now=clock().now())
    return redirect(link, code=303) if _ours(link) else hx.go_to("messages.inbox")  # type: ignore[return-value]


def _ours(link: str) -> bool:
    """Whether the link is the path of a page of this portal, and a header may hold it as it is."""
    if not _PATH.fullmatch(link):
        return False
    try:
        current_app.url_map.bind("").match(urlsplit(link).path, method="GET")
    except HTTPException:
        return False
    return True
