"""Takes a decision back in the few seconds before its claimant is told."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from portal.database import write_tx
from portal.models import Claim
from portal.queries.revocations import effect
from portal.rules.access import Actor
from portal.rules.policy import PolicySet
from portal.rules.refusals import Conflict, NotPermitted
from portal.rules.vocabulary import Status
from portal.rules.workflow import UNDO_WITHIN, Move, after
from portal.services import decision_messages, events, reviews, revocations, standings

LATE = (
    "决定已超过 10 秒，申报人已收到通知，不能再撤销。"
    "通过有误的，请人事处撤销学时；退回有误的，请申报人重新提交。"
)
_BACK = {
    "status": Status.PENDING.value,
    "decided_at": None,
    "decider_id": None,
    "decision_reason": "",
    "approved_quarters": None,
    "approved_subject": None,
    "approval_number": None,
    "credited": None,
    "policy_id": None,
    "policy_sha256": None,
}


def undo(actor: Actor, uuid: UUID, *, version: int, policies: PolicySet, now: datetime, today: date) -> None:
    """Make a claim the actor has just decided wait again, as if nobody had decided it.

    An approval's number becomes free; what was approved after it moves up, certificates no longer met
    fall. Raises NotFound out of scope, NotPermitted for another's decision, Conflict when nothing was
    decided, when it changed since `version`, or `UNDO_WITHIN` after the decision.
    """
    with write_tx() as session:
        claim = reviews.load(session, actor, uuid, today)
        after(claim.status, Move.UNDO)
        reviews.refuse_unable(actor, claim)
        if claim.decider_id != actor.person_id:
            raise NotPermitted("只有作出决定的人可以撤销这个决定，没有撤销。")
        if claim.version != version:
            raise Conflict("这项申报在您决定后又有变化，没有撤销。")
        if now - claim.decided_at >= UNDO_WITHIN:
            raise Conflict(LATE)
        approved = claim.status == Status.APPROVED
        years = (claim.year_from, claim.year_to)
        change = effect(claim.person_id, years, {uuid: None}, policies, session=session) if approved else None
        try:
            session.execute(
                update(Claim)
                .where(Claim.id == claim.id, Claim.version == version)
                .values(**_BACK, version=version + 1, updated_at=now)
                .execution_options(synchronize_session=False)
            )
        except IntegrityError:  # a returned claim no longer holds its work: the person has sent it anew
            raise Conflict("申报人已另行提交同一成果，退回不能撤销。") from None
        decision_messages.take_back(session, claim, now=now)
        if change is not None:
            standings.settle(session, claim.person_id, years, policies, now=now, telling=False)
            revocations.certificates_fell(session, actor, change, uuid, now)
            if change.certificates:
                numbers = [fallen.number for fallen in change.certificates]
                decision_messages.tell_fallen(session, claim, numbers, now=now)
        events.record(
            session,
            actor,
            "decision-undone",
            "claim",
            uuid,
            now=now,
            undone="claim-approved" if approved else "claim-returned",
            number=claim.approval_number,
            certificates=[fallen.number for fallen in change.certificates] if change else [],
        )
