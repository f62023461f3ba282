"""The review queue, one claim opened in it, and the decision."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Response, flash, request

from portal import hx
from portal.blueprints.admin import bp
from portal.blueprints.review_rows import decision_form, open_claim, policies, show
from portal.forms import options
from portal.forms.decisions import EVERY_UNIT, DecisionForm, QueueForm, UndoForm
from portal.queries import return_presets, review, review_claim, review_queue
from portal.queries.calendar import Deadline, near_for_reviewers
from portal.queries.review import Row
from portal.queries.review_filters import NAMED, SEARCHED, Filters
from portal.rules.access import require_decider
from portal.rules.refusals import Conflict, NotFound, RuleBroken
from portal.rules.vocabulary import Category, Hat, Status
from portal.security import actor, clock, needs
from portal.services import review_batches, review_undo, reviews


@bp.get("/claims")
@needs(Hat.UNIT, Hat.HR)
def claims() -> Response:
    """The queue."""
    form = QueueForm(request.args)
    return hx.render(
        "admin/claims/queue.html",
        "admin/claims/_queue.html",
        **queue_parts(form, filters_of(form)),
        deadlines=_deadlines(),
        just=_just_decided(clock().now(), clock().today()),
    )


def queue_parts(form: QueueForm, filters: Filters) -> dict[str, Any]:
    """What the list of claims is drawn from; `filters` are those of the form."""
    most = review_batches.MOST + 1
    page = review_queue.queue(actor(), filters, policies(), today=clock().today(), most=most)
    units = review.units(actor())
    form.unit.choices = options([EVERY_UNIT, *((str(unit.uuid), unit.name) for unit in units)])
    return {
        "form": form,
        "queue": page,
        "waiting": page.waiting,
        "partly": _partly(filters) if page.partly else None,
        "choice": _choice(page) if page.choosable else None,
    }


def _choice(page: review_queue.Page) -> dict[str, Any]:
    """How many claims "all of this filter" means, as of now; counted no further than one go may take."""
    until = f"{int(clock().now().timestamp() * 1_000_000)}-0"
    return {
        "count": page.choosable,
        "most": review_batches.MOST,
        "until": until,
        "presets": page.presets,
    }


def _partly(filters: Filters) -> dict[str, Any]:
    """What a search of a long list did and did not look at."""
    return {"searched": SEARCHED, "named": NAMED, "first": "新" if filters.newest_first else "早"}


def _deadlines() -> list[Deadline]:
    """The ends of reviewing that the page speaks of; a swap leaves the page's head alone."""
    today = clock().today()
    years = [year for year in range(today.year - 2, today.year + 1) if year in policies().years]
    return [] if hx.wants_fragment() else near_for_reviewers(years, today)


@bp.get("/claims/<uuid:claim>")
@needs(Hat.UNIT, Hat.HR)
def claim(claim: UUID) -> Response:
    """One claim, opened in its row; `open=0` gives the line alone, to close it again."""
    if request.args.get("open") == "0" and hx.wants_fragment():
        row = review_claim.closed_row(actor(), claim, policies(), today=clock().today())
        return hx.render("admin/claims/_row.html", row=row)
    return show(open_claim(claim))


@bp.post("/claims/<uuid:claim>/decision")
@needs(Hat.UNIT, Hat.HR)
def decide(claim: UUID) -> Response:
    """Approve or return; the row comes back decided, or open with what stands in the way."""
    returned = request.form.get("action") == "return" and request.form.get("preset")
    form = DecisionForm(request.form, presets=return_presets.offered() if returned else ())
    if not form.validate():
        return _refused(claim, form, form.errors)
    try:
        decided = _decide(claim, form)
    except RuleBroken as refused:
        return _refused(claim, form, refused.fields, refused.message)
    except Conflict as overtaken:
        return _overtaken(claim, form, overtaken.message)
    if not hx.wants_fragment():
        return hx.go_to("admin.claims", decided=claim)
    answer = hx.render("admin/claims/_decided.html", row=decided.row, waiting=decided.waiting)
    return hx.trigger(answer, "claim-decided")


