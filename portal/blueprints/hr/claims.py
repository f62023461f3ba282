"""HR takes an approved claim back, or lowers its hours, after seeing what that does."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, flash, request

from portal import hx
from portal.blueprints.hr import bp
from portal.blueprints.review_rows import open_claim, policies, show
from portal.forms.revocations import FindingForm, LowerForm, RevocationForm
from portal.queries import false_findings as findings
from portal.queries import revocations as queries
from portal.rules.refusals import Conflict, RuleBroken
from portal.rules.vocabulary import ITEM_CATEGORIES, Hat
from portal.security import RECENT, actor, clock, needs, who
from portal.services import false_findings, revocations


@bp.get("/claims/<uuid:claim>/revoke")
@needs(Hat.HR)
def revoke_claim_effect(claim: UUID) -> Response:
    """What revoking would change, with the form for it and the one that lowers hours."""
    return _page(claim)


@bp.post("/claims/<uuid:claim>/revoke")
@needs(Hat.HR, recent=True)
def revoke_claim(claim: UUID) -> Response:
    """Revoke with kind and reason; the row comes back open, revoked."""
    form = RevocationForm(request.form)
    try:
        if not form.validate():
            raise RuleBroken("撤销原因需要更正。", form.errors)
        revocations.revoke(
            actor(), claim, reason=form.words, kind=form.found, policies=policies(), now=clock().now()
        )
    except RuleBroken as refused:
        form.reason.errors = refused.fields.get("reason", [])
        return _page(claim, form=form, status=422)
    except Conflict as overtaken:
        return show(open_claim(claim), status=409, problem=overtaken.message)
    if not hx.wants_fragment():
        flash("已撤销，计入学时已重新计算。", "success")
        return hx.go_to("admin.claim", claim=claim)
    return hx.trigger(show(open_claim(claim)), "claim-revoked")


@bp.post("/claims/<uuid:claim>/lower")
@needs(Hat.HR, recent=True)
def lower_claim(claim: UUID) -> Response:
    """Lower the approved hours: the effect first, the deed when it is confirmed."""
    form = LowerForm(request.form)
    try:
        if not form.validate() or form.hours.value is None:
            raise RuleBroken("核定学时没有调低。", {"hours": form.hours.errors or ["请填写学时。"]})
        if request.form.get("seen") != form.hours.data:
            revocations.refuse_no_lower(_chosen(claim), form.hours.value)
            return _page(claim, lower=form)
        revocations.lower(
            actor(),
            claim,
            quarters=form.hours.value,
            reason=(form.reason.data or "").strip(),
            policies=policies(),
            now=clock().now(),
        )
    except RuleBroken as refused:
        if not refused.fields:
            raise
        for name, sentences in refused.fields.items():
            form[name].errors = sentences
        return _page(claim, lower=form, status=422)
    flash("核定学时已调低，计入学时已重新计算。", "success")
    return hx.go_to("admin.claim", claim=claim)


@bp.get("/claims/<uuid:claim>/finding")
@needs(Hat.HR)
def claim_finding(claim: UUID) -> Response:
    """A finding of false material, with the form to correct it."""
    return _finding(claim, FindingForm())


@bp.post("/claims/<uuid:claim>/finding")
@needs(Hat.HR, recent=True)
def claim_finding_lift(claim: UUID) -> Response:
    """It was not false after all."""
    form = FindingForm(request.form)
    try:
        if not form.validate():
            raise RuleBroken("认定没有更正。", form.errors)
        false_findings.lift(actor(), claim, reason=form.reason.data or "", now=clock().now())
    except RuleBroken as refused:
        form.reason.errors = refused.fields.get("reason", [])
        return _finding(claim, form, 422)
    flash("认定已更正，并已告知本人。", "success")
    return hx.go_to("admin.claim", claim=claim)


def _finding(claim: UUID, form: FindingForm, status: int = 200) -> Response:
    return hx.render(
        "hr/revocations/finding.html",
        status=status,
        claim=findings.finding(actor(), claim),
        form=form,
        me=actor().person_id,
        second=false_findings.SECOND,
        confirmed=clock().now() - who().confirmed_at <= RECENT,
    )


def _chosen(claim: UUID) -> Any:
    """The approved claim. Raises Conflict when it is (no longer) approved, NotFound out of scope."""
    rows = queries.chosen(actor(), [claim])
    if not rows:
        open_claim(claim)
        raise Conflict("只有已通过的申报可以撤销或调低，这项申报现在不是。")
    return rows[0]


def _page(
    claim: UUID, *, form: RevocationForm | None = None, lower: LowerForm | None = None, status: int = 200
) -> Response:
    row = _chosen(claim)
    revocations.refuse_own(actor(), row.person_id)
    fewer = None
    if lower is not None and status == 200 and lower.hours.value:
        fewer = queries.effect(row.person_id, queries.span([row]), {claim: lower.hours.value}, policies())
    return hx.render(
        "hr/revocations/claim.html",
        status=status,
        claim=row,
        form=form or RevocationForm(),
        lower=lower or LowerForm(),
        items=row.category in ITEM_CATEGORIES,
        effect=queries.effect(row.person_id, queries.span([row]), {claim: None}, policies()),
        fewer=fewer,
        confirmed=clock().now() - who().confirmed_at <= RECENT,
    )
