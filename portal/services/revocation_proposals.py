"""Revokes many claims at once: one HR officer proposes, a second one confirms, then person by person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import Claim, RevocationItem, RevocationProposal
from portal.rules.access import Actor
from portal.rules.policy import PolicySet, shipped
from portal.rules.refusals import Conflict, NotFound, NotPermitted
from portal.rules.vocabulary import Hat, RevocationKind, Status
from portal.rules.workflow import Move, after
from portal.services import events, jobs, messages
from portal.services.jobs import Task
from portal.services.revocations import lock, require_reason, take_back

KIND = "revocations"
SECOND = "批量撤销须由人事处另一位同事确认，提出人不能自行确认。"
CONCERNED = "其中有您本人的申报，须由人事处其他同事确认。"


def propose(actor: Actor, uuids: Sequence[UUID], *, kind: RevocationKind, reason: str, now: datetime) -> UUID:
    """Ask for approved claims to be revoked; nothing changes until another officer confirms.

    Raises NotFound for others than HR or an unknown claim, NotPermitted when one is the actor's own,
    Conflict when one is not approved or already proposed, RuleBroken without a reason.
    """
    with write_tx() as session:
        claims = lock(session, actor, uuids)
        for claim in claims:
            after(claim.status, Move.REVOKE)
        require_reason(reason)
        ids = [claim.id for claim in claims]
        _refuse_proposed(session, ids)
        made = RevocationProposal(
            kind=kind.value, reason=reason, proposer_id=actor.person_id, proposed_at=now
        )
        session.add(made)
        session.flush()
        session.execute(insert(RevocationItem), [{"proposal_id": made.id, "claim_id": one} for one in ids])
        _record(session, actor, "proposed", made.uuid, now, reason=reason, claims=len(ids), kind=kind.value)
        return made.uuid


def confirm(actor: Actor, uuid: UUID, *, now: datetime) -> None:
    """Agree to a colleague's proposal and queue the work.

    Raises NotFound, NotPermitted for one's own proposal or claim, Conflict when it is decided.
    """
    with write_tx() as session:
        row = _locked(session, actor, uuid, "pending")
        _second_officer(session, actor, row)
        _decide(session, row.id, "confirmed", actor.person_id, now)
        claims = _count(session, row.id)
        payload = {"proposal": str(uuid)}
        jobs.enqueue(session, actor, KIND, payload, title=f"撤销 {claims} 项申报", now=now, total=claims)
        _answer(session, row, f"已由{actor.name}确认，正在逐人执行", now=now)
        _record(session, actor, "confirmed", uuid, now)


def refuse(actor: Actor, uuid: UUID, *, now: datetime) -> None:
    """Turn a colleague's proposal down. Raises as `confirm`."""
    with write_tx() as session:
        row = _locked(session, actor, uuid, "pending")
        _second_officer(session, actor, row)
        _decide(session, row.id, "refused", actor.person_id, now)
        _answer(session, row, f"被{actor.name}退回，没有撤销任何申报", now=now)
        _record(session, actor, "refused", uuid, now)


def withdraw(actor: Actor, uuid: UUID, *, now: datetime) -> None:
    """Take one's own proposal back. Raises NotFound, NotPermitted for others', Conflict once decided."""
    with write_tx() as session:
        row = _locked(session, actor, uuid, "pending")
        if row.proposer_id != actor.person_id:
            raise NotPermitted("只有提出人可以撤回这项提议。")
        _decide(session, row.id, "withdrawn", None, now)
        _record(session, actor, "withdrawn", uuid, now)


def run(task: Task) -> None:
    """The queued work: goes on wherever it was interrupted."""
    if task.owner is None:
        raise NotPermitted(SECOND)
    uuid = UUID(task.payload["proposal"])
    revoked = carry_out(task.owner, uuid, policies=shipped(), now=task.now(), task=task)
    task.finish({"sentence": f"已撤销 {revoked} 项申报。"})


def carry_out(
    actor: Actor, uuid: UUID, *, policies: PolicySet, now: datetime, task: Task | None = None
) -> int:
    """Revoke what a confirmed proposal still holds, each person whole in a transaction; returns how many.

    Killed anywhere, calling it again goes on with the next person. A claim that is no longer approved is
    skipped. Raises NotFound, NotPermitted for whoever may not confirm it, Conflict unless it is confirmed.
    """
    revoked = 0
    while True:
        done = _next_person(actor, uuid, policies, now, task)
        if done is None:
            return revoked
        revoked += done


