"""Takes approved hours back (notice, part five: 经查实上传虚假材料的，后果自负)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import Certificate, Claim, Person
from portal.queries.revocations import Effect, effect, span
from portal.rules.access import Actor, may_revoke
from portal.rules.amounts import show_hours
from portal.rules.policy import PolicySet
from portal.rules.refusals import Conflict, NotFound, NotPermitted, RuleBroken
from portal.rules.vocabulary import ITEM_CATEGORIES, Hat, RevocationKind, Status
from portal.rules.workflow import Move, after
from portal.services import events, messages, standings

ALONE = 20  # claims one officer may revoke at once
OWN = "这是您本人的申报，须由人事处另一位人员撤销。"


def revoke(
    actor: Actor,
    uuid: UUID,
    *,
    reason: str,
    policies: PolicySet,
    now: datetime,
    kind: RevocationKind = RevocationKind.MISTAKEN,
) -> None:
    """Revoke an approved claim: later claims move up into the room, certificates no longer met fall.

    Raises NotFound for anybody but HR or an unknown claim, NotPermitted for one's own, Conflict when it
    is not approved, RuleBroken without a reason.
    """
    revoke_together(actor, [uuid], reason=reason, policies=policies, now=now, kind=kind)


def revoke_together(
    actor: Actor,
    uuids: Sequence[UUID],
    *,
    reason: str,
    policies: PolicySet,
    now: datetime,
    kind: RevocationKind,
) -> None:
    """Revoke up to ALONE claims, all or none. Raises as `revoke`, and RuleBroken for more."""
    if len(set(uuids)) > ALONE:
        raise RuleBroken(f"一次最多撤销 {ALONE} 项；更多须由人事处另一位同事确认。")
    with write_tx() as session:
        claims = lock(session, actor, uuids)
        for claim in claims:
            after(claim.status, Move.REVOKE)
        require_reason(reason)
        for person in sorted({claim.person_id for claim in claims}):
            theirs = [claim for claim in claims if claim.person_id == person]
            take_back(session, actor, theirs, kind=kind, reason=reason, policies=policies, now=now)


def lower(
    actor: Actor, uuid: UUID, *, quarters: int, reason: str, policies: PolicySet, now: datetime
) -> None:
    """Lower what was approved; the claim keeps its approval number and so its place.

    `quarters` are quarter-hours. Raises as `revoke`, and RuleBroken when they are not lower, or for an item,
    which counts whole or not at all.
    """
    with write_tx() as session:
        (claim,) = lock(session, actor, [uuid])
        if claim.status != Status.APPROVED:
            raise Conflict("只有已通过的申报可以调低核定学时。")
        refuse_no_lower(claim, quarters)
        require_reason(reason, "请填写调低的原因。")
        years = span([claim])
        change = effect(claim.person_id, years, {uuid: quarters}, policies, session=session)
        session.execute(
            update(Claim)
            .where(Claim.id == claim.id)
            .values(approved_quarters=quarters, version=Claim.version + 1, updated_at=now)
            .execution_options(synchronize_session=False)
        )
        standings.settle(session, claim.person_id, years, policies, now=now, telling=False)
        certificates_fell(session, actor, change, uuid, now)
        _tell(session, change, "claim-lowered", "核定学时已调低", reason, uuid, now)
        events.record(
            session,
            actor,
            "claim-lowered",
            "claim",
            uuid,
            now=now,
            reason=reason,
            before=show_hours(claim.approved_quarters),
            after=show_hours(quarters),
            **_touched(change),
        )


def refuse_no_lower(claim: Any, quarters: int) -> None:
    """Raises RuleBroken unless `quarters` are fewer than were approved of a claim counted in hours."""
    if claim.category in ITEM_CATEGORIES:
        raise RuleBroken("成果和论文著作按项计算，不能调低；认定有误的请撤销。")
    if not 0 < quarters < claim.approved_quarters:
        told = f"须大于 0 并低于现在核定的 {show_hours(claim.approved_quarters)} 学时。"
        raise RuleBroken("核定学时没有调低。", {"hours": [told]})


def refuse_own(actor: Actor, claimant_id: int) -> None:
    """Raises NotPermitted for one's own claim."""
    if not may_revoke(actor, claimant_id=claimant_id):
        raise NotPermitted(OWN)


