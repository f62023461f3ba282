"""Confirms readings the notice leaves open: one HR officer proposes, another one confirms."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import PolicyConfirmation
from portal.queries.policy_confirmations import Reading, digest, readings
from portal.rules.access import Actor
from portal.rules.policy import Policy
from portal.rules.refusals import Conflict, NotFound, NotPermitted, RuleBroken
from portal.rules.vocabulary import Hat
from portal.services import events

SECOND = "须由人事处另一位同事复核，提出人不能复核自己提出的确认。"
MOVED = "这一条的状态刚刚有变化，请刷新页面查看。"
CHANGED = "这一条的文字与您所见的不同（规则文件已更新），请刷新页面重新阅读。"


def propose(
    actor: Actor, policy: Policy, interpretation: str, *, seen: str, note: str, now: datetime
) -> None:
    """Put a reading up for confirmation; `seen` is the digest of the wording the officer read.

    Raises NotFound for others than HR or an unknown reading, Conflict when it is not open or reworded.
    """
    _step(actor, policy, interpretation, "propose", seen=seen, note=note, now=now)


def confirm(
    actor: Actor, policy: Policy, interpretation: str, *, seen: str, note: str, now: datetime
) -> None:
    """Agree to a colleague's proposal: from now on the reading counts as confirmed.

    Raises as `propose`, and NotPermitted for one's own proposal.
    """
    _step(actor, policy, interpretation, "confirm", seen=seen, note=note, now=now)


def refuse(actor: Actor, policy: Policy, interpretation: str, *, seen: str, note: str, now: datetime) -> None:
    """Turn a colleague's proposal down, with a reason. Raises as `confirm`, and RuleBroken without one."""
    _step(actor, policy, interpretation, "refuse", seen=seen, note=note, now=now)


def withdraw(
    actor: Actor, policy: Policy, interpretation: str, *, seen: str, note: str, now: datetime
) -> None:
    """Take back one's own proposal, or with a reason a confirmation, which any officer may: it only
    makes the reading open again.

    Raises as `propose`, NotPermitted for a colleague's proposal, RuleBroken without the reason.
    """
    _step(actor, policy, interpretation, "withdraw", seen=seen, note=note, now=now)


def _step(
    actor: Actor, policy: Policy, interpretation: str, deed: str, *, seen: str, note: str, now: datetime
) -> UUID:
    if actor.hat is not Hat.HR:
        raise NotFound()
    try:
        with write_tx() as session:
            reading = _reading(session, policy, interpretation)
            if seen != digest(reading.interpretation):
                raise Conflict(CHANGED)
            _guard(actor, reading, deed, note)
            made = uuid4()
            session.execute(
                insert(PolicyConfirmation).values(
                    uuid=made,
                    policy_id=policy.id,
                    interpretation_id=interpretation,
                    digest=seen,
                    step=len(reading.steps) + 1,
                    deed=deed,
                    person_id=actor.person_id,
                    proposer_id=reading.proposer_id,
                    note=note,
                    at=now,
                )
            )
            events.record(
                session,
                actor,
                f"reading-{DONE[deed]}",
                "reading",
                made,
                now=now,
                reason=note,
                policy=policy.id,
                interpretation=interpretation,
                digest=seen,
            )
            return made
    except IntegrityError as tie:  # two officers at the same step
        raise Conflict(MOVED) from tie


DONE = {"propose": "proposed", "confirm": "confirmed", "refuse": "refused", "withdraw": "withdrawn"}


def _reading(session: Session, policy: Policy, interpretation: str) -> Reading:
    for reading in readings(policy, session):
        if reading.interpretation.id == interpretation:
            return reading
    raise NotFound()


def _guard(actor: Actor, reading: Reading, deed: str, note: str) -> None:
    if deed == "propose":
        allowed = reading.state == "open"
    elif deed == "withdraw":
        allowed = reading.state in ("proposed", "confirmed")
    else:
        allowed = reading.state == "proposed"
    if not allowed:
        raise Conflict(MOVED)
    if deed in ("confirm", "refuse") and reading.proposer_id == actor.person_id:
        raise NotPermitted(SECOND)
    if deed == "withdraw" and reading.state == "proposed" and reading.proposer_id != actor.person_id:
        raise NotPermitted("只有提出人可以撤回这项提议；不同意时请退回并写明原因。")
    if not note and (deed == "refuse" or (deed == "withdraw" and reading.state == "confirmed")):
        raise RuleBroken("请写明原因，便于同事了解。")