def _next_person(
    actor: Actor, uuid: UUID, policies: PolicySet, now: datetime, task: Task | None
) -> int | None:
    with write_tx() as session:
        row = _locked(session, actor, uuid, "confirmed")
        _second_officer(session, actor, row)
        waiting = session.execute(
            select(Claim.uuid, Claim.person_id)
            .join(RevocationItem, RevocationItem.claim_id == Claim.id)
            .where(RevocationItem.proposal_id == row.id, RevocationItem.outcome.is_(None))
            .order_by(Claim.person_id)
        ).all()
        if not waiting:
            session.execute(
                update(RevocationProposal).where(RevocationProposal.id == row.id).values(state="done")
            )
            _record(session, actor, "done", uuid, now, revoked=_count(session, row.id, "revoked"))
            return None
        person = waiting[0].person_id
        claims = lock(session, actor, [one.uuid for one in waiting if one.person_id == person])
        if task is not None:  # the job's row before the head of the log, as whoever cancels it locks them
            task.advance(session, _count(session, row.id) - len(waiting) + len(claims))
        approved = [claim for claim in claims if claim.status == Status.APPROVED]
        for outcome, some in (
            ("revoked", approved),
            ("skipped", [claim for claim in claims if claim.status != Status.APPROVED]),
        ):
            _note(session, row.id, some, outcome)
        if approved:
            kind = RevocationKind(row.kind)
            take_back(session, actor, approved, kind=kind, reason=row.reason, policies=policies, now=now)
        return len(approved)


def _note(session: Session, proposal: int, claims: Sequence[Any], outcome: str) -> None:
    if claims:
        session.execute(
            update(RevocationItem)
            .where(
                RevocationItem.proposal_id == proposal,
                RevocationItem.claim_id.in_([claim.id for claim in claims]),
            )
            .values(outcome=outcome)
            .execution_options(synchronize_session=False)
        )


def _locked(session: Session, actor: Actor, uuid: UUID, state: str) -> Any:
    if actor.hat is not Hat.HR:
        raise NotFound()
    row = session.execute(
        select(*RevocationProposal.__table__.columns)
        .where(RevocationProposal.uuid == uuid)
        .with_for_update(of=RevocationProposal)
    ).one_or_none()
    if row is None:
        raise NotFound()
    if row.state != state:
        raise Conflict("这项批量撤销已经办理，请刷新页面查看结果。")
    return row


def _second_officer(session: Session, actor: Actor, row: Any) -> None:
    if row.proposer_id == actor.person_id:
        raise NotPermitted(SECOND)
    own = session.scalar(
        select(func.count())
        .select_from(RevocationItem)
        .join(Claim, Claim.id == RevocationItem.claim_id)
        .where(RevocationItem.proposal_id == row.id, Claim.person_id == actor.person_id)
    )
    if own:
        raise NotPermitted(CONCERNED)


def _refuse_proposed(session: Session, claims: Sequence[int]) -> None:
    twice = session.scalar(
        select(func.count())
        .select_from(RevocationItem)
        .join(RevocationProposal, RevocationProposal.id == RevocationItem.proposal_id)
        .where(RevocationItem.claim_id.in_(claims), RevocationProposal.state.in_(("pending", "confirmed")))
    )
    if twice:
        raise Conflict(f"其中 {twice} 项已在另一项待办的批量撤销中，请先办结那一项。")


def _decide(session: Session, proposal: int, state: str, decider: int | None, now: datetime) -> None:
    session.execute(
        update(RevocationProposal)
        .where(RevocationProposal.id == proposal)
        .values(state=state, decider_id=decider, decided_at=now)
    )


def _answer(session: Session, row: Any, what: str, *, now: datetime) -> None:
    """Tell the proposer what became of it."""
    messages.tell(
        session,
        [row.proposer_id],
        "revocations-answered",
        title=f"您提出的批量撤销（{_count(session, row.id)} 项）{what}",
        body=f"撤销原因：{row.reason}",
        about=row.uuid,
        now=now,
    )


def _count(session: Session, proposal: int, outcome: str = "") -> int:
    items = select(func.count()).where(RevocationItem.proposal_id == proposal)
    return session.scalar(items.where(RevocationItem.outcome == outcome) if outcome else items) or 0


def _record(
    session: Session, actor: Actor, deed: str, uuid: UUID, now: datetime, *, reason: str = "", **details: Any
) -> None:
    events.record(
        session, actor, f"revocations-{deed}", "revocations", uuid, now=now, reason=reason, **details
    )
