"""A claim in the making: what was filed, when, and what became of it; and its shape as table rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from portal.clock import DEMO_START, SHANGHAI
from portal.demo.people import Staff
from portal.rules.facts import ClaimFacts
from portal.rules.policy import PolicySet
from portal.rules.vocabulary import ITEM_CATEGORIES, Approval, Category, RevocationKind, Status, Subject

SCHOOL = "山东第二医科大学"
ITEM_QUARTERS = 40
DECIDED = (Status.APPROVED, Status.REVOKED)


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """An instant of that day in Shanghai."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


@dataclass(slots=True)
class Draft:
    """One claim. `hours` is what was asked (per item 10), `approved` what was accepted, both in hours."""

    uuid: UUID
    person: Staff
    category: Category
    kind: str
    title: str
    hours: float
    status: Status
    made: datetime
    subject: Subject = Subject.PROFESSIONAL
    start: date | None = None
    end: date | None = None
    year: int | None = None
    on: date | None = None
    organizer: str = ""
    level: str = ""
    work_id: str | None = None  # None: a number of its own
    proof_of: Draft | None = None  # the claim whose files it carries too
    decided: datetime | None = None
    decider: Staff | None = None
    approved: float | None = None
    reason: str = ""
    revoked: datetime | None = None
    revoker: Staff | None = None
    revoked_reason: str = ""
    with_evidence: bool = True
    keep_zero: bool = False
    number: int | None = None
    credited: dict[str, int] = field(default_factory=dict)

    @property
    def sent(self) -> datetime | None:
        """When it was last sent; None for what lies with its author as a draft or taken back."""
        return None if self.status in (Status.DRAFT, Status.WITHDRAWN) else self.made + timedelta(minutes=6)

    @property
    def quarters(self) -> int:
        """What was asked, in quarters."""
        return ITEM_QUARTERS if self.category in ITEM_CATEGORIES else int(self.hours * 4)

    @property
    def approved_quarters(self) -> int:
        """What was accepted, in quarters."""
        return self.quarters if self.approved is None else int(self.approved * 4)

    @property
    def years(self) -> tuple[int, int]:
        """First and last year touched."""
        if self.start and self.end:
            return self.start.year, self.end.year
        year = self.on.year if self.on else self.year
        assert year is not None  # noqa: S101  (every other claim states a date or a year)
        return year, year

    def facts(self) -> ClaimFacts:
        """The rules' view, with what was accepted."""
        return ClaimFacts(
            id=str(self.uuid),
            category=self.category.value,
            subject=self.subject.value,
            quarters=self.approved_quarters if self.status in DECIDED else self.quarters,
            start=self.start,
            end=self.end,
            year=self.year,
            on=self.on,
            kind=self.kind,
            title=self.title,
        )

    def row(self, identity: int, policies: PolicySet) -> dict[str, Any]:
        """The claim as a row of `claims`."""
        decided = self.status in DECIDED
        policy = policies.for_year(self.years[0])
        return {
            "id": identity,
            "uuid": self.uuid,
            "person_id": self.person.id,
            "unit_id": self.person.unit.id,
            "category": self.category.value,
            "kind": self.kind,
            "subject": self.subject.value,
            "title": self.title,
            "organizer": self.organizer,
            "start_on": self.start,
            "end_on": self.end,
            "quarters": self.quarters,
            "study_year": self.year,
            "work_on": self.on,
            "split": None,
            "year_from": self.years[0],
            "year_to": self.years[1],
            **self._statements(),
            "status": self.status.value,
            "version": 1 + (self.sent is not None) + (self.decided is not None) + (self.revoked is not None),
            "created_at": self.made,
            "updated_at": self.revoked or self.decided or self.sent or self.made,
            "submitted_at": self.sent,
            "decided_at": self.decided,
            "decider_id": self.decider.id if self.decider else None,
            "decision_reason": self.reason,
            "approved_quarters": self.approved_quarters if decided else None,
            "approved_subject": self.subject.value if decided else None,
            "approval_number": self.number,
            "credited": self.credited if decided else None,
            "policy_id": policy.id if decided else None,
            "policy_sha256": policy.sha256 if decided else None,
            "revoked_at": self.revoked,
            "revoker_id": self.revoker.id if self.revoker else None,
            "revoked_reason": self.revoked_reason,
            "revoked_kind": RevocationKind.FALSE.value if self.revoked else None,
        }

    def _statements(self) -> dict[str, Any]:
        """What the claimant states beside the facts, as far as the category asks for it."""
        work = self.category in ITEM_CATEGORIES
        return {
            "author_name": self.person.name if work else "",
            "rank": "第一作者" if work else "",
            "level": self.level,
            "owner": SCHOOL if work else "",
            "work_id": self.work_id
            if self.work_id is not None
            else f"{self.years[0]}-{self.uuid.hex[:8].upper()}"
            if work
            else "",
            "approval": "" if work else Approval.ORGANISED.value,
            "approval_document": "",
            "marked": work,
            "truthful": self.status is not Status.DRAFT,
            "keep_zero": self.keep_zero,
        }


def identities(rng: Random) -> Iterator[UUID]:
    """Endless uuids from the seed."""
    while True:
        yield UUID(int=rng.getrandbits(128), version=4)


def before_now(moment: datetime) -> bool:
    """Whether the deed lies safely before the demo's first moment."""
    return moment < DEMO_START - timedelta(hours=12)
