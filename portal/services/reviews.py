"""Decides claims: approve or return, once, by somebody entitled to, inside one short transaction."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Integer, Select, bindparam, exists, func, select, true, update
from sqlalchemy.orm import Session, aliased

from portal.database import knows_lateral, write_tx
from portal.models import Claim, EvidenceFile, Grant, Person
from portal.queries.calendar import closes_first
from portal.queries.ledger import facts_of, ledger
from portal.queries.logins import HAT_OF_ROLE, holds_today
from portal.queries.review import Row, Waiting, row_query, scope_values, waiting_query
from portal.queries.review_claim import missing_evidence
from portal.rules.access import Actor, require_decider
from portal.rules.amounts import show_hours
from portal.rules.facts import BadFacts
from portal.rules.policy import Policy, PolicySet
from portal.rules.refusals import Conflict, NotFound, NotPermitted, RuleBroken
from portal.rules.standing import assess
from portal.rules.vocabulary import ITEM_CATEGORIES, Hat, Status
from portal.rules.workflow import Move, after
from portal.services import decision_messages, events, standings
from portal.services.calendar import refuse_closed

OVERTAKEN = "这项申报在您打开后已有变化，您的决定没有保存。"


@dataclass(frozen=True, slots=True)
class Decided:
    """The claim as it now stands and what still waits for the reviewer."""

    row: Row
    waiting: Waiting


def approve(
    actor: Actor,
    uuid: UUID,
    *,
    quarters: int | None,
    subject: str,
    reason: str,
    version: int,
    policies: PolicySet,
    now: datetime,
    today: date,
    session: Session | None = None,
) -> Decided:
    """Approve a pending claim, allot its number and credit it; within `session` when one is given.

    `quarters` None and `subject` "" mean as asked. Fewer hours or another subject need a reason.
    Raises NotFound out of scope, NotPermitted for one's own, Conflict when it changed since `version`,
    RuleBroken for hours, subject or evidence the notice does not allow.
    """
    with write_tx() if session is None else nullcontext(session) as session:
        claim = load(session, actor, uuid, today)
        _guard(actor, claim, version, Move.APPROVE)
        _refuse_closed(session, claim, today)
        policy = policies.for_year(claim.year_from)
        asked = _Approval.of(claim, quarters, subject, reason, policy)
        _require_finished(claim, today)
        _require_evidence(policy, claim)
        changed = _changed(claim, approved_quarters=asked.quarters, approved_subject=asked.subject)
        years = (claim.year_from, claim.year_to)
        facts = facts_of(changed)
        book = ledger(claim.person_id, years=years, session=session)
        try:
            assessment = assess(policies, [*book.approved, facts], as_of=None, obligations=book.obligations)
        except BadFacts as fault:
            raise RuleBroken(f"按现行规则无法计算这项申报：{fault.text}请退回更正。") from None
        credited = standings.credited_of(assessment, facts.id)
        number = _write(
            session,
            claim,
            Status.APPROVED,
            actor,
            now,
            decision_reason=reason,
            approved_quarters=asked.quarters,
            approved_subject=asked.subject,
            approval_number=_next_number(claim.person_id),
            credited=credited,
            policy_id=policy.id,
            policy_sha256=policy.sha256,
        )
        standings.write_years(session, claim.person_id, assessment, years, now=now)
        decision_messages.tell_approved(session, claim, asked.quarters, credited, reason, now=now)
        events.record(
            session,
            actor,
            "claim-approved",
            "claim",
            uuid,
            now=now,
            reason=reason,
            hours=show_hours(asked.quarters),
            asked=show_hours(claim.quarters),
            subject=asked.subject,
            credited={year: show_hours(amount) for year, amount in credited.items()},
            number=number,
        )
    return _decided(
        actor, changed, Status.APPROVED, now, sum(credited.values()), reason=reason, credited=credited
    )


def send_back(
    actor: Actor,
    uuid: UUID,
    *,
    reason: str,
    version: int,
    now: datetime,
    today: date,
    session: Session | None = None,
) -> Decided:
    """Return a pending claim to its author with a reason, so that it can be mended and sent again.

    Raises NotFound, NotPermitted and Conflict as `approve` does, RuleBroken without a reason.
    """
    with write_tx() if session is None else nullcontext(session) as session:
        claim = load(session, actor, uuid, today)
        _guard(actor, claim, version, Move.RETURN)
        _refuse_closed(session, claim, today)
        if not reason:
            raise RuleBroken("请填写退回原因。", {"reason": ["退回须说明原因，申报人据此修改后重新提交。"]})
        _write(session, claim, Status.RETURNED, actor, now, decision_reason=reason)
        decision_messages.tell_returned(session, claim, reason, now=now)
        events.record(session, actor, "claim-returned", "claim", uuid, now=now, reason=reason)
    return _decided(actor, _changed(claim), Status.RETURNED, now, 0, reason=reason)


@dataclass(frozen=True, slots=True)
class _Approval:
    quarters: int
    subject: str

    @classmethod
    def of(cls, claim: Any, quarters: int | None, subject: str, reason: str, policy: Policy) -> _Approval:
        """What is approved, after every rule about amount, subject and reason had its say."""
        faults: dict[str, list[str]] = {}
        chosen = subject or claim.subject
        amount = claim.quarters if quarters is None or claim.category in ITEM_CATEGORIES else quarters
        if chosen not in policy.category(claim.category).subjects:
            faults["subject"] = ["这一类别不能计入所选科目，请改选。"]
        if amount <= 0:
            faults["hours"] = ["核定学时应大于 0；不予认定的，请退回并说明原因。"]
        elif amount > claim.quarters:
            faults["hours"] = [f"核定学时不能超过申报的 {show_hours(claim.quarters)} 学时。"]
        if (amount < claim.quarters or chosen != claim.subject) and not reason:
            faults["reason"] = ["核定学时低于申报或改动科目时，须说明原因。"]
        if faults:
            raise RuleBroken("核定内容需要更正。", faults)
        return cls(amount, chosen)


def load(session: Session, actor: Actor, uuid: UUID, today: date) -> Any:
    """The claim with its author locked, and in the same statement all that guards and the answer need.

    The claim is locked before the person, in the order everybody else takes them.
    """
    if not actor.reviews:
        raise NotFound()
    found = session.execute(
        _load_query(actor.hat, knows_lateral()), {**scope_values(actor, today), "uuid": uuid}
    ).one_or_none()
    if found is None:
        raise NotFound()
    return found


@cache
def _load_query(hat: Hat, lateral: bool) -> Select[*tuple[Any, ...]]:
    waits = waiting_query(hat, lateral=lateral, but_one=True).subquery()
    role = next(role for role, worn in HAT_OF_ROLE.items() if worn is hat)
    acts_for = bindparam("acts_for", type_=Integer)
    granted = exists().where(
        Grant.person_id == bindparam("me", type_=Integer),
        Grant.role == role.value,
        Grant.unit_id == acts_for if hat is Hat.UNIT else Grant.unit_id.is_(None),
        holds_today(bindparam("today", type_=Date)),
    )
    kinds = (
        select(func.aggregate_strings(EvidenceFile.kind, ","))
        .where(EvidenceFile.claim_id == Claim.id)
        .scalar_subquery()
    )
    return (
        row_query(hat)
        .add_columns(
            granted.label("granted"),
            kinds.label("evidence"),
            closes_first(Claim.year_from, Claim.year_to).label("closes"),
            waits.c[0].label("waiting"),
            waits.c[1].label("oldest"),
        )
        .join(waits, true())
        .where(Claim.uuid == bindparam("uuid"))
        .with_for_update(of=(Claim, Person), key_share=True)
    )


def refuse_unable(actor: Actor, claim: Any) -> None:
    """Raises NotPermitted for one's own claim, one the actor filed, or once their role has ended."""
    require_decider(actor, claimant_id=claim.person_id, unit_id=claim.unit_id, filer_id=claim.filed_by_id)
    if not claim.granted:
        raise NotPermitted("您的审核身份已经结束，没有保存。")


