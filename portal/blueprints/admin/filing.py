"""Files a claim for one person of the own unit: the person's own form, on the person's ledger."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, request, url_for

from portal import hx
from portal.blueprints.admin import bp
from portal.blueprints.staff.workspace import (
    FILES,
    Desk,
    feedback_context,
    form_of,
    look_ahead,
    policies,
    show,
    store,
    uploads,
)
from portal.queries import group_filing as queries
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import CLAIMABLE, Hat
from portal.security import actor, clock, needs
from portal.services import group_filing as services
from portal.services.evidence import taken_in
from portal.services.filing import Form

UNKNOWN_DEED = "没有收到完整的表单，什么也没有提交。请返回上一页，刷新后重新填写。"
REFUSED = "没有提交，请按各项提示更正；已填写的内容都在下面，证明材料可能需要重新选择。"
REPEATED = "这份表单已经提交过，没有重复写入。"


@bp.get("/filing/<uuid:person>/new")
@needs(Hat.UNIT, files=FILES)
def filing_new(person: UUID) -> Response:
    """An empty form for that person, of a category and kind."""
    desk = _desk(person)
    form = form_of(None, request.args)
    given, _ = form.read()
    form.forget_errors()
    return show(form, given, desk=desk)


@bp.get("/filing/<uuid:person>/preview")
@needs(Hat.UNIT, files=FILES)
def filing_preview(person: UUID) -> Response:
    """What would count for that person if the form were sent as it stands."""
    desk = _desk(person)
    form = form_of(None, request.args)
    given, wrong = form.read()
    if not hx.wants_fragment():
        return show(form, given, desk=desk)
    return hx.render(
        "admin/filing/form.html",
        "staff/claims/_feedback.html",
        desk=desk,
        form=form,
        wrong=wrong,
        **feedback_context(given, look_ahead(given, None, desk.person_id)),
    )


@bp.post("/filing/<uuid:person>")
@needs(Hat.UNIT, files=FILES)
def filing_create(person: UUID) -> Response:
    """Send the claim to the unit's queue, where somebody else decides it."""
    desk = _desk(person)
    if (
        request.form.get("action") not in ("submit", "preview")
        or request.form.get("category") not in CLAIMABLE
    ):
        raise RuleBroken(UNKNOWN_DEED)
    form = form_of(None, request.form)
    given, wrong = form.read()
    if request.form.get("action") == "preview":
        return show(form, given, desk=desk)
    if wrong:
        return show(form, given, status=422, message=REFUSED, desk=desk)
    try:
        with taken_in(uploads(), store()) as intake:
            filed = services.submit_for(
                actor(),
                person,
                Form(given, intake, form.key),
                policies(),
                now=clock().now(),
                today=clock().today(),
            )
    except RuleBroken as refused:
        form.explain(refused.fields)
        return show(form, given, status=422, message=refused.message, desk=desk)
    flash(
        REPEATED if filed.repeated else f"已代{desk.behalf}提交，由另一位平台管理员或人事处审核。", "success"
    )
    return hx.go_to("admin.claim", claim=filed.claim)


def _desk(person: UUID) -> Desk:
    """Raises NotFound for anybody who is not of the unit."""
    row = queries.person_of_unit(actor(), person)
    return Desk(
        row.person_id,
        row.unit_id,
        row.unit_name,
        ("admin.filing_new", {"person": person}),
        url_for("admin.filing_preview", person=person),
        url_for("admin.filing_create", person=person),
        behalf=row.name,
    )
