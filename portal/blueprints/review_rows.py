"""Shows an opened claim to whoever reviews it: the same row for the unit's admins and for HR."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Response, current_app

from portal import hx
from portal.forms.decisions import DecisionForm
from portal.queries import review_claim
from portal.queries.review_claim import Opened
from portal.rules.amounts import show_hours
from portal.rules.findings import Finding
from portal.rules.policy import PolicySet
from portal.rules.strips import Strip
from portal.rules.vocabulary import Hat
from portal.security import actor, clock

# action: (what happened, tone)
_STEPS = {
    "claim-created": ("建立草稿", ""),
    "claim-edited": ("修改", ""),
    "claim-submitted": ("提交审核", "wait"),
    "claim-withdrawn": ("撤回", ""),
    "claim-approved": ("通过", "ok"),
    "claim-returned": ("退回", "warn"),
    "decision-undone": ("撤销刚才的决定", "wait"),
    "claim-revoked": ("撤销", "bad"),
    "claim-lowered": ("调低核定学时", "warn"),
    "provincial-entered": ("已录入省平台", "ok"),
    "provincial-unmarked": ("取消已录入标记", ""),
    "provincial-corrected": ("省平台学时已更正", ""),
    "evidence-added": ("上传证明材料", ""),
    "evidence-removed": ("移除证明材料", ""),
}


def policies() -> PolicySet:
    """The policies of this app."""
    return current_app.extensions["portal.policies"]


def open_claim(claim: UUID) -> Opened:
    """The claim with all its reviewer needs. Raises NotFound out of scope."""
    return review_claim.opened(actor(), claim, policies(), today=clock().today())


def show(
    opened: Opened,
    form: DecisionForm | None = None,
    *,
    status: int = 200,
    overtaken: bool = False,
    problem: str = "",
) -> Response:
    """The row, open; a page of its own for an address typed by hand."""
    return hx.render(
        "admin/claims/show.html",
        "admin/claims/_row.html",
        status,
        row=opened.row,
        opened=opened,
        form=form or decision_form(opened, None),
        overtaken=overtaken,
        problem=problem,
        steps=steps,
        days_of=days_of,
        strip_words=strip_words,
    )


def decision_form(opened: Opened, typed: DecisionForm | None) -> DecisionForm:
    """The decision form of a claim, filled with what was asked or with what the reviewer typed."""
    claim = opened.row.claim
    values = {"hours": show_hours(claim.quarters), "subject": claim.subject, "version": str(claim.version)}
    if typed is not None:
        chosen = {"hours": typed.hours.data, "subject": typed.subject.data}
        values |= {name: value for name, value in chosen.items() if value}
        values |= {"preset": typed.preset.data or "", "reason": typed.reason.data or ""}
    subjects = opened.policy.category(claim.category).subjects
    return DecisionForm(claim=claim, subjects=subjects, presets=opened.presets, data=values)


def steps(history: Any) -> list[dict[str, Any]]:
    """The claim's history as the timeline shows it."""
    return [
        {
            "at": event.at,
            "who": f"{event.name or '系统'}（{Hat(event.actor_hat).label}）" if event.actor_hat else "系统",
            "what": _STEPS.get(event.action, (event.action, ""))[0],
            "reason": event.reason,
            "tone": _STEPS.get(event.action, ("", ""))[1],
        }
        for event in history
    ]


def days_of(finding: Finding, claim: Any) -> list[tuple[str, bool]]:
    """Each day of the window a day cap was counted over, and whether the claim covers it."""
    if finding.window is None:
        return []
    first, last = finding.window
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [(_short(day), claim.start_on <= day <= claim.end_on) for day in days]


def strip_words(strip: Strip) -> str:
    """The strip of days as a sentence."""
    mine, *others = (bar.span for bar in strip.bars)
    words = [f"本次 {mine.start} 至 {mine.end}，{show_hours(mine.quarters)} 学时"]
    words += [
        f"同期第 {n} 项 {one.title}，{one.start} 至 {one.end}，{show_hours(one.quarters)} 学时"
        for n, one in enumerate(others, start=1)
    ]
    return "；".join(words)


def _short(day: date) -> str:
    return f"{day.month}/{day.day}"
