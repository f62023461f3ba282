"""One's own claims: the list, and one claim with its facts, its history and who holds it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Response, request

from portal import hx
from portal.blueprints.staff import bp
from portal.blueprints.staff.workspace import OWN, evidence_context, feedback_context, form_of, policies
from portal.queries import claims as claim_rows
from portal.queries import provincial_entries
from portal.queries.evidence import files_of
from portal.queries.foresight import credit_of, foresee
from portal.rules.amounts import show_hours
from portal.rules.vocabulary import Evidence, Hat, Status
from portal.rules.workflow import Move, allowed
from portal.security import actor, clock, needs
from portal.services.claim_columns import input_of

STEPS = {
    "claim-created": ("建立草稿", ""),
    "claim-edited": ("修改", ""),
    "claim-submitted": ("提交审核", "wait"),
    "claim-filed-for": ("由单位代为申报，提交审核", "wait"),
    "claim-withdrawn": ("撤回", ""),
    "claim-approved": ("审核通过", "ok"),
    "claim-returned": ("退回", "warn"),
    "decision-undone": ("审核人撤销刚才的决定，重新待审核", "wait"),
    "claim-revoked": ("撤销", "bad"),
    "claim-lowered": ("调低核定学时", "warn"),
    "provincial-entered": ("已录入省平台", "ok"),
    "provincial-unmarked": ("取消已录入标记", ""),
    "provincial-corrected": ("省平台学时已更正", ""),
    "evidence-added": ("添加证明材料", ""),
    "evidence-removed": ("移除证明材料", ""),
}
# the steps after which somebody else holds the claim, or it began
HANDED_ON = frozenset(STEPS) - {
    *("claim-edited", "evidence-added", "evidence-removed"),
    *("provincial-entered", "provincial-unmarked", "provincial-corrected"),
}


@bp.get("/claims")
@needs(*OWN)
def claims() -> Response:
    """One's own claims, newest first."""
    status = _status(request.args.get("status", ""))
    year = _year(request.args.get("year", ""))
    found = claim_rows.listing(actor(), status=status, year=year)
    return hx.render(
        "staff/claims/list.html",
        rows=found.rows,
        counts=found.counts,
        years=found.years,
        cut=found.cut,
        chosen_status=status,
        chosen_year=year,
    )


@bp.get("/claims/<uuid:claim>")
@needs(*OWN)
def claims_show(claim: UUID) -> Response:
    """One claim: facts, what counts and why, every step, and who holds it since when."""
    row = claim_rows.own(actor(), claim)
    files = files_of(row.id)
    form = form_of(row)
    given = input_of(row)
    context: dict[str, Any] = {}
    if row.status == Status.APPROVED:
        context["credit"] = credit_of(row, policies())
        context["entered"] = provincial_entries.of_claim(row.id)
    else:
        present = {Evidence(file.kind) for file in files}
        today = clock().today()
        seen = foresee(row.person_id, given, present, policies(), today=today, claim=row.uuid)
        context.update(feedback_context(given, seen), form=None)
    history = claim_rows.history(row.uuid)
    return hx.render(
        "staff/claims/show.html",
        claim=row,
        files=files,
        steps=[_step(event) for event in history],
        since=next((one.at for one in reversed(history) if one.action in HANDED_ON), row.created_at),
        holders=claim_rows.reviewers(row.unit_id, row.person_id, clock().today(), filer_id=row.filed_by_id),
        split_text="，".join(
            f"{year} 年 {show_hours(quarters)}" for year, quarters in (given.split or {}).items()
        ),
        may={move.value: allowed(row.status, move) for move in Move},
        **{**evidence_context(form, files), **context},
    )


def _status(text: str) -> Status | None:
    return Status(text) if text in set(Status) else None


def _year(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) == 4 else None


def _step(event: Any) -> SimpleNamespace:
    what, tone = STEPS.get(event.action, (event.action, ""))
    hat = Hat(event.actor_hat) if event.actor_hat else None
    who = event.name or "系统"
    if hat in (Hat.UNIT, Hat.HR) and event.action in ("claim-approved", "claim-returned", "claim-revoked"):
        who = f"{who}（{'平台管理员' if hat is Hat.UNIT else '人事处'}）"
    return SimpleNamespace(at=event.at, who=who, what=what, reason=event.reason, tone=tone)
