"""HR takes several approved claims back; more than a few need a second officer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response, flash, request

from portal import hx
from portal.blueprints.hr import bp
from portal.blueprints.review_rows import policies
from portal.forms.revocations import FindForm, ProposalForm, RevocationForm, chosen
from portal.queries import revocations as queries
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Hat, RevocationKind
from portal.security import RECENT, actor, clock, needs, who
from portal.services import revocation_proposals as services
from portal.services.revocations import ALONE, revoke_together

DONE = {"confirm": "已确认，正在后台逐人执行。", "refuse": "批量撤销已退回。", "withdraw": "批量撤销已撤回。"}


@bp.get("/revocations")
@needs(Hat.HR)
def revocations() -> Response:
    """Find approved claims to choose among, and what waits for a second officer."""
    form = FindForm(request.args)
    asked = {field.name: words for field in form if (words := (field.data or "").strip())}
    valid = form.validate()
    rows: Sequence[Any] = ()
    if valid and asked:
        rows = queries.find(actor(), **{"person": "", "reviewer": ""} | asked)
    return hx.render(
        "hr/revocations/list.html",
        status=200 if valid else 422,
        form=form,
        asked=asked,
        every=request.args.get("every") == "1",
        rows=rows[: queries.LISTED],
        more=len(rows) > queries.LISTED,
        most=ALONE,
        proposals=queries.proposals(actor()),
        RevocationKind=RevocationKind,
    )


@bp.post("/revocations/effect")
@needs(Hat.HR)
def revocations_effect() -> Response:
    """What revoking the ticked claims would change; nothing is written."""
    return _confirm(_ticked(), RevocationForm())


@bp.post("/revocations")
@needs(Hat.HR, recent=True)
def revocations_revoke() -> Response:
    """Revoke the ticked claims, or propose it when they are many."""
    uuids, form = _ticked(), RevocationForm(request.form)
    try:
        if not form.validate():
            raise RuleBroken("没有撤销。", form.errors)
        if len(uuids) > ALONE:
            made = services.propose(actor(), uuids, kind=form.found, reason=form.words, now=clock().now())
            flash(f"已提出撤销 {len(uuids)} 项申报，待人事处另一位同事确认后执行。", "success")
            return hx.go_to("hr.revocations_show", revocation=made)
        revoke_together(
            actor(), uuids, reason=form.words, kind=form.found, policies=policies(), now=clock().now()
        )
    except RuleBroken as refused:
        for name, sentences in refused.fields.items():
            form[name].errors = sentences
        return _confirm(uuids, form, 422)
    flash(f"已撤销 {len(uuids)} 项申报，计入学时已重新计算。", "success")
    return hx.go_to("hr.revocations")


@bp.get("/revocations/<uuid:revocation>")
@needs(Hat.HR)
def revocations_show(revocation: UUID) -> Response:
    """One proposal: what it would change, or how far it got."""
    row = queries.proposal(actor(), revocation)
    rows = queries.chosen(actor(), queries.claims_of(actor(), revocation))
    return hx.render(
        "hr/revocations/show.html",
        proposal=row,
        effects=queries.effects(rows, policies()) if row.state in ("pending", "confirmed") else (),
        kind=RevocationKind(row.kind),
        confirmed=clock().now() - who().confirmed_at <= RECENT,
    )


@bp.post("/revocations/<uuid:revocation>")
@needs(Hat.HR, recent=True)
def revocations_decide(revocation: UUID) -> Response:
    """Confirm and carry out, go on after an interruption, refuse, or withdraw."""
    form = ProposalForm(request.form)
    if not form.validate():
        raise RuleBroken(form.action.errors[0])
    now, action = clock().now(), form.action.data or ""
    if action == "refuse":
        services.refuse(actor(), revocation, now=now)
    elif action == "withdraw":
        services.withdraw(actor(), revocation, now=now)
    elif action == "confirm":
        services.confirm(actor(), revocation, now=now)
    else:
        count = services.carry_out(actor(), revocation, policies=policies(), now=now)
        flash(f"批量撤销已执行，撤销 {count} 项申报。", "success")
    if action in DONE:
        flash(DONE[action], "success")
    return hx.go_to("hr.revocations_show", revocation=revocation)


def _ticked() -> list[UUID]:
    try:
        return chosen(request.form)
    except ValueError as fault:
        raise RuleBroken(str(fault)) from None


def _confirm(uuids: list[UUID], form: RevocationForm, status: int = 200) -> Response:
    rows = queries.chosen(actor(), uuids)
    return hx.render(
        "hr/revocations/confirm.html",
        status=status,
        form=form,
        claims=rows,
        gone=len(uuids) - len(rows),
        effects=queries.effects(rows, policies()),
        most=ALONE,
        confirmed=clock().now() - who().confirmed_at <= RECENT,
    )
