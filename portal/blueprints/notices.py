"""Notices and learning plans for whoever is signed in."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, request

from portal import hx
from portal.queries import notices as queries
from portal.rules.vocabulary import Hat, NoticeKind
from portal.security import actor, clock, needs
from portal.services import notices as services

bp = Blueprint("notices", __name__)


@bp.get("/notices")
@needs(*Hat)
def board() -> Response:
    """What is in force today, the latest first; unread ones are marked."""
    kind = request.args.get("kind", "")
    wanted = NoticeKind(kind) if kind in set(NoticeKind) else None
    after = request.args.get("after", type=UUID)
    rows = queries.board(actor(), clock().today(), kind=wanted, after=after)
    return hx.render(
        "notices/list.html",
        rows=rows[: queries.PAGE],
        more=rows[queries.PAGE - 1].uuid if len(rows) > queries.PAGE else None,
        first=after is None,
        wanted=wanted,
        kinds=list(NoticeKind),
    )


@bp.get("/notices/<uuid:notice>")
@needs(*Hat)
def board_show(notice: UUID) -> Response:
    """One of them; the page notes by a request of its own that it has been read."""
    row = queries.one(actor(), notice, clock().today())
    return hx.render("notices/show.html", notice=row, readership=queries.readership(actor(), row.id))


@bp.post("/notices/<uuid:notice>/read")
@needs(*Hat)
def board_read(notice: UUID) -> Response:
    """Note that the one who is signed in has read it."""
    services.read(actor(), notice, now=clock().now())
    if hx.wants_fragment():
        return hx.render("notices/_read.html", notice=queries.one(actor(), notice, clock().today()))
    return hx.go_to("notices.board_show", notice=notice)
