"""Tells a claimant what was decided, once the decision can no longer be undone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.rules.amounts import show_hours
from portal.rules.workflow import UNDO_WITHIN
from portal.services import messages

APPROVED, RETURNED = "claim-approved", "claim-returned"


def tell_approved(
    session: Session, claim: Any, quarters: int, credited: Mapping[str, int], reason: str, *, now: datetime
) -> None:
    """Leave the message of an approval: `quarters` accepted, `credited` quarters by year."""
    counts = "，".join(f"计入 {year} 年 {show_hours(amount)} 学时" for year, amount in credited.items())
    body = f"核定 {show_hours(quarters)} 学时，{counts or '不计入学时'}。"
    _tell(
        session,
        claim,
        APPROVED,
        f"申报已通过：{claim.title}",
        body + (f"说明：{reason}" if reason else ""),
        now,
    )


def tell_returned(session: Session, claim: Any, reason: str, *, now: datetime) -> None:
    """Leave the message of a return."""
    _tell(
        session, claim, RETURNED, f"申报被退回：{claim.title}", f"退回原因：{reason}\n修改后可重新提交。", now
    )


def tell_fallen(session: Session, claim: Any, numbers: list[str], *, now: datetime) -> None:
    """Leave word of certificates that fell because an approval was taken back at once."""
    body = (
        f"审核人撤销了刚才对“{claim.title}”的通过，证书 {'、'.join(numbers)} 已失效，重新达标后可再次生成。"
    )
    messages.tell(
        session,
        [claim.person_id],
        "certificate-fell",
        title="证书已失效",
        body=body,
        link="/certificates",
        about=claim.uuid,
        now=now,
    )


def take_back(session: Session, claim: Any, *, now: datetime) -> None:
    """Remove what was left for the claimant and nobody has seen."""
    for kind in (APPROVED, RETURNED):
        messages.take_back(session, claim.uuid, kind, now=now)


def _tell(session: Session, claim: Any, kind: str, title: str, body: str, now: datetime) -> None:
    messages.tell(
        session,
        [claim.person_id],
        kind,
        title=title,
        body=body,
        link=f"/claims/{claim.uuid}",
        about=claim.uuid,
        now=now,
        visible_at=now + UNDO_WITHIN,
    )
