"""Reads a person's ledger: everything that counts or may come to count, as the rules see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Integer,
    Select,
    and_,
    bindparam,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.models import Claim, CourseRecord, Obligation
from portal.rules.facts import ClaimFacts
from portal.rules.vocabulary import Category, ObligationKind, Status, Subject


@dataclass(slots=True)
class Ledger:
    """Approved facts in approval order (courses first) and pending ones in order of sending.

    `obligations` are the quarters HR set per year and subject instead of the notice's, `reasons` why.
    """

    approved: list[ClaimFacts] = field(default_factory=list)
    pending: list[ClaimFacts] = field(default_factory=list)
    obligations: dict[tuple[int, str], int] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)


OWED = "obligation"  # stands in the category's place in rows that are no hours but what is owed


CLAIM_COLUMNS = (
    Claim.uuid,
    Claim.person_id,
    Claim.category,
    Claim.kind,
    Claim.subject,
    Claim.approved_subject,
    Claim.title,
    Claim.start_on,
    Claim.end_on,
    Claim.quarters,
    Claim.approved_quarters,
    Claim.study_year,
    Claim.work_on,
    Claim.split,
    Claim.level,
    Claim.rank,
    Claim.status,
    Claim.approval_number,
    Claim.submitted_at,
    Claim.id,
)


def facts_of(row: Any, *, level: str = "", rank: str = "") -> ClaimFacts:
    """The rules' view of a claim row: what was approved once it is decided, what was asked before."""
    decided = row.approved_quarters is not None
    return ClaimFacts(
        id=str(row.uuid),
        category=row.category,
        subject=row.approved_subject if decided else row.subject,
        quarters=row.approved_quarters if decided else row.quarters,
        start=row.start_on,
        end=row.end_on,
        year=row.study_year,
        on=row.work_on,
        split={int(year): quarters for year, quarters in row.split.items()}
        if row.split and not decided_lower(row)
        else None,
        kind=row.kind,
        title=row.title,
        level=level,
        rank=rank,
    )


def decided_lower(row: Any) -> bool:
    """Whether fewer hours were approved than asked: then the entered split no longer adds up."""
    return row.approved_quarters is not None and row.approved_quarters < row.quarters


def ledgers(
    people: Iterable[int],
    *,
    years: tuple[int, int] | None = None,
    session: Session | None = None,
    pending: bool = True,
) -> dict[int, Ledger]:
    """The ledger of each person, in one statement; `years` (first, last) narrows it.

    A year's credit depends on nothing outside claims that touch the year, so narrowing is exact.
    `pending` False leaves out what nobody has decided yet, for callers who do not look at it.
    """
    ids = list(set(people))
    found: dict[int, Ledger] = defaultdict(Ledger)
    if not ids:
        return found
    given = {"people": ids} if years is None else {"people": ids, "first": years[0], "last": years[1]}
    rows = (session or db.session).execute(_statement(years is not None, pending), given).all()
    approved = [row for row in rows if row.status == Status.APPROVED]
    for row in sorted(approved, key=lambda row: row.approval_number):
        found[row.person_id].approved.append(_facts(row))
    waiting = [row for row in rows if row.status == Status.PENDING]
    for row in sorted(waiting, key=lambda row: (row.submitted_at, row.id)):
        found[row.person_id].pending.append(_facts(row))
    for row in rows:
        if row.status == OWED:
            book = found[row.person_id]
            book.obligations[row.study_year, row.subject] = row.quarters
            book.reasons[row.study_year] = f"{ObligationKind(row.kind).label}：{row.title}"
    return found


def ledger(person_id: int, *, years: tuple[int, int] | None = None, session: Session | None = None) -> Ledger:
    """One person's ledger; see `ledgers`."""
    return ledgers([person_id], years=years, session=session)[person_id]


def _facts(row: Any) -> ClaimFacts:
    if row.category == Category.COURSE:
        return ClaimFacts(
            id=f"course-{row.study_year}-{row.subject}",
            category=Category.COURSE.value,
            subject=row.subject,
            quarters=row.quarters,
            year=row.study_year,
            title="平台课程",
        )
    return facts_of(row, level=row.level or "", rank=row.rank or "")


@cache
def _statement(narrowed: bool, pending: bool) -> Select[*tuple[Any, ...]]:
    """Claims, courses and obligations as one list; built once: building costs more than running it."""
    people: BindParameter[int] = bindparam("people", expanding=True)
    states = (Status.APPROVED, Status.PENDING) if pending else (Status.APPROVED,)
    claims = select(*CLAIM_COLUMNS).where(
        Claim.person_id.in_(people),
        or_(*(Claim.status == status.value for status in states)),
    )
    courses = (
        select(*_course_columns())
        .where(CourseRecord.person_id.in_(people))
        .group_by(CourseRecord.person_id, CourseRecord.year, CourseRecord.subject)
    )
    owed = [
        select(*_owed_columns(subject)).where(
            Obligation.person_id.in_(people),
            Obligation.replaced_at.is_(None),
            Obligation.public.is_not(None),
        )
        for subject in (Subject.PUBLIC, Subject.PROFESSIONAL)
    ]
    if narrowed:
        first, last = bindparam("first", type_=Integer), bindparam("last", type_=Integer)
        claims = claims.where(and_(Claim.year_from <= last, Claim.year_to >= first))
        courses = courses.where(CourseRecord.year.between(first, last))
        owed = [one.where(Obligation.year.between(first, last)) for one in owed]
    return select(union_all(claims, courses, *owed).subquery())


def _course_columns() -> list[Any]:
    """Course hours of a year and subject as one approved row, in the claims' column order."""
    given: dict[str, Any] = {
        "person_id": CourseRecord.person_id,
        "category": literal(Category.COURSE.value),
        "kind": literal(""),
        "subject": CourseRecord.subject,
        "title": literal(""),
        "quarters": cast(func.sum(CourseRecord.quarters), Integer),
        "study_year": CourseRecord.year,
        "level": literal(""),
        "rank": literal(""),
        "status": literal(Status.APPROVED.value),
        "approval_number": literal(0),
        "id": literal(0),
    }
    return _in_order(given)


def _owed_columns(subject: Subject) -> list[Any]:
    """What HR set for a subject, in the claims' column order."""
    return _in_order(
        {
            "person_id": Obligation.person_id,
            "category": literal(OWED),
            "kind": Obligation.kind,
            "subject": literal(subject.value),
            "title": Obligation.reason,
            "quarters": Obligation.public if subject is Subject.PUBLIC else Obligation.professional,
            "study_year": Obligation.year,
            "level": literal(""),
            "rank": literal(""),
            "status": literal(OWED),
            "approval_number": literal(0),
            "id": literal(0),
        }
    )


def _in_order(given: dict[str, Any]) -> list[Any]:
    return [given.get(column.key, cast(null(), column.type)).label(column.key) for column in CLAIM_COLUMNS]
