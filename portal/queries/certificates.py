"""Reads certificates: one's own, all of them for HR, and a single one by its public code."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select

from portal.extensions import db
from portal.models import Certificate, Person, PersonYear, Unit
from portal.queries.ledger import ledger
from portal.rules.access import Actor
from portal.rules.policy import PolicySet
from portal.rules.refusals import NotFound
from portal.rules.standing import Assessment, assess
from portal.rules.vocabulary import Hat

PAGE = 50


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate as stored, with whether the hours behind it still hold."""

    row: Any
    facts: dict[str, Any]

    @property
    def valid(self) -> bool:
        """Neither revoked, nor short of hours by now."""
        return self.row.revoked_at is None and bool(self.row.still_met)

    @property
    def ended_at(self) -> datetime | None:
        """When it fell."""
        return self.row.revoked_at or (None if self.valid else self.row.standing_at)


def _select() -> Select[Any]:
    return (
        select(
            *Certificate.__table__.columns,
            PersonYear.met.label("still_met"),
            PersonYear.updated_at.label("standing_at"),
            Person.name.label("holder"),
            Person.username,
            Unit.name.label("unit_name"),
        )
        .join(Person, Person.id == Certificate.person_id)
        .join(Unit, Unit.id == Certificate.unit_id)
        .outerjoin(
            PersonYear,
            and_(PersonYear.person_id == Certificate.person_id, PersonYear.year == Certificate.year),
        )
    )


def _issued(row: Any) -> Issued:
    try:
        facts = json.loads(row.facts)
    except ValueError:
        facts = {}  # an edited row: the signature check says so
    return Issued(row, facts)


def own(actor: Actor) -> list[Issued]:
    """All of the actor's certificates, newest first."""
    rows = db.session.execute(
        _select().where(Certificate.person_id == actor.person_id).order_by(Certificate.id.desc())
    )
    return [_issued(row) for row in rows]


def own_of_year(actor: Actor, year: int) -> Issued | None:
    """The actor's latest certificate of a year."""
    row = db.session.execute(
        _select()
        .where(Certificate.person_id == actor.person_id, Certificate.year == year)
        .order_by(Certificate.id.desc())
        .limit(1)
    ).first()
    return _issued(row) if row else None


def assessment_of(
    actor: Actor, policies: PolicySet, *, as_of: date, years: tuple[int, int] | None = None
) -> Assessment:
    """The actor's own approved hours, assessed; `years` (first, last) narrows it."""
    return assess(policies, ledger(actor.person_id, years=years).approved, as_of=as_of)


def by_code(code: str) -> Issued | None:
    """The certificate somebody holds the paper of."""
    row = db.session.execute(_select().where(Certificate.code == code)).first()
    return _issued(row) if row else None


def page_for_hr(actor: Actor, *, search: str, before: int | None) -> Sequence[Issued]:
    """Certificates for HR, newest first, PAGE + 1 at most (the extra one tells that there are more)."""
    if actor.hat is not Hat.HR:
        raise NotFound()
    query = _select().order_by(Certificate.id.desc()).limit(PAGE + 1)
    if before is not None:
        query = query.where(Certificate.id < before)
    if search:
        query = query.where(
            or_(
                Certificate.number == search,
                Person.username == search,
                Person.search_key.contains(search.lower(), autoescape=True),
            )
        )
    return [_issued(row) for row in db.session.execute(query)]
