"""Files a claim: the form, its live feedback, saving and sending, and what can be done to a filed one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, flash, request

from portal import hx
from portal.blueprints.staff import bp
from portal.blueprints.staff.workspace import (
    FILES,
    OWN,
    feedback_context,
    form_of,
    look_ahead,
    policies,
    show,
    store,
    typed,
    uploads,
)
from portal.forms.claims import ClaimForm, version_in
from portal.queries import claims as claim_rows
from portal.rules.filing import ClaimInput
from portal.rules.refusals import Conflict, NotFound, RuleBroken
from portal.rules.vocabulary import CLAIMABLE
from portal.rules.workflow import Move, after
from portal.security import actor, clock, needs
from portal.services import filing
from portal.services.claim_columns import input_of
from portal.services.evidence import Intake, taken_in

REPEATED = "这份表单已经保存过，没有重复写入。"
REFUSED = "没有保存，请按各项提示更正；已填写的内容都在下面。"
ACTIONS = ("save", "submit", "preview")
UNKNOWN_DEED = "没有收到完整的表单，什么也没有保存。请返回上一页，刷新后重新填写。"
FILES_KEPT = "还没有提交：请按各项提示补充或更正。已填写的内容和已选择的文件已存为草稿，不会丢失。"


@bp.get("/claims/new")
@needs(*OWN, files=FILES)
def claims_new() -> Response:
    """An empty form of a category and kind, or one filled from an earlier claim of one's own."""
    copied = _copied(request.args.get("copy"))
    form = form_of(None, None if copied else request.args, data=copied)
    given, _ = form.read()
    form.forget_errors()
    return show(form, given)


@bp.route("/claims/<uuid:claim>/edit", methods=["GET", "POST"])
@needs(*OWN, files=FILES)
def claims_edit(claim: UUID) -> Response:
    """Change a claim that is not under review."""
    row = claim_rows.own(actor(), claim)
    if request.method == "POST":
        return _receive(row)
    after(row.status, Move.EDIT)
    form = form_of(row, request.args or None, category=request.args.get("category"))
    if row.submitted_at is not None and not request.args:
        form.truthful.data = False  # what was returned is declared anew when it is sent again
    given, _ = form.read()
    form.forget_errors()
    return show(form, given, row)


@bp.post("/claims")
@needs(*OWN, files=FILES)
def claims_create() -> Response:
    """Save a new claim, or save and submit it."""
    return _receive(None)


@bp.get("/claims/preview")
@needs(*OWN, files=FILES)
def claims_preview() -> Response:
    """What would count if the form were sent as it stands; the whole form when asked for as a page."""
    claim = _uuid(request.args["claim"]) if request.args.get("claim") else None
    row = claim_rows.own(actor(), claim) if claim and not hx.wants_fragment() else None
    form = form_of(row, request.args)
    given, wrong = form.read()
    if not hx.wants_fragment():
        return show(form, given, row)
    seen = look_ahead(given, claim, actor().person_id)
    return hx.render(
        "staff/claims/form.html",
        "staff/claims/_feedback.html",
        form=form,
        wrong=wrong,
        **feedback_context(given, seen),
    )


@bp.post("/claims/<uuid:claim>/submit")
@needs(*OWN)
def claims_submit(claim: UUID) -> Response:
    """Send a saved claim as it is."""
    seen = version_in(request.form)
    try:
        filing.submit_saved(
            actor(), claim, policies(), version=seen, now=clock().now(), today=clock().today()
        )
    except RuleBroken as refused:
        row = claim_rows.own(actor(), claim)
        form = form_of(row)
        given, _ = form.read()
        form.explain(refused.fields)
        return show(form, given, row, status=422, message=refused.message)
    flash("已提交，等待审核。", "success")
    return hx.go_to("staff.claims_show", claim=claim)


@bp.post("/claims/<uuid:claim>/withdraw")
@needs(*OWN)
def claims_withdraw(claim: UUID) -> Response:
    """Take a pending claim back."""
    filing.withdraw(actor(), claim, version=version_in(request.form), now=clock().now())
    flash("已撤回。修改后可以重新提交。", "success")
    return hx.go_to("staff.claims_show", claim=claim)


@bp.post("/claims/<uuid:claim>/delete")
@needs(*OWN)
def claims_delete(claim: UUID) -> Response:
    """Delete a draft with its files."""
    for file in filing.delete(actor(), claim, now=clock().now()):
        store().delete(str(file))
    flash("草稿已删除。", "success")
    return hx.go_to("staff.claims")


def _known_deed(row: Any) -> None:
    """Refuse what no form of ours sends: a torn upload must not become an empty draft."""
    category = request.form.get("category") or (row.category if row is not None else "")
    if request.form.get("action") not in ACTIONS or category not in CLAIMABLE:
        raise RuleBroken(UNKNOWN_DEED)


def _receive(row: Any) -> Response:
    _known_deed(row)
    form = form_of(row, request.form)
    given, wrong = form.read()
    if request.form.get("action") == "preview":
        return show(form, given, row)
    if wrong:
        return show(form, given, row, status=422, message=REFUSED)
    try:
        with taken_in(uploads(), store()) as intake:
            return _file(form, given, intake, row)
    except RuleBroken as refused:
        form.explain(refused.fields)
        return show(form, given, row, status=422, message=refused.message)
    except Conflict as moved:
        return show(form, given, claim_rows.own(actor(), row.uuid), status=409, message=moved.message)


def _file(form: ClaimForm, given: ClaimInput, intake: Intake, row: Any) -> Response:
    now, today = clock().now(), clock().today()
    sent = filing.Form(given, intake, form.key, row.uuid if row is not None else None, form.seen_version)
    if request.form.get("action") != "submit":
        filed = filing.save(actor(), sent, policies(), now=now)
        flash(REPEATED if filed.repeated else "已存为草稿，尚未提交。", "success")
        return hx.go_to("staff.claims_edit", claim=filed.claim)
    try:
        filed = filing.submit(actor(), sent, policies(), now=now, today=today)
    except RuleBroken as refused:
        if not intake.files:
            raise
        # chosen files cannot be put back into a form: the draft keeps them
        kept = claim_rows.own(actor(), filing.save(actor(), sent, policies(), now=now).claim)
        form.explain(refused.fields)
        return show(form, given, kept, status=422, message=FILES_KEPT, kept=True)
    flash(REPEATED if filed.repeated else "已提交，等待审核。", "success")
    return hx.go_to("staff.claims_show", claim=filed.claim)


def _copied(text: str | None) -> dict[str, Any] | None:
    """What a new claim takes from an earlier one: everything but the dates and the promises."""
    if not text:
        return None
    earlier = typed(input_of(claim_rows.own(actor(), _uuid(text))))
    blank = {"start": "", "end": "", "date": "", "year": "", "splits": {}}
    return {**earlier, **blank, "marked": False, "truthful": False, "keep_zero": False}


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
