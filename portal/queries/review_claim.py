"""Reads one claim as its reviewer needs it: facts, proofs, neighbours in time, effect and history."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.models import Claim, EvidenceFile, Person
from portal.queries import return_presets
from portal.queries.calendar import closes_first, why_closed
from portal.queries.claims import history
from portal.queries.duplicates import Foreign, seen_by
from portal.queries.ledger import Ledger, facts_of, ledger
from portal.queries.review import REVIEWED, UNREADABLE, Row, as_row, row_query, scope_values
from portal.queries.revocations import last_finding
from portal.rules.access import Actor
from portal.rules.duplicates import Duplicate, Likeness, duplicates, shared
from portal.rules.facts import ClaimFacts
from portal.rules.filing import ClaimInput
from portal.rules.policy import Policy, PolicySet
from portal.rules.refusals import NotFound
from portal.rules.standing import Preview, preview
from portal.rules.strips import Span, Strip, stretched, strip
from portal.rules.vocabulary import ITEM_CATEGORIES, Evidence, Hat, RevocationKind, Status

_FACTS = (
    Claim.id.label("claim_id"),
    Claim.organizer,
    Claim.author_name,
    Claim.owner,
    Claim.work_id,
    Claim.work_key,
    Claim.title_key,
    Claim.approval,
    Claim.approval_document,
    Claim.marked,
    Claim.truthful,
    Claim.keep_zero,
    Person.department,
    Person.title.label("post"),
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A claim opened in place. `effect` is only there while it waits and the rules can read it.

    `repeats` are the same person's claims and courses that look alike, `reachable` those the reviewer may
    open, `foreign` other people's; `strip` the days of a training, `per_day` their limit in quarters;
    `presets` the reasons offered for a return; `closed` why it can no longer be decided, "" while it can.
    """

    row: Row
    policy: Policy
    evidence: Sequence[Any]
    missing: Sequence[Evidence]
    strip: Strip | None
    repeats: Sequence[Duplicate]
    reachable: Collection[UUID]
    foreign: Sequence[tuple[Likeness, Foreign]]
    effect: Preview | None
    history: Sequence[Any]
    false_before: int
    false_last: datetime | None
    presets: Sequence[str]
    closed: str

    @property
    def days(self) -> int:
        """Calendar days of a training, both ends included; 0 for anything else."""
        claim = self.row.claim
        return (claim.end_on - claim.start_on).days + 1 if claim.start_on and claim.end_on else 0

    @property
    def per_day(self) -> int | None:
        """The most quarters of one day, where the policy has such a limit for the category."""
        caps = self.policy.category(self.row.claim.category).caps
        return next((cap.quarters for cap in self.policy.caps if cap.per == "day" and cap.id in caps), None)

    @property
    def stretched(self) -> bool:
        """Whether the hours are far below what the dates allow."""
        return stretched(self.row.claim.quarters, self.days, self.per_day)


def closed_row(actor: Actor, uuid: UUID, policies: PolicySet, *, today: date) -> Row:
    """The claim as a line. Raises NotFound out of scope."""
    claim = _claim(actor, uuid, today)
    return as_row(actor, claim, policies, _book(claim))


def opened(actor: Actor, uuid: UUID, policies: PolicySet, *, today: date) -> Opened:
    """The claim with all a decision needs. Raises NotFound out of scope."""
    claim = _claim(actor, uuid, today)
    book = _book(claim)
    policy = policies.for_year(claim.year_from)
    evidence = _evidence(claim.claim_id)
    pending = claim.status == Status.PENDING
    facts = facts_of(claim)
    row = as_row(actor, claim, policies, book)
    others = [other for other in book.pending if other.id != facts.id]
    repeats, reachable, foreign = _look_alikes(actor, claim)
    effect = (
        preview(policies, book.approved, others, facts, as_of=today, obligations=book.obligations)
        if pending and UNREADABLE not in row.bites
        else None
    )
    return Opened(
        row=row,
        policy=policy,
        evidence=evidence,
        missing=missing_evidence(policy, claim, {file.kind for file in evidence}),
        strip=_strip(facts, book, effect),
        repeats=repeats,
        reachable=reachable,
        foreign=foreign,
        effect=effect,
        history=history(uuid),
        false_before=claim.false_before,
        false_last=claim.false_last,
        presets=return_presets.unpack(claim.presets),
        closed=_closed(claim, today) if pending else "",
    )


