"""Reads the school as a whole for HR: who is met, unit by unit, and what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select

from portal.extensions import db
from portal.models import Claim, Person, PersonYear, Unit
from portal.rules.access import Actor
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import Hat, Status


@dataclass(frozen=True, slots=True)
class School:
    """Figures of one year: a row per unit, and the sums."""

    units: Sequence[Any]  # name, people, met, waiting, oldest

    @property
    def people(self) -> int:
        """Everybody who has the obligation."""
        return sum(row.people for row in self.units)

    @property
    def met(self) -> int:
        """Those whose year is met."""
        return sum(row.met for row in self.units)

    @property
    def waiting(self) -> int:
        """Claims nobody has decided yet."""
        return sum(row.waiting for row in self.units)

    @property
    def oldest(self) -> datetime | None:
        """When the claim that waits longest was sent."""
        return min((row.oldest for row in self.units if row.oldest), default=None)


def school(actor: Actor, year: int) -> School:
    """The school in one year, one statement. Raises NotFound for anybody but HR."""
    if actor.hat is not Hat.HR:
        raise NotFound()
    people = (
        select(
            Person.unit_id,
            func.count(Person.id).label("people"),
            func.count(PersonYear.person_id).label("met"),
        )
        .outerjoin(
            PersonYear,
            and_(PersonYear.person_id == Person.id, PersonYear.year == year, PersonYear.met.is_(True)),
        )
        .where(Person.disabled_at.is_(None))
        .group_by(Person.unit_id)
        .subquery()
    )
    waiting = (
        select(
            Claim.unit_id,
            func.count(Claim.id).label("waiting"),
            func.min(Claim.submitted_at).label("oldest"),
        )
        .where(Claim.status == Status.PENDING.value)
        .group_by(Claim.unit_id)
        .subquery()
    )
    rows = db.session.execute(
        select(
            Unit.uuid,
            Unit.name,
            func.coalesce(people.c.people, 0).label("people"),
            func.coalesce(people.c.met, 0).label("met"),
            func.coalesce(waiting.c.waiting, 0).label("waiting"),
            waiting.c.oldest,
        )
        .outerjoin(people, people.c.unit_id == Unit.id)
        .outerjoin(waiting, waiting.c.unit_id == Unit.id)
        .where(Unit.closed_at.is_(None))
        .order_by(Unit.code)
    ).all()
    return School(rows)
