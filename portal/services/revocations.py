"""Takes approved hours back (notice, part five: 经查实上传虚假材料的，后果自负)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from portal.database import write_tx
from portal.models import Claim, Person
from portal.rules.access import Actor, may_revoke
from portal.rules.amounts import show_hours
from portal.rules.policy import PolicySet
from portal.rules.refusals import NotFound, NotPermitted, RuleBroken
from portal.rules.vocabulary import Hat, Status
from portal.rules.workflow import Move, after
from portal.services import events, standings


def revoke(actor: Actor, uuid: UUID, *, reason: str, policies: PolicySet, now: datetime) -> None:
    """Revoke an approved claim: later claims move up into the room, certificates no longer met fall.

    Raises NotFound for anybody but HR or an unknown claim, NotPermitted for one's own, Conflict when it
    is not approved, RuleBroken without a reason.
    """
    if actor.hat is not Hat.HR:
        raise NotFound()
    with write_tx() as session:
        claim = session.execute(
            select(Claim.id, Claim.person_id, Claim.status, Claim.year_from, Claim.year_to, Claim.credited)
            .join(Person, Person.id == Claim.person_id)
            .where(Claim.uuid == uuid, Claim.status != Status.DRAFT.value)
            .with_for_update(of=(Claim, Person), key_share=True)
        ).one_or_none()
        if claim is None:
            raise NotFound()
        if not may_revoke(actor, claimant_id=claim.person_id):
            raise NotPermitted("这是您本人的申报，须由人事处另一位人员撤销。")
        after(claim.status, Move.REVOKE)
        if not reason:
            raise RuleBroken("请填写撤销原因。", {"reason": ["撤销须说明查实的情况。"]})
        session.execute(
            update(Claim)
            .where(Claim.id == claim.id, Claim.status == Status.APPROVED.value)
            .values(
                status=Status.REVOKED.value,
                version=Claim.version + 1,
                revoked_at=now,
                revoker_id=actor.person_id,
                revoked_reason=reason,
                credited={},
                updated_at=now,
            )
            .execution_options(synchronize_session=False)
        )
        standings.settle(session, claim.person_id, (claim.year_from, claim.year_to), policies, now=now)
        events.record(
            session,
            actor,
            "claim-revoked",
            "claim",
            uuid,
            now=now,
            reason=reason,
            credited={year: show_hours(amount) for year, amount in claim.credited.items()},
        )
