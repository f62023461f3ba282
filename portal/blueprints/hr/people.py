"""HR finds people, disables accounts and enables them."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, request

from portal import hx
from portal.blueprints.hr import bp
from portal.queries import people as queries
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Hat
from portal.security import actor, clock, needs
from portal.services import accounts

LONGEST_REASON = 200


@bp.get("/people")
@needs(Hat.HR)
def people() -> Response:
    """Everybody, found by 工号, name or pinyin."""
    text = "".join(sign for sign in request.args.get("q", "") if sign.isprintable()).strip()[:60]
    rows = queries.search(actor(), text)
    return hx.render("hr/people.html", rows=rows[: queries.PAGE], cut=len(rows) > queries.PAGE, search=text)


@bp.post("/people/<uuid:person>/disable")
@needs(Hat.HR, recent=True)
def disable_person(person: UUID) -> Response:
    """Let somebody sign in no more."""
    reason = request.form.get("reason", "").strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise RuleBroken(f"请填写停用原因，不超过 {LONGEST_REASON} 个字符。")
    name = accounts.disable(actor(), person, reason=reason, now=clock().now(), today=clock().today())
    flash(f"{name}的账号已停用，所有登录均已退出。", "success")
    return hx.go_to("admin.person", person=person)


@bp.post("/people/<uuid:person>/enable")
@needs(Hat.HR, recent=True)
def enable_person(person: UUID) -> Response:
    """Let somebody in again."""
    name = accounts.enable(actor(), person, now=clock().now())
    flash(f"{name}的账号已启用。", "success")
    return hx.go_to("admin.person", person=person)
