"""使用帮助: one page for each role, and one for visitors."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from flask import Blueprint, Response, current_app, request
from flask_login import current_user

from portal import hx
from portal.markdown import to_html
from portal.rules.vocabulary import Hat
from portal.security import public

bp = Blueprint("help", __name__)

VISITOR = "visitor"
PAGES = {**{hat.value: hat.label for hat in Hat}, VISITOR: "访客"}


@bp.get("/help")
@public
def show() -> Response:
    """The page of the hat worn now, or of the role asked for."""
    own = current_user.who.actor.hat.value if current_user.is_authenticated else VISITOR
    wanted = request.args.get("role", "")
    chosen = wanted if wanted in PAGES else own
    return hx.render(
        "help/page.html", pages=PAGES, chosen=chosen, made=to_html(_text(current_app.root_path, chosen))
    )


@cache
def _text(root: str, role: str) -> str:
    return (Path(root) / "help" / f"{role}.md").read_text("utf-8")
