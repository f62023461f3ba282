"""Keeps credited hours and yearly standings right, inside the transaction that changes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.models import Certificate, Claim, Person, PersonYear
from portal.queries.ledger import ledger, ledgers
from portal.rules.access import Actor
from portal.rules.facts import ClaimFacts
from portal.rules.policy import PolicySet
from portal.rules.standing import Assessment, assess
from portal.rules.vocabulary import Subject
from portal.services import events
from portal.services.messages import tell

_AT_ONCE = 500  # rows of one statement: seven values each, and SQLite takes 32,766
FELL = "学时变动后不再达标"
_FALLEN = (Certificate.id, Certificate.uuid, Certificate.person_id, Certificate.year, Certificate.number)


def lock_ledger(session: Session, person_id: int) -> None:
    """Let nobody else change this person's hours until the commit.

    The lock is the person, not one person-year: a training across 31 December touches two years,
    and approval numbers are one sequence per person. On SQLite `write_tx` holds the only lock there is.
    The lock is the weaker one that lets rows refer to the person: the stronger one would wait for an event
    of theirs, which holds the head of the log that this transaction will want.
    """
    session.execute(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True)).one()


def credited_of(assessment: Assessment, claim_id: str) -> dict[str, int]:
    """What to store with a claim: year (as text, for JSON) -> quarters that count."""
    return {str(year): quarters for year, quarters in assessment.claims[claim_id].by_year.items()}


def settle(
    session: Session,
    person_id: int,
    years: tuple[int, int],
    policies: PolicySet,
    *,
    now: datetime,
    telling: bool = True,
) -> Assessment:
    """Recompute a person's years (first, last) from approved claims and courses, and write what changed.

    Certificates of a year that is no longer met fall here, in the same transaction; the person is told
    unless the caller has a message of its own that says so (`telling` False).
    """
    book = ledger(person_id, years=years, session=session)
    assessment = assess(policies, book.approved, as_of=None, obligations=book.obligations)
    _write_credited(session, [(assessment, book.approved)], years)
    write_years(session, person_id, assessment, years, now=now)
    fall(session, person_id, assessment, years, now=now, telling=telling)
    return assessment


def settle_many(
    session: Session, touched: Mapping[int, Iterable[int]], policies: PolicySet, *, now: datetime
) -> Sequence[Any]:
    """`settle` for many people at once, person -> years: a few statements however many they are.

    Returns the certificates that fell; the caller gives them to `record_fallen` among its last steps.
    """
    wanted = {person: sorted(set(years)) for person, years in touched.items()}
    if not wanted:
        return ()
    window = (min(years[0] for years in wanted.values()), max(years[-1] for years in wanted.values()))
    books = ledgers(wanted, years=window, session=session)
    found = {
        person: assess(policies, books[person].approved, as_of=None, obligations=books[person].obligations)
        for person in wanted
    }
    _write_credited(session, [(found[person], books[person].approved) for person in wanted], window)
    rows = [_year_row(person, found[person], year, now) for person, years in wanted.items() for year in years]
    for start in range(0, len(rows), _AT_ONCE):
        _write_rows(session, rows[start : start + _AT_ONCE])
    unmet = {(row["person_id"], row["year"]) for row in rows if not row["met"]}
    valid = session.execute(
        select(*_FALLEN)
        .where(Certificate.person_id.in_({person for person, _ in unmet}), Certificate.revoked_at.is_(None))
        .order_by(Certificate.id)  # the order in which prints lock them
        .with_for_update()
    )
    fallen = [row for row in valid if (row.person_id, row.year) in unmet]
    _let_fall(session, fallen, now, telling=True)
    return fallen


def record_fallen(
    session: Session, actor: Actor | None, fallen: Iterable[Any], *, now: datetime, **cause: Any
) -> None:
    """An event for each certificate (rows with uuid and number) that fell; `cause` says with what."""
    for one in fallen:
        events.record(
            session, actor, "certificate-fell", "certificate", one.uuid, now=now, number=one.number, **cause
        )


def write_years(
    session: Session, person_id: int, assessment: Assessment, years: tuple[int, int], *, now: datetime
) -> None:
    """Store the standing of each year from first to last, in one statement."""
    _write_rows(
        session, [_year_row(person_id, assessment, year, now) for year in range(years[0], years[1] + 1)]
    )


def _write_rows(session: Session, rows: Sequence[dict[str, object]]) -> None:
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(PersonYear).values(rows)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["person_id", "year"],
            set_={
                name: statement.excluded[name]
                for name in ("public", "professional", "categories", "met", "updated_at")
            },
        )
    )


def fall(
    session: Session,
    person_id: int,
    assessment: Assessment,
    years: tuple[int, int],
    *,
    now: datetime,
    telling: bool = True,
) -> Sequence[int]:
    """Revoke the valid certificates of years that are not met; returns their ids."""
    unmet = [year for year in range(years[0], years[1] + 1) if not _met(assessment, year)]
    fallen = session.execute(
        select(*_FALLEN)
        .where(
            Certificate.person_id == person_id, Certificate.year.in_(unmet), Certificate.revoked_at.is_(None)
        )
        .order_by(Certificate.id)
        .with_for_update()
    ).all()
    _let_fall(session, fallen, now, telling=telling)
    return [row.id for row in fallen]


def fell_sentence(year: int, number: str) -> str:
    """What the holder of a fallen certificate is told."""
    return f"{year} 年度证书 {number} 已失效，重新达标后可再次生成。"


def _let_fall(session: Session, fallen: Sequence[Any], now: datetime, *, telling: bool) -> None:
    if not fallen:
        return
    session.execute(
        update(Certificate)
        .where(Certificate.id.in_([row.id for row in fallen]))
        .values(revoked_at=now, revoked_reason=FELL)
    )
    for row in fallen if telling else ():
        tell(
            session,
            [row.person_id],
            "certificate-fell",
            title=f"{row.year} 年度证书已失效",
            body=f"{FELL}：{fell_sentence(row.year, row.number)}",
            link="/certificates",
            about=row.uuid,
            now=now,
        )


def _write_credited(
    session: Session,
    assessed: Iterable[tuple[Assessment, Iterable[ClaimFacts]]],
    years: tuple[int, int],
) -> None:
    claims = {
        facts.id: assessment
        for assessment, approved in assessed
        for facts in approved
        if not facts.id.startswith("course-")
    }
    if not claims:
        return
    stored = session.execute(
        select(Claim.id, Claim.uuid, Claim.credited).where(Claim.uuid.in_([UUID(key) for key in claims]))
    ).all()
    for row in stored:
        # of a claim that reaches beyond these years only their part was computed from a whole ledger
        fresh = credited_of(claims[str(row.uuid)], str(row.uuid))
        within = {year: quarters for year, quarters in fresh.items() if years[0] <= int(year) <= years[1]}
        counted = {**(row.credited or {}), **within}
        if counted != row.credited:
            session.execute(update(Claim).where(Claim.id == row.id).values(credited=counted))


def _year_row(person_id: int, assessment: Assessment, year: int, now: datetime) -> dict[str, object]:
    standing = assessment.years.get(year)
    subjects = standing.subjects if standing else {}
    return {
        "person_id": person_id,
        "year": year,
        "public": subjects.get(Subject.PUBLIC.value, 0),
        "professional": subjects.get(Subject.PROFESSIONAL.value, 0),
        "categories": dict(standing.categories) if standing else {},
        "met": _met(assessment, year),
        "updated_at": now,
    }


def _met(assessment: Assessment, year: int) -> bool:
    return assessment.years[year].met  # zeros may be enough where HR set the figure to 0
