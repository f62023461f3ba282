"""Tells people who are short of a year that its filing is about to end: 30, 7 and 1 days before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import and_, func, select

from portal.database import write_tx
from portal.extensions import db
from portal.models import Message, Person, PersonYear, YearReopening
from portal.queries.calendar import calendars
from portal.rules.calendar import Phase
from portal.rules.policy import PolicySet
from portal.services.messages import tell

KIND = "deadline-near"
MARKS = (1, 7, 30)  # days before the last one
_AT_ONCE = 500  # people of one transaction


def tell_short(policies: PolicySet, *, now: datetime, today: date) -> int:
    """Tell everybody who is short and was not told at this mark; returns how many.

    A day on which nothing ran is made up for, with the days that are left then. Who may file longer,
    because HR opened the year again, hears of their own last day.
    """
    told = 0
    reopened = _reopened(today)
    years = {*range(today.year - 2, today.year + 1), *(year for year, _ in reopened)} & {*policies.years}
    for year, calendar in calendars(years).items():
        own = {person: last for (of, person), last in reopened.items() if of == year}
        own = {person: last for person, last in own.items() if last > calendar.grace_until}
        if calendar.phase(today) is not Phase.COMING:
            short = [person for person in _short(year) if person not in own]
            told += _tell(year, calendar.grace_until, short, now=now, today=today)
        for last in sorted(set(own.values())):
            short = [person for person in _short(year) if own.get(person) == last]
            told += _tell(year, last, short, now=now, today=today)
    return told


def _reopened(today: date) -> dict[tuple[int, int], date]:
    """(year, person): until when that person may file, reopenings that still run only."""
    rows = db.session.execute(
        select(YearReopening.year, YearReopening.person_id, func.max(YearReopening.files_until))
        .where(YearReopening.ended_at.is_(None), YearReopening.files_until >= today)
        .group_by(YearReopening.year, YearReopening.person_id)
    )
    return {(year, person): last for year, person, last in rows}


def _short(year: int) -> Sequence[int]:
    """Ids of everybody with an account in use whose year is not met."""
    return db.session.scalars(
        select(Person.id)
        .outerjoin(PersonYear, and_(PersonYear.person_id == Person.id, PersonYear.year == year))
        .where(Person.disabled_at.is_(None), func.coalesce(PersonYear.met, False).is_(False))
        .order_by(Person.id)
    ).all()


def _tell(year: int, last: date, people: Sequence[int], *, now: datetime, today: date) -> int:
    left = (last - today).days
    mark = next((mark for mark in MARKS if 0 <= left <= mark), None)
    if mark is None:
        return 0
    about = _about(year, last, mark)
    known = set(
        db.session.scalars(select(Message.person_id).where(Message.about == about, Message.kind == KIND))
    )
    fresh = [person for person in people if person not in known]
    db.session.rollback()
    days = f"还有 {left} 天" if left else "今天"
    for start in range(0, len(fresh), _AT_ONCE):
        with write_tx() as session:
            tell(
                session,
                fresh[start : start + _AT_ONCE],
                KIND,
                title=f"{year} 年度申报{days}截止，您的学时尚未达标",
                body=f"最后一天是 {last}。逾期不能再提交；已提交的申报照常审核，通过后计入。",
                link=f"/standing?year={year}",
                about=about,
                now=now,
            )
    return len(fresh)


def _about(year: int, last: date, mark: int) -> UUID:
    """The same for everybody told of this last day at this mark; another last day is told anew."""
    return uuid5(NAMESPACE_URL, f"deadline:{year}:{last}:{mark}")