def _guard(actor: Actor, claim: Any, version: int, move: Move) -> None:
    refuse_unable(actor, claim)
    if claim.version != version:
        raise Conflict(OVERTAKEN)
    after(claim.status, move)


def _refuse_closed(session: Session, claim: Any, today: date) -> None:
    years = (claim.year_from, claim.year_to)
    refuse_closed(session, claim.person_id, years, today, closes=claim.closes)


def _require_finished(claim: Any, today: date) -> None:
    if claim.end_on is not None and claim.end_on > today:
        raise RuleBroken(f"这项培训到 {claim.end_on} 才结束，结束前不能通过。请等结束后再审核，或退回。")


def _require_evidence(policy: Policy, claim: Any) -> None:
    missing = missing_evidence(policy, claim, (claim.evidence or "").split(","))
    if missing:
        names = "、".join(kind.label for kind in missing)
        raise RuleBroken(f"缺少{names}，不能通过：没有证明材料或材料不完备的一律退回。")


def _write(
    session: Session, claim: Any, status: Status, actor: Actor, now: datetime, **values: Any
) -> int | None:
    """The guarded change: only a claim still pending in the version that was read. Answers its number."""
    written = session.execute(
        update(Claim)
        .where(Claim.uuid == claim.uuid, Claim.version == claim.version, Claim.status == Status.PENDING.value)
        .values(
            status=status.value,
            version=claim.version + 1,
            decided_at=now,
            decider_id=actor.person_id,
            updated_at=now,
            **values,
        )
        .returning(Claim.approval_number)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if written is None:
        raise Conflict(OVERTAKEN)
    return written.approval_number


def _next_number(person_id: int) -> Any:
    """The next approval number of the person, revoked claims keeping theirs; safe under the person's lock."""
    numbered = aliased(Claim)
    return (
        select(func.coalesce(func.max(numbered.approval_number), 0) + 1)
        .where(numbered.person_id == person_id)
        .scalar_subquery()
    )


def _changed(claim: Any, **values: Any) -> SimpleNamespace:
    return SimpleNamespace(**{**claim._mapping, **values})


def _decided(
    actor: Actor,
    claim: SimpleNamespace,
    status: Status,
    now: datetime,
    counts: int,
    *,
    reason: str,
    credited: dict[str, int] | None = None,
) -> Decided:
    claim.status, claim.version, claim.decided_at = status.value, claim.version + 1, now
    claim.decider, claim.decider_id = actor.name, actor.person_id
    claim.decision_reason, claim.credited = reason, credited
    return Decided(
        row=Row(claim, counts, (), mine=False, decidable=False),
        waiting=Waiting(claim.waiting, claim.oldest),
    )
