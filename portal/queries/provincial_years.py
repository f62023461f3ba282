"""Reads what a comparison with the provincial platform needs to know of many people's years."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.models import Claim, CourseRecord, PersonYear, ProvincialEntry
from portal.rules.reconciliation import Item, Year
from portal.rules.vocabulary import Status, Subject

Key = tuple[int, int, str]  # person, year, subject


@dataclass(slots=True)
class Known:
    """What counts here, and the claims and courses behind it, by person, year and subject."""

    here: dict[Key, int] = field(default_factory=dict)
    not_entered: dict[Key, list[Item]] = field(default_factory=lambda: defaultdict(list))
    too_much: dict[Key, list[Item]] = field(default_factory=lambda: defaultdict(list))
    pending: dict[Key, list[Item]] = field(default_factory=lambda: defaultdict(list))
    entered: dict[Key, list[Item]] = field(default_factory=lambda: defaultdict(list))
    courses: dict[Key, list[Item]] = field(default_factory=lambda: defaultdict(list))

    def year(self, key: Key, *, there: int, waiting: int, unpushed: int, region: str) -> Year:
        """One subject of a person's year, ready to be compared."""
        return Year(
            here=self.here.get(key, 0),
            there=there,
            region=region,
            waiting=waiting,
            unpushed=unpushed,
            not_entered=self.not_entered.get(key, ()),
            too_much=self.too_much.get(key, ()),
            pending=self.pending.get(key, ()),
            courses=self.courses.get(key, ()),
            entered=self.entered.get(key, ()),
        )


def years_of(session: Session, people: Sequence[int], years: Iterable[int]) -> Known:
    """All of it, in four statements whatever the number of people."""
    wanted = set(years)
    known = Known()
    if not wanted:
        return known
    first, last = min(wanted), max(wanted)
    for row in session.execute(
        select(PersonYear.person_id, PersonYear.year, PersonYear.public, PersonYear.professional).where(
            PersonYear.person_id.in_(people), PersonYear.year.in_(wanted)
        )
    ):
        known.here[row.person_id, row.year, Subject.PUBLIC.value] = row.public
        known.here[row.person_id, row.year, Subject.PROFESSIONAL.value] = row.professional
    courses = select(
        CourseRecord.id,
        CourseRecord.person_id,
        CourseRecord.year,
        CourseRecord.subject,
        CourseRecord.quarters,
    ).where(CourseRecord.person_id.in_(people), CourseRecord.year.in_(wanted))
    for course in session.execute(courses):
        key = (course.person_id, course.year, course.subject)
        known.courses[key].append(Item(f"course-{course.id}", course.quarters))
    entries: dict[int, dict[int, Any]] = defaultdict(dict)
    typed = (
        select(
            ProvincialEntry.claim_id, ProvincialEntry.year, ProvincialEntry.quarters, ProvincialEntry.subject
        )
        .join(Claim, Claim.id == ProvincialEntry.claim_id)
        .where(
            Claim.person_id.in_(people), ProvincialEntry.year.in_(wanted), ProvincialEntry.ended_at.is_(None)
        )
    )
    for entry in session.execute(typed):
        entries[entry.claim_id][entry.year] = entry
    claims = select(
        *(Claim.id, Claim.uuid, Claim.person_id, Claim.status, Claim.subject, Claim.quarters),
        *(Claim.approved_subject, Claim.credited, Claim.year_from, Claim.year_to),
    ).where(
        Claim.person_id.in_(people),
        or_(
            and_(
                Claim.status.in_([Status.APPROVED.value, Status.PENDING.value]),
                Claim.year_from <= last,
                Claim.year_to >= first,
            ),
            and_(Claim.status == Status.REVOKED.value, Claim.id.in_(list(entries))),
        ),
    )
    for claim in session.execute(claims):
        _sort(known, claim, entries.get(claim.id, {}), wanted)
    return known


def _sort(known: Known, claim: Any, entries: dict[int, Any], years: set[int]) -> None:
    """Put a claim where each of its years belongs."""
    uuid = str(claim.uuid)
    if claim.status == Status.PENDING:
        if claim.year_from == claim.year_to and claim.year_from in years:
            key = (claim.person_id, claim.year_from, claim.subject)
            known.pending[key].append(Item(uuid, claim.quarters))
        return
    for year in years:
        counted = int((claim.credited or {}).get(str(year), 0)) if claim.status == Status.APPROVED else 0
        entry = entries.get(year)
        if entry is None:
            if counted:
                known.not_entered[claim.person_id, year, claim.approved_subject].append(Item(uuid, counted))
            continue
        same = counted if claim.approved_subject == entry.subject else 0
        key = (claim.person_id, year, entry.subject)
        if entry.quarters > same:
            known.too_much[key].append(Item(uuid, entry.quarters - same))
        elif same:
            known.entered[key].append(Item(uuid, same))
