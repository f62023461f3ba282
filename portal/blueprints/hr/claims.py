"""HR takes an approved claim back."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, request

from portal import hx
from portal.blueprints.hr import bp
from portal.blueprints.review_rows import open_claim, policies, show
from portal.forms.decisions import RevokeForm
from portal.rules.refusals import Conflict, RuleBroken
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
            policies=policies(),
            now=clock().now(),
        )
    except RuleBroken as refused:
        form.reason.errors = refused.fields.get("reason", [])
        return show(open_claim(claim), revoke=form, status=422)
    except Conflict as overtaken:
        return show(open_claim(claim), revoke=form, status=409, problem=overtaken.message)
    if not hx.wants_fragment():
        flash("已撤销，计入学时已重新计算。", "success")
        return hx.go_to("admin.claim", claim=claim)
    return hx.trigger(show(open_claim(claim)), "claim-revoked")
