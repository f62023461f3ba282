"""The review of people: registrations, changes of the record and transfers in one queue."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, flash, request

from portal import hx
from portal.blueprints.admin import bp
from portal.forms.people import PeopleQueueForm, RequestDecisionForm
from portal.queries import requests as queries
from portal.queries.requests import Opened
from portal.queries.review_queue import parse_page_key
from portal.rules.records import REGION
from portal.rules.refusals import Conflict, NotFound, NotPermitted, RuleBroken
from portal.rules.vocabulary import Hat, RequestKind, Status
from portal.security import actor, clock, needs
from portal.services import request_decisions

# what happened, by the second half of the action: (words, tone)
_STEPS = {
    "sent": ("提交审核", "wait"),
    "withdrawn": ("撤回", ""),
    "approved": ("通过", "ok"),
    "returned": ("退回", "warn"),
}


@bp.get("/people")
@needs(Hat.UNIT, Hat.HR)
def people() -> Response:
    """The queue."""
    form = PeopleQueueForm(request.args)
    page = queries.queue(actor(), _filters(form), today=clock().today())
    return hx.render(
        "admin/people/queue.html", "admin/people/_queue.html", form=form, queue=page, waiting=page.waiting
    )


@bp.get("/people/<uuid:person_request>")
@needs(Hat.UNIT, Hat.HR)
def people_request(person_request: UUID) -> Response:
    """One request, opened in its row; `open=0` gives the line alone, to close it again."""
    opened = _open(person_request)
    if request.args.get("open") == "0" and hx.wants_fragment():
        return hx.render("admin/people/_row.html", row=opened.row)
    return _show(opened)


@bp.post("/people/<uuid:person_request>/decision")
@needs(Hat.UNIT, Hat.HR)
def people_decide(person_request: UUID) -> Response:
    """Approve or return; the row comes back decided, or open with what stands in the way."""
    form = RequestDecisionForm(request.form)
    if not form.validate():
        return _refused(person_request, form, form.errors)
    try:
        request_decisions.decide(
            actor(),
            person_request,
            action=form.action.data or "",
            reason=form.words,
            version=form.seen,
            now=clock().now(),
            today=clock().today(),
        )
    except RuleBroken as refused:
        return _refused(person_request, form, refused.fields, refused.message)
    except Conflict as overtaken:
        return _overtaken(person_request, form, overtaken.message)
    decided = _open(person_request).row
    if not hx.wants_fragment():
        word = "通过" if form.action.data == "approve" else "退回"
        flash(f"已{word}：{decided.name}的{RequestKind(decided.request.kind).label}申请", "success")
        return hx.go_to("admin.people")
    waiting = queries.waiting(actor(), clock().today())
    return hx.trigger(hx.render("admin/people/_decided.html", row=decided, waiting=waiting), "claim-decided")


def _open(uuid: UUID) -> Opened:
    return queries.opened(actor(), uuid, today=clock().today())


def _show(
    opened: Opened,
    form: RequestDecisionForm | None = None,
    *,
    status: int = 200,
    overtaken: bool = False,
    problem: str = "",
) -> Response:
    return hx.render(
        "admin/people/show.html",
        "admin/people/_row.html",
        status,
        row=opened.row,
        opened=opened,
        form=form or _decision_form(opened, None),
        overtaken=overtaken,
        problem=problem,
        steps=_steps,
        region=REGION,
    )


def _decision_form(opened: Opened, typed: RequestDecisionForm | None) -> RequestDecisionForm:
    values = {"version": str(opened.row.request.version)}
    if typed is not None:
        values |= {"preset": typed.preset.data or "", "reason": typed.reason.data or ""}
    return RequestDecisionForm(request=opened.row.request, data=values)


def _refused(
    uuid: UUID, form: RequestDecisionForm, errors: dict[str, list[str]], message: str = ""
) -> Response:
    """422 with the form as typed; somebody who may not decide at all learns that first."""
    opened = _open(uuid)
    if opened.row.mine:
        raise NotPermitted(request_decisions.OWN)
    typed = _decision_form(opened, form)
    for name, sentences in errors.items():
        typed[name].errors = list(sentences)
    return _show(opened, typed, status=422, problem="" if errors else message)


def _overtaken(uuid: UUID, form: RequestDecisionForm, why: str) -> Response:
    """409: who was faster and when, with what was typed; or that it went to another unit."""
    try:
        opened = _open(uuid)
    except NotFound:
        return hx.render("admin/people/gone.html", "admin/people/_gone.html", 409, uuid=uuid, why=why)
    return _show(opened, _decision_form(opened, form), status=409, overtaken=True)


def _steps(history: Any) -> list[dict[str, Any]]:
    """The request's history as the timeline shows it."""
    return [
        {
            "at": event.at,
            "who": f"{event.name}（{Hat(event.actor_hat).label}）" if event.name else "申请人",
            "what": _STEPS[event.action.rpartition("-")[2]][0],
            "reason": event.reason,
            "tone": _STEPS[event.action.rpartition("-")[2]][1],
        }
        for event in history
    ]


def _filters(form: PeopleQueueForm) -> queries.Filters:
    """Raises RuleBroken for an address that no filter of ours wrote."""
    try:
        if not form.validate():
            raise ValueError
        return queries.Filters(
            status=Status(form.status.data),
            kind=RequestKind(form.kind.data) if form.kind.data else None,
            everywhere=form.scope.data == "all",
            search=(form.q.data or "").strip(),
            after=parse_page_key(form.after.data) if form.after.data else None,
        )
    except ValueError:
        raise RuleBroken("筛选条件无法识别。请从“人员审核”菜单重新进入。") from None