def lock(session: Session, actor: Actor, uuids: Sequence[UUID]) -> Sequence[Any]:
    """The claims and their people, locked, each in one order.

    The people come first: what settles one of them rewrites others of their approved claims, so whoever
    held such a claim while waiting for the person would wait for ever.

    Raises NotFound for anybody but HR or when one is unknown, NotPermitted when one is the actor's own.
    """
    if actor.hat is not Hat.HR:
        raise NotFound()
    people = select(Claim.person_id).where(Claim.uuid.in_(set(uuids)))
    session.execute(
        select(Person.id).where(Person.id.in_(people)).order_by(Person.id).with_for_update(key_share=True)
    ).all()
    columns = (Claim.id, Claim.uuid, Claim.person_id, Claim.status, Claim.category, Claim.title)
    claims = session.execute(
        select(*columns, Claim.year_from, Claim.year_to, Claim.credited, Claim.approved_quarters)
        .where(Claim.uuid.in_(set(uuids)), Claim.status != Status.DRAFT.value)
        .order_by(Claim.id)
        .with_for_update(key_share=True)
    ).all()
    if not claims or len(claims) != len(set(uuids)):
        raise NotFound()
    if not all(may_revoke(actor, claimant_id=claim.person_id) for claim in claims):
        raise NotPermitted(OWN)
    return claims


def require_reason(reason: str, told: str = "请填写撤销原因。") -> None:
    """Raises RuleBroken for nothing."""
    if not reason.strip():
        raise RuleBroken(told, {"reason": ["须说明查实的情况。"]})


def take_back(
    session: Session,
    actor: Actor,
    claims: Sequence[Any],
    *,
    kind: RevocationKind,
    reason: str,
    policies: PolicySet,
    now: datetime,
) -> None:
    """Revoke locked, approved claims of one person within the caller's transaction."""
    person, years = claims[0].person_id, span(claims)
    change = effect(person, years, {claim.uuid: None for claim in claims}, policies, session=session)
    session.execute(
        update(Claim)
        .where(Claim.id.in_([claim.id for claim in claims]), Claim.status == Status.APPROVED.value)
        .values(
            status=Status.REVOKED.value,
            version=Claim.version + 1,
            revoked_at=now,
            revoker_id=actor.person_id,
            revoked_reason=reason,
            revoked_kind=kind.value,
            credited={},
            updated_at=now,
        )
        .execution_options(synchronize_session=False)
    )
    cause = claims[-1].uuid
    standings.settle(session, person, years, policies, now=now, telling=False)
    certificates_fell(session, actor, change, cause, now)
    title = f"{len(claims)} 项已通过的申报被撤销（{kind.label}）"
    _tell(session, change, "claim-revoked", title, reason, cause, now)
    for claim in claims:
        events.record(
            session,
            actor,
            "claim-revoked",
            "claim",
            claim.uuid,
            now=now,
            reason=reason,
            kind=kind.value,
            credited={year: show_hours(amount) for year, amount in claim.credited.items()},
            **(_touched(change) if claim is claims[-1] else {}),
        )


def certificates_fell(session: Session, actor: Actor, change: Effect, cause: UUID, now: datetime) -> None:
    """Note with each certificate that just fell the claim it fell with, and record it."""
    session.execute(
        update(Certificate)
        .where(Certificate.uuid.in_([fallen.uuid for fallen in change.certificates]))
        .values(fell_with=cause)
        .execution_options(synchronize_session=False)
    )
    standings.record_fallen(session, actor, change.certificates, now=now, claim=str(cause))


def _tell(
    session: Session, change: Effect, kind: str, title: str, reason: str, cause: UUID, now: datetime
) -> None:
    """Tell the person what changed for every touched claim and certificate."""
    lines = [f"原因：{reason}"]
    lines += [
        f"“{one.title}”计入学时由 {show_hours(one.before)} 变为 {show_hours(one.after)}。"
        for one in (*change.taken, *change.topped_up)
    ]
    lines += [standings.fell_sentence(fallen.year, fallen.number) for fallen in change.certificates]
    messages.tell(
        session,
        [change.person_id],
        kind,
        title=title,
        body="\n".join(lines),
        link=f"/claims/{cause}",
        about=cause,
        now=now,
    )


def _touched(change: Effect) -> dict[str, Any]:
    """What else changed, for the event."""
    return {
        "topped_up": {
            str(one.uuid): [show_hours(one.before), show_hours(one.after)] for one in change.topped_up
        },
        "certificates": [fallen.number for fallen in change.certificates],
    }
