"""HR takes an approved claim back."""

from __future__ import annotations

from uuid import UUID

from flask import Response, current_app, flash, request

from portal import hx
from portal.blueprints.hr import bp
from portal.forms.decisions import RevokeForm
from portal.queries import review_claim
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Hat
from portal.security import actor, clock, needs
from portal.services import revocations


@bp.post("/claims/<uuid:claim>/revoke")
@needs(Hat.HR, recent=True)
def revoke_claim(claim: UUID) -> Response:
    """Revoke with a reason; the row comes back open, revoked."""
    hx.single_values()
    form = RevokeForm(request.form)
    try:
        if not form.validate():
            raise RuleBroken("撤销原因需要更正。", form.errors)
        revocations.revoke(
            actor(),
            claim,
            reason=(form.reason.data or "").strip(),
            policies=current_app.extensions["portal.policies"],
            now=clock().now(),
        )
    except RuleBroken as refused:
        form.reason.errors = refused.fields.get("reason", [])
        return _row(claim, form, 422)
    if not hx.wants_fragment():
        flash("已撤销，计入学时已重新计算。", "success")
        return hx.go_to("admin.claim", claim=claim)
    return hx.trigger(_row(claim, RevokeForm(), 200), "claim-revoked")


def _row(claim: UUID, form: RevokeForm, status: int) -> Response:
    opened = review_claim.opened(
        actor(), claim, current_app.extensions["portal.policies"], today=clock().today()
    )
    return hx.render(
        "admin/claims/show.html",
        "admin/claims/_row.html",
        status,
        row=opened.row,
        opened=opened,
        revoke=form,
    )
