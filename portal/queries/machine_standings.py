"""Reads the standings a program asks for: one year, people by 工号, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, select

from portal.extensions import db
from portal.models import Obligation, Person, PersonYear, Unit
from portal.rules.machines import Machine, Scope
from portal.rules.plans import Plan
from portal.rules.policy import PolicySet
from portal.rules.refusals import NotFound, NotPermitted
from portal.rules.totals import StandardMet
from portal.rules.vocabulary import Subject


@dataclass(frozen=True, slots=True)
class PersonStanding:
    """One person's year in quarters; of the categories those that occur."""

    username: str
    name: str
    unit_code: str
    unit_name: str
    subjects: Mapping[str, int]
    categories: Mapping[str, int]
    standards: Sequence[StandardMet]

    @property
    def total(self) -> int:
        """All credited quarters."""
        return sum(self.categories.values())

    @property
    def met(self) -> bool:
        """Whether every standard of the year is met."""
        return all(one.met for one in self.standards)


@dataclass(frozen=True, slots=True)
class Page:
    """Some people by 工号; `more` when others follow the last one."""

    people: Sequence[PersonStanding]
    more: bool


def standings(
    machine: Machine,
    year: int,
    policies: PolicySet,
    *,
    unit: str | None,
    username: str | None,
    after: str | None,
    most: int,
) -> Page:
    """Everybody who has not left, one statement. `unit` is a code, `after` the last 工号 of the page before.

    Raises NotPermitted without the scope, NotFound for a unit that is none or beyond the token's, and
    YearNotCovered when no policy holds for the year.
    """
    if not machine.may(Scope.READ):
        raise NotPermitted("令牌没有所需的权限。")
    plan = Plan(policies.for_year(year))
    query = (
        select(
            *(Person.username, Person.name, Unit.code, Unit.name.label("unit_name")),
            *(PersonYear.public, PersonYear.professional, PersonYear.categories),
            *(Obligation.public.label("owed_public"), Obligation.professional.label("owed_professional")),
        )
        .join(Unit, Unit.id == Person.unit_id)
        .outerjoin(PersonYear, and_(PersonYear.person_id == Person.id, PersonYear.year == year))
        .outerjoin(
            Obligation,
            and_(
                Obligation.person_id == Person.id,
                Obligation.year == year,
                Obligation.replaced_at.is_(None),
            ),
        )
        .where(Person.departure.is_(None))
        .order_by(Person.username)
        .limit(most + 1)
    )
    if machine.unit_id is not None:
        query = query.where(Person.unit_id == machine.unit_id)
    if unit is not None:
        _require_unit(machine, unit)
        query = query.where(Unit.code == unit)
    if username is not None:
        query = query.where(Person.username == username)
    if after is not None:
        query = query.where(Person.username > after)
    rows = db.session.execute(query).all()
    people = [
        PersonStanding(
            username=row.username,
            name=row.name,
            unit_code=row.code,
            unit_name=row.unit_name,
            subjects={
                Subject.PUBLIC.value: row.public or 0,
                Subject.PROFESSIONAL.value: row.professional or 0,
            },
            categories={name: quarters for name, quarters in (row.categories or {}).items() if quarters},
            standards=_standards(
                plan,
                {Subject.PUBLIC: row.public or 0, Subject.PROFESSIONAL: row.professional or 0},
                {Subject.PUBLIC: row.owed_public, Subject.PROFESSIONAL: row.owed_professional},
            ),
        )
        for row in rows[:most]
    ]
    return Page(people, len(rows) > most)


def _standards(
    plan: Plan, have: Mapping[str, int], owed: Mapping[str, int | None]
) -> tuple[StandardMet, ...]:
    found = []
    for subject, label, need, quote in plan.targets:
        other = owed.get(subject)
        changed = other is not None
        found.append(
            StandardMet(
                subject, label, need if other is None else other, have.get(subject, 0), quote, changed
            )
        )
    return tuple(found)


def _require_unit(machine: Machine, code: str) -> None:
    known = select(Unit.id).where(Unit.code == code)
    if machine.unit_id is not None:
        known = known.where(Unit.id == machine.unit_id)
    if db.session.scalar(known) is None:
        raise NotFound("没有这个单位，或不在令牌的范围内。")
