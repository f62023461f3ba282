"""Corrects a finding of false material that does not stand; the hours stay revoked."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from portal.database import write_tx
from portal.models import Claim
from portal.queries.false_findings import NONE
from portal.rules.access import Actor
from portal.rules.refusals import Conflict, NotPermitted
from portal.rules.vocabulary import RevocationKind
from portal.services import events, messages
from portal.services.revocations import lock, require_reason

SECOND = "认定“虚假材料”的人不能自行更正，须由人事处另一位同事办理。"


def lift(actor: Actor, uuid: UUID, *, reason: str, now: datetime) -> None:
    """Let a revocation for false material count as 认定有误, so that reviewers are warned no longer.

    Raises NotFound for anybody but HR, NotPermitted for one's own claim or one's own finding, Conflict when
    there is none, RuleBroken without a reason.
    """
    with write_tx() as session:
        (claim,) = lock(session, actor, [uuid])
        found = session.execute(
            select(Claim.revoked_kind, Claim.revoker_id).where(Claim.id == claim.id)
        ).one()
        if found.revoked_kind != RevocationKind.FALSE.value:
            raise Conflict(NONE)
        if found.revoker_id == actor.person_id:
            raise NotPermitted(SECOND)
        require_reason(reason, "请填写更正认定的原因。")
        session.execute(
            update(Claim)
            .where(Claim.id == claim.id)
            .values(
                revoked_kind=RevocationKind.MISTAKEN.value,
                version=Claim.version + 1,
                updated_at=now,
            )
            .execution_options(synchronize_session=False)
        )
        messages.tell(
            session,
            [claim.person_id],
            "finding-lifted",
            title="您的申报不再认定为“虚假材料”",
            body=f"“{claim.title}”的撤销原因类别已更正为“{RevocationKind.MISTAKEN.label}”。原因：{reason.strip()}\n"
            "学时仍为已撤销；可复制这项申报，更正后重新提交。",
            link=f"/claims/{uuid}",
            about=uuid,
            now=now,
        )
        events.record(session, actor, "finding-lifted", "claim", uuid, now=now, reason=reason.strip())
