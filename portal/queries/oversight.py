"""Reads the school as a whole for HR: who is met, nearly or short, unit by unit, in one year and in five."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, select

from portal.extensions import db
from portal.models import Claim, Obligation, Person, PersonYear, Unit
from portal.rules.access import Actor
from portal.rules.amounts import PER_HOUR
from portal.rules.policy import Policy
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import Hat, Status, Subject

NEARLY = 10 * PER_HOUR  # quarters: no more than this missing in both subjects together, one work's hours


@dataclass(frozen=True, slots=True)
class School:
    """Figures of one year: a row per open unit, and the sums."""

    units: Sequence[Any]  # uuid, name, people, met, nearly, waiting, oldest

    @property
    def people(self) -> int:
        """Everybody in service."""
        return sum(row.people for row in self.units)

    @property
    def met(self) -> int:
        """Those whose year is met."""
        return sum(row.met for row in self.units)

    @property
    def nearly(self) -> int:
        """Those not met who miss no more than NEARLY."""
        return sum(row.nearly for row in self.units)

    @property
    def waiting(self) -> int:
        """Claims nobody has decided yet."""
        return sum(row.waiting for row in self.units)

    @property
    def oldest(self) -> datetime | None:
        """When the claim that waits longest was sent."""
        return min((row.oldest for row in self.units if row.oldest), default=None)


@dataclass(frozen=True, slots=True)
class UnitYears:
    """A unit over some years: people today, how many of them met each year, and all of the years."""

    uuid: Any
    name: str
    people: int
    met: Mapping[int, int]
    every: int


def school(actor: Actor, policy: Policy, year: int) -> School:
    """The school in one year, one statement. Raises NotFound for anybody but HR.

    What a person owes is the policy's, or what HR set for them (the obligation that holds).
    """
    only_hr(actor)
    met = func.coalesce(PersonYear.met, False)
    people = (
        select(
            Person.unit_id,
            func.count(Person.id).label("people"),
            func.count(case((met, 1))).label("met"),
            func.count(case((and_(~met, _gap(policy) <= NEARLY), 1))).label("nearly"),
        )
        .outerjoin(PersonYear, and_(PersonYear.person_id == Person.id, PersonYear.year == year))
        .outerjoin(
            Obligation,
            and_(
                Obligation.person_id == Person.id,
                Obligation.year == year,
                Obligation.replaced_at.is_(None),
                Obligation.public.is_not(None),
            ),
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
            func.coalesce(people.c.nearly, 0).label("nearly"),
            func.coalesce(waiting.c.waiting, 0).label("waiting"),
            waiting.c.oldest,
        )
        .outerjoin(people, people.c.unit_id == Unit.id)
        .outerjoin(waiting, waiting.c.unit_id == Unit.id)
        .where(Unit.closed_at.is_(None))
        .order_by(Unit.code)
    ).all()
    return School(rows)


def over_years(actor: Actor, years: Sequence[int]) -> list[UnitYears]:
    """Today's people of each open unit in these years, one statement. Raises NotFound for others than HR."""
    only_hr(actor)
    counts = [
        func.coalesce(func.sum(case((PersonYear.year == year, 1), else_=0)), 0).label(f"met_{year}")
        for year in years
    ]
    of_person = (
        select(PersonYear.person_id, *counts, func.count().label("done"))
        .where(PersonYear.met.is_(True), PersonYear.year.in_(years))
        .group_by(PersonYear.person_id)
        .subquery()
    )
    rows = db.session.execute(
        select(
            Unit.uuid,
            Unit.name,
            func.count(Person.id).label("people"),
            *(func.sum(of_person.c[f"met_{year}"]).label(f"met_{year}") for year in years),
            func.count(case((of_person.c.done == len(years), 1))).label("every"),
        )
        .outerjoin(Person, and_(Person.unit_id == Unit.id, Person.disabled_at.is_(None)))
        .outerjoin(of_person, of_person.c.person_id == Person.id)
        .where(Unit.closed_at.is_(None))
        .group_by(Unit.id, Unit.uuid, Unit.name, Unit.code)
        .order_by(Unit.code)
    ).mappings()
    return [
        UnitYears(
            row["uuid"],
            row["name"],
            row["people"],
            {year: int(row[f"met_{year}"] or 0) for year in years},
            row["every"],
        )
        for row in rows
    ]


def only_hr(actor: Actor) -> None:
    """Raises NotFound for every other hat."""
    if actor.hat is not Hat.HR:
        raise NotFound()


def _gap(policy: Policy) -> Any:
    """SQL value: quarters missing in both subjects together."""
    total: Any = 0
    for subject, owed, done in (
        (Subject.PUBLIC, Obligation.public, PersonYear.public),
        (Subject.PROFESSIONAL, Obligation.professional, PersonYear.professional),
    ):
        left = func.coalesce(owed, policy.standard(subject).quarters) - func.coalesce(done, 0)
        total = total + case((left > 0, left), else_=0)
    return total