@bp.post("/claims/<uuid:claim>/undo")
@needs(Hat.UNIT, Hat.HR)
def undo(claim: UUID) -> Response:
    """Take back one's own decision of a few seconds ago; the row comes back waiting."""
    form = UndoForm(request.form)
    if not form.validate():
        raise RuleBroken("页面缺少版本信息，没有撤销。请刷新后查看最新状态。")
    now, today = clock().now(), clock().today()
    try:
        review_undo.undo(actor(), claim, version=form.seen, policies=policies(), now=now, today=today)
    except Conflict as refused:
        return show(open_claim(claim), status=409, problem=refused.message)
    if not hx.wants_fragment():
        flash("刚才的决定已撤销，申报重新待审核，申报人没有收到通知。", "success")
        return hx.go_to("admin.claim", claim=claim)
    row = review_claim.closed_row(actor(), claim, policies(), today=today)
    answer = hx.render(
        "admin/claims/_undone.html", row=row, waiting=review.waiting(actor(), today), fresh=False
    )
    return hx.trigger(answer, "decision-undone")


def _just_decided(now: datetime, today: date) -> Row | None:
    """The decision the address names, while its reviewer may still undo it."""
    try:
        found = review_claim.closed_row(
            actor(), UUID(request.args.get("decided", "")), policies(), today=today
        )
    except (ValueError, NotFound):
        return None
    return found if found.undoable(actor(), now) else None


def _decide(claim: UUID, form: DecisionForm) -> reviews.Decided:
    now, today = clock().now(), clock().today()
    if form.action.data == "return":
        return reviews.send_back(actor(), claim, reason=form.words, version=form.seen, now=now, today=today)
    return reviews.approve(
        actor(),
        claim,
        quarters=form.quarters,
        subject=form.subject.data or "",
        reason=form.words,
        version=form.seen,
        policies=policies(),
        now=now,
        today=today,
    )


def _refused(claim: UUID, form: DecisionForm, errors: dict[str, list[str]], message: str = "") -> Response:
    """422 with the form as typed; somebody who may not decide at all learns that first."""
    opened = open_claim(claim)
    facts = opened.row.claim
    require_decider(actor(), claimant_id=facts.person_id, unit_id=facts.unit_id, filer_id=facts.filed_by_id)
    typed = decision_form(opened, form)
    for name, sentences in errors.items():
        typed[name].errors = list(sentences)
    return show(opened, typed, status=422, problem=message)


def _overtaken(claim: UUID, form: DecisionForm, why: str) -> Response:
    """409: who was faster and when, with what the reviewer typed; or that it is no longer there to decide."""
    try:
        opened = open_claim(claim)
    except NotFound:
        return hx.render("admin/claims/gone.html", "admin/claims/_gone.html", 409, claim=claim, why=why)
    return show(opened, decision_form(opened, form), status=409, overtaken=True)


def filters_of(form: QueueForm) -> Filters:
    """The filters a form holds. Raises RuleBroken for an address that no filter of ours wrote."""
    if not form.validate():
        raise RuleBroken("筛选条件无法识别。请从“学时审核”菜单重新进入。")
    try:
        return Filters(
            status=Status(form.status.data),
            category=Category(form.category.data) if form.category.data else None,
            unit=form.unit_id,
            search=(form.q.data or "").strip(),
            everywhere=form.scope.data == "all",
            group=form.group_id,
            waited=int(form.waited.data) if form.waited.data else 0,
            newest={"newest": True, "oldest": False}.get(form.sort.data),
            after=review_queue.parse_page_key(form.after.data) if form.after.data else None,
        )
    except ValueError:
        raise RuleBroken("筛选条件无法识别。请从“学时审核”菜单重新进入。") from None
