"""Reads the years' dates, and how they hold for one person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Integer, ScalarSelect, and_, func, literal, null, select, union_all
from sqlalchemy.orm import Session, aliased

from portal.extensions import db
from portal.models import Claim, Person, Unit, YearCalendar, YearReopening
from portal.rules.access import Actor
from portal.rules.calendar import (
    NEAR,
    Calendar,
    Phase,
    Reopening,
    Window,
    decision_problem,
    surely_open,
    usual,
)
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import Hat, Status

EVER = date.min  # nobody has looked when the years close


@dataclass(frozen=True, slots=True)
class Year:
    """A year for HR: its dates, who set them when and why (None: the usual ones), and what still waits."""

    calendar: Calendar
    set_by: Any
    waiting: int
    reopened: int


@dataclass(frozen=True, slots=True)
class Deadline:
    """A last day that is near, for filing or for reviewing."""

    year: int
    last_day: date
    days_left: int
    reviewing: bool = False
    reason: str = ""  # of a reopening


def windows(person_id: int, years: Iterable[int], session: Session | None = None) -> dict[int, Window]:
    """How each of the years holds for the person. One statement; `years` may be one run of years."""
    asked = sorted(set(years))
    if not asked:
        return {}
    dates = select(
        YearCalendar.year,
        YearCalendar.open_until,
        YearCalendar.grace_until,
        YearCalendar.review_until,
        null().cast(YearReopening.reason.type).label("reason"),
        literal(0, Integer).label("number"),
    ).where(YearCalendar.year.in_(asked))
    again = select(
        YearReopening.year,
        YearReopening.files_until,
        YearReopening.files_until,
        YearReopening.review_until,
        YearReopening.reason,
        YearReopening.id,
    ).where(
        YearReopening.person_id == person_id,
        YearReopening.year.in_(asked),
        YearReopening.ended_at.is_(None),
    )
    calendars = {year: usual(year) for year in asked}
    reopenings: dict[int, Reopening] = {}
    for row in (session or db.session).execute(union_all(dates, again)).all():
        if row.number:
            held = reopenings.get(row.year)
            if held is None or row.grace_until >= held.files_until:
                reopenings[row.year] = Reopening(row.grace_until, row.review_until, row.reason)
        else:
            calendars[row.year] = Calendar(row.year, row.open_until, row.grace_until, row.review_until)
    return {year: Window(calendars[year], reopenings.get(year)) for year in asked}


def why_closed(
    person_id: int,
    years: tuple[int, int],
    today: date,
    *,
    closes: date | None = EVER,
    session: Session | None = None,
) -> str:
    """Why claims of the person from the first to the last year may no longer be changed; "" if they may.

    `closes`, from `closes_first`, spares the statement while the years are open to everybody.
    """
    span = range(years[0], years[1] + 1)
    if closes is not EVER and surely_open(closes, span, today):
        return ""
    return decision_problem(windows(person_id, span, session), span, today)


def closes_first(first: Any, last: Any) -> ScalarSelect[Any]:
    """The earliest close HR set for a year from column `first` to `last`, as a column; None without any."""
    return (
        select(func.min(YearCalendar.review_until))
        .where(YearCalendar.year >= first, YearCalendar.year <= last)
        .scalar_subquery()
    )


def calendars(years: Iterable[int]) -> dict[int, Calendar]:
    """The dates of the years, apart from anybody's reopening. One statement."""
    return {year: window.calendar for year, window in windows(0, years).items()}


def near(found: Iterable[Window], today: date) -> list[Deadline]:
    """The deadlines for filing that are near, or that a reopening set, soonest first."""
    soon = []
    for window in found:
        left = (window.files_until - today).days
        again = window.reopened(today)
        if window.calendar.phase(today) is Phase.COMING or left < 0 or (left > NEAR and not again):
            continue
        reason = window.reopening.reason if again and window.reopening else ""
        soon.append(Deadline(window.year, window.files_until, left, reason=reason))
    return sorted(soon, key=lambda one: one.last_day)


def near_for_reviewers(years: Iterable[int], today: date) -> list[Deadline]:
    """The ends of reviewing that are near, soonest first. One statement."""
    soon = [
        Deadline(one.year, one.review_until, (one.review_until - today).days, reviewing=True)
        for one in calendars(years).values()
        if one.phase(today) is not Phase.COMING and 0 <= (one.review_until - today).days <= NEAR
    ]
    return sorted(soon, key=lambda one: one.last_day)


def for_hr(actor: Actor, years: Sequence[int]) -> list[Year]:
    """The years as HR keeps them, in the order given. Raises NotFound for anybody else."""
    if actor.hat is not Hat.HR:
        raise NotFound
    setter = aliased(Person)
    rows = db.session.execute(
        select(YearCalendar, setter.name.label("setter"))
        .join(setter, setter.id == YearCalendar.setter_id)
        .where(YearCalendar.year.in_(years))
    ).all()
    kept = {row.YearCalendar.year: row for row in rows}
    spans = db.session.execute(
        select(Claim.year_from, Claim.year_to, func.count(Claim.id))
        .where(Claim.status == Status.PENDING.value, Claim.year_from.is_not(None))
        .group_by(Claim.year_from, Claim.year_to)
    ).all()
    again = db.session.execute(
        select(YearReopening.year, func.count(YearReopening.id).label("people"))
        .where(YearReopening.ended_at.is_(None))
        .group_by(YearReopening.year)
    ).all()
    people = {row.year: row.people for row in again}
    found = []
    for year in years:
        row = kept.get(year)
        dates = row.YearCalendar if row else usual(year)
        calendar = Calendar(year, dates.open_until, dates.grace_until, dates.review_until)
        waiting = sum(count for first, last, count in spans if (first or 0) <= year <= (last or 0))
        found.append(Year(calendar, row, waiting, people.get(year, 0)))
    return found


def reopenings(actor: Actor, year: int) -> Sequence[Any]:
    """Everybody for whom the year was opened again, newest first. Raises NotFound for anybody but HR."""
    if actor.hat is not Hat.HR:
        raise NotFound
    setter = aliased(Person)
    return db.session.execute(
        select(
            YearReopening.uuid,
            YearReopening.files_until,
            YearReopening.review_until,
            YearReopening.reason,
            YearReopening.set_at,
            YearReopening.ended_at,
            Person.name,
            Person.username,
            Person.uuid.label("person"),
            Unit.name.label("unit_name"),
            setter.name.label("setter"),
        )
        .join(Person, Person.id == YearReopening.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .join(setter, setter.id == YearReopening.setter_id)
        .where(YearReopening.year == year)
        .order_by(YearReopening.id.desc())
    ).all()


def waiting_after(session: Session, year: int, last_day: date) -> int:
    """Pending claims touching the year that nobody could decide once it closed after `last_day`.

    Those of people for whom the year is open longer do not count.
    """
    longer = (
        select(YearReopening.id)
        .where(
            YearReopening.person_id == Claim.person_id,
            YearReopening.year == year,
            YearReopening.ended_at.is_(None),
            YearReopening.review_until > last_day,
        )
        .exists()
    )
    found = select(func.count(Claim.id)).where(
        Claim.status == Status.PENDING.value, and_(Claim.year_from <= year, Claim.year_to >= year), ~longer
    )
    return session.scalar(found) or 0
