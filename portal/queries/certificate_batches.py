"""Reads who belongs into a batch of certificates, and which of the printed ones still stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select

from portal.extensions import db
from portal.models import Certificate, Job, Person, PersonYear, Unit
from portal.queries import certificates
from portal.rules.access import Actor
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import Hat

SHOWN = 10
TOGETHER = 500  # uuids a statement takes


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody of the chosen units, whether the year is met, and the valid certificate if there is one."""

    person_id: int
    username: str
    name: str
    unit: str
    met: bool
    issued: bool


def unit_of(actor: Actor | None, text: str) -> tuple[UUID, str]:
    """A unit by uuid, code or name. Raises NotFound."""
    if actor is not None and actor.hat is not Hat.HR:
        raise NotFound()
    query = select(Unit.uuid, Unit.name)
    try:
        query = query.where(Unit.uuid == UUID(text))
    except ValueError:
        query = query.where(or_(Unit.code == text, Unit.name == text))
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return row.uuid, row.name


def units(actor: Actor) -> Sequence[tuple[UUID, str]]:
    """Every unit as (uuid, name), for HR to choose from."""
    if actor.hat is not Hat.HR:
        raise NotFound()
    rows = db.session.execute(select(Unit.uuid, Unit.name).order_by(Unit.code))
    return [(row.uuid, row.name) for row in rows]


def recent(actor: Actor) -> Sequence[Any]:
    """The latest batches as jobs, newest first."""
    if actor.hat is not Hat.HR:
        raise NotFound()
    return db.session.execute(
        select(*Job.__table__.columns, Person.name.label("owner"))
        .outerjoin(Person, Person.id == Job.owner_id)
        .where(Job.kind == "certificates")
        .order_by(Job.id.desc())
        .limit(SHOWN)
    ).all()


def people(year: int, unit: UUID | None) -> list[Listed]:
    """Everybody with an account or a valid certificate of the year, unit by unit, then by 工号."""
    query = (
        select(
            Person.id,
            Person.username,
            Person.name,
            Unit.name.label("unit"),
            PersonYear.met,
            Certificate.id.label("certificate"),
        )
        .join(Unit, Unit.id == Person.unit_id)
        .outerjoin(PersonYear, and_(PersonYear.person_id == Person.id, PersonYear.year == year))
        .outerjoin(
            Certificate,
            and_(
                Certificate.person_id == Person.id,
                Certificate.year == year,
                Certificate.revoked_at.is_(None),
            ),
        )
        .where(or_(Person.disabled_at.is_(None), Certificate.id.is_not(None)))
        .order_by(Unit.code, Person.username)
    )
    if unit is not None:
        query = query.where(Unit.uuid == unit)
    return [
        Listed(row.id, row.username, row.name, row.unit, bool(row.met), row.certificate is not None)
        for row in db.session.execute(query)
    ]


def valid_of(person_ids: Sequence[int], year: int) -> dict[int, certificates.Issued]:
    """The valid certificates of these people: person id -> certificate."""
    rows = db.session.execute(
        certificates.rows().where(
            Certificate.person_id.in_(person_ids),
            Certificate.year == year,
            Certificate.revoked_at.is_(None),
        )
    )
    found: dict[int, Any] = {row.person_id: certificates.as_issued(row) for row in rows}
    return {person: issued for person, issued in found.items() if issued.valid}


def standing(uuids: Sequence[UUID]) -> set[UUID]:
    """Those of these certificates that have not been revoked."""
    found: set[UUID] = set()
    for start in range(0, len(uuids), TOGETHER):
        found.update(
            db.session.scalars(
                select(Certificate.uuid).where(
                    Certificate.uuid.in_(uuids[start : start + TOGETHER]), Certificate.revoked_at.is_(None)
                )
            )
        )
    return found