def _closed(claim: Any, today: date) -> str:
    return why_closed(claim.person_id, (claim.year_from, claim.year_to), today, closes=claim.closes)


def missing_evidence(policy: Policy, claim: Any, present: Collection[str]) -> list[Evidence]:
    """The kinds of proof the notice asks for and the claim lacks (没有证明材料或材料不完备的一律退回)."""
    required = policy.category(claim.category).kind(claim.kind).evidence
    return [kind for kind in required if kind not in present]


def _claim(actor: Actor, uuid: UUID, today: date) -> Any:
    given = {**scope_values(actor, today), "uuid": uuid}
    found = db.session.execute(_claim_query(actor.hat), given).one_or_none()
    if found is None:
        raise NotFound()
    return found


@cache
def _claim_query(hat: Hat) -> Select[*tuple[Any, ...]]:
    revoked = aliased(Claim)
    false_before = (
        select(func.count(revoked.id))
        .where(revoked.person_id == Claim.person_id, revoked.revoked_kind == RevocationKind.FALSE.value)
        .scalar_subquery()
        .label("false_before")
    )
    shown = row_query(hat).add_columns(
        *_FACTS,
        false_before,
        last_finding(Claim.person_id).label("false_last"),
        return_presets.packed(Claim.category).label("presets"),
        closes_first(Claim.year_from, Claim.year_to).label("closes"),
    )
    return shown.where(
        Claim.uuid == bindparam("uuid"), Claim.status.in_([status.value for status in REVIEWED])
    )


def _book(claim: Any) -> Ledger:
    return ledger(claim.person_id, years=(claim.year_from, claim.year_to))


def _evidence(claim_id: int) -> Sequence[Any]:
    return db.session.execute(
        select(
            EvidenceFile.uuid,
            EvidenceFile.kind,
            EvidenceFile.name,
            EvidenceFile.media_type,
            EvidenceFile.size,
            EvidenceFile.pages,
            EvidenceFile.sha256,
        )
        .where(EvidenceFile.claim_id == claim_id)
        .order_by(EvidenceFile.id)
    ).all()


def _strip(facts: ClaimFacts, book: Ledger, effect: Preview | None) -> Strip | None:
    """The claim's days with the person's other trainings on some of them.

    Beside those stand approved ones that take the claim's room without touching its days: they lie in the run
    of days that a day cap was counted over, and hold days there that a neighbour of both can no longer use.
    """
    if facts.start is None or facts.end is None:
        return None
    windows = [found for found in (effect.findings if effect else ()) if found.window]
    takers = {taker.id for found in windows for taker in found.taken_by}
    others = [
        Span(other.start, other.end, other.quarters, other.title, state, other.id)
        for state, side in (("approved", book.approved), ("pending", book.pending))
        for other in side
        if other.id != facts.id
        and other.start is not None
        and other.end is not None
        and (other.id in takers or (other.start <= facts.end and other.end >= facts.start))
    ]
    return strip(Span(facts.start, facts.end, facts.quarters, facts.title, "claim", facts.id), others)


def _look_alikes(
    actor: Actor, claim: Any
) -> tuple[tuple[Duplicate, ...], set[UUID], list[tuple[Likeness, Foreign]]]:
    """Trainings share their titles with everybody who was there, so only works are compared across people."""
    days = (claim.start_on, claim.end_on) if claim.start_on and claim.end_on else None
    title = claim.title_key if claim.category in ITEM_CATEGORIES else None
    own, reachable, others = seen_by(actor, claim, days, title=title)
    given = ClaimInput(
        category=claim.category,
        kind=claim.kind,
        title=claim.title,
        start=claim.start_on,
        end=claim.end_on,
        work_id=claim.work_id,
    )
    repeats = duplicates(given, claim.quarters, (claim.year_from, claim.year_to), own)
    foreign = [(shared(claim.work_key, one.earlier), one) for one in others]
    order = list(Likeness)
    return repeats, reachable, sorted(foreign, key=lambda one: order.index(one[0]))
