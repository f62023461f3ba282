"""Reads a person's own claims: one, the list, its history, and who holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from portal.extensions import db
from portal.models import Claim, Event, Grant, Person, Unit
from portal.queries.absences import away_until
from portal.queries.logins import holds_today
from portal.rules.access import Actor
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import Role, Status

LONGEST = 300  # rows of one page; a year's filter shows the rest
_TABLE = Claim.__table__.c
_Filer = aliased(Person)


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of one's claims, the number in each status, and the years there are claims of."""

    rows: Sequence[Any]
    counts: dict[str, int]
    years: Sequence[int]

    @property
    def cut(self) -> bool:
        """Whether older claims were left out."""
        return len(self.rows) == LONGEST


def own(actor: Actor, uuid: UUID, *, session: Session | None = None) -> Any:
    """The actor's own claim as a row of all its columns and `unit_name`; locked when a session is given.

    Raises NotFound for anybody else's claim.
    """
    statement = (
        select(*_TABLE, Unit.name.label("unit_name"), _Filer.name.label("filer"))
        .join(Unit, Unit.id == Claim.unit_id)
        .outerjoin(_Filer, _Filer.id == Claim.filed_by_id)
        .where(Claim.uuid == uuid, Claim.person_id == actor.person_id)
    )
    if session is not None:
        statement = statement.with_for_update(of=Claim)
    row = (session or db.session).execute(statement).one_or_none()
    if row is None:
        raise NotFound
    return row


def listing(actor: Actor, *, status: Status | None = None, year: int | None = None) -> Listing:
    """One's own claims, newest first, in three statements."""
    mine = Claim.person_id == actor.person_id
    wanted = [mine]
    if status is not None:
        wanted.append(Claim.status == status.value)
    if year is not None:
        wanted.append(and_(Claim.year_from <= year, Claim.year_to >= year))
    rows = db.session.execute(
        select(
            Claim.uuid,
            Claim.category,
            Claim.kind,
            Claim.title,
            Claim.subject,
            Claim.approved_subject,
            Claim.start_on,
            Claim.end_on,
            Claim.study_year,
            Claim.work_on,
            Claim.quarters,
            Claim.approved_quarters,
            Claim.credited,
            Claim.status,
            Claim.version,
            Claim.updated_at,
            Claim.submitted_at,
            Claim.decision_reason,
            Claim.filed_by_id,
        )
        .where(*wanted)
        .order_by(Claim.id.desc())
        .limit(LONGEST)
    ).all()
    counts = db.session.execute(select(Claim.status, func.count()).where(mine).group_by(Claim.status)).all()
    spans = db.session.execute(
        select(Claim.year_from, Claim.year_to).where(mine, Claim.year_from.is_not(None)).distinct()
    ).all()
    years = {year for span in spans for year in range(span.year_from, span.year_to + 1)}
    return Listing(rows, {row[0]: row[1] for row in counts}, sorted(years, reverse=True))


def history(uuid: UUID) -> Sequence[Any]:
    """Every step of a claim the caller may see, oldest first, with the name of who took it."""
    return db.session.execute(
        select(Event.at, Event.action, Event.reason, Event.details, Event.actor_hat, Person.name)
        .outerjoin(Person, Person.id == Event.actor_id)
        .where(Event.object_uuid == uuid, Event.object_type == "claim")
        .order_by(Event.id)
    ).all()


@dataclass(frozen=True, slots=True)
class Holders:
    """Who may decide a person's claims today: the unit's admins at work, and those marked absent until a day.

    With nobody at work it is HR's.
    """

    present: Sequence[str]
    away: Sequence[tuple[str, date]]


def reviewers(unit_id: int, claimant_id: int, today: date, *, filer_id: int | None = None) -> Holders:
    """The unit's admins in force today other than the person and whoever filed for them."""
    rows = db.session.execute(
        select(Person.name, away_until(Grant.person_id, Grant.unit_id, today).label("away_until"))
        .join(Grant, and_(Grant.person_id == Person.id, holds_today(today)))
        .where(
            Grant.role == Role.UNIT_ADMIN.value,
            Grant.unit_id == unit_id,
            Person.id.not_in([claimant_id, filer_id or claimant_id]),
            Person.disabled_at.is_(None),
        )
        .order_by(Person.id)
    ).all()
    return Holders(
        present=[row.name for row in rows if row.away_until is None],
        away=[(row.name, row.away_until) for row in rows if row.away_until is not None],
    )
