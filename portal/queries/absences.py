"""Reads who is away: the SQL condition the queues use, and a person's own absences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, exists, func, select

from portal.extensions import db
from portal.models import Absence
from portal.rules.access import Actor

Day = date | BindParameter[date]


def _covers(person_id: Any, unit_id: Any, today: Day) -> ColumnElement[bool]:
    return and_(
        Absence.person_id == person_id,
        Absence.unit_id == unit_id,
        Absence.first_day <= today,
        Absence.last_day >= today,
        Absence.ended_at.is_(None),
    )


def away(person_id: Any, unit_id: Any, today: Day) -> ColumnElement[bool]:
    """SQL condition: that admin of that unit is marked absent on the day."""
    return exists().where(_covers(person_id, unit_id, today))


def away_until(person_id: Any, unit_id: Any, today: Day) -> Any:
    """SQL value: the last day of the absence that covers the day, null when present."""
    return select(func.max(Absence.last_day)).where(_covers(person_id, unit_id, today)).scalar_subquery()


def own(actor: Actor, today: date) -> Sequence[Any]:
    """The actor's absences for the unit they act for that run today or later, earliest first."""
    return db.session.execute(
        select(Absence.uuid, Absence.first_day, Absence.last_day, Absence.note)
        .where(
            Absence.person_id == actor.person_id,
            Absence.unit_id == actor.acts_for,
            Absence.last_day >= today,
            Absence.ended_at.is_(None),
        )
        .order_by(Absence.first_day, Absence.id)
    ).all()
