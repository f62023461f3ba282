"""Reads certificates: one's own, all of them for HR, and a single one by its public code."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.models import Certificate, CertificatePrint, Event, Person, PersonYear, Unit
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


def rows() -> Select[Any]:
    """What every reading of certificates selects: the row, its holder, its unit, its neighbours in time."""
    replaced, successor = aliased(Certificate), aliased(Certificate)
    return (
        select(
            *Certificate.__table__.columns,
            PersonYear.met.label("still_met"),
            PersonYear.updated_at.label("standing_at"),
            Person.name.label("holder"),
            Person.username,
            Person.uuid.label("holder_uuid"),
            Unit.name.label("unit_name"),
            Unit.code.label("unit_code"),
            replaced.number.label("replaced_number"),
            replaced.code.label("replaced_code"),
            successor.number.label("successor_number"),
            successor.code.label("successor_code"),
            exists()
            .where(Event.object_uuid == Certificate.uuid, Event.action == "certificate-revoked")
            .label("taken_back"),
        )
        .join(Person, Person.id == Certificate.person_id)
        .join(Unit, Unit.id == Certificate.unit_id)
        .outerjoin(replaced, replaced.id == Certificate.replaces_id)
        .outerjoin(successor, successor.replaces_id == Certificate.id)
        .outerjoin(
            PersonYear,
            and_(PersonYear.person_id == Certificate.person_id, PersonYear.year == Certificate.year),
        )
    )


def as_issued(row: Any) -> Issued:
    """A selected row with its facts; an edited row whose facts are no JSON has none."""
    try:
        facts = json.loads(row.facts)
    except ValueError:
        facts = {}  # an edited row: the signature check says so
    return Issued(row, facts)


def own(actor: Actor) -> list[Issued]:
    """All of the actor's certificates, newest first."""
    found = db.session.execute(
        rows().where(Certificate.person_id == actor.person_id).order_by(Certificate.id.desc())
    )
    return [as_issued(row) for row in found]


def own_of_year(actor: Actor, year: int) -> Issued | None:
    """The actor's latest certificate of a year."""
    row = db.session.execute(
        rows()
        .where(Certificate.person_id == actor.person_id, Certificate.year == year)
        .order_by(Certificate.id.desc())
        .limit(1)
    ).first()
    return as_issued(row) if row else None


def own_one(actor: Actor, uuid: UUID) -> Issued | None:
    """A valid certificate of the actor."""
    row = db.session.execute(
        rows().where(Certificate.person_id == actor.person_id, Certificate.uuid == uuid)
    ).first()
    issued = as_issued(row) if row else None
    return issued if issued is not None and issued.valid else None


def prints_of(certificate_id: int) -> dict[str, str]:
    """Every print recorded of a certificate: SHA-256 -> recipe."""
    found = db.session.execute(
        select(CertificatePrint.sha256, CertificatePrint.recipe).where(
            CertificatePrint.certificate_id == certificate_id
        )
    )
    return {row.sha256: row.recipe for row in found}


def printed_with(recipe: str, ids: Sequence[int]) -> set[int]:
    """Which of these certificates have a print of that recipe."""
    return set(
        db.session.scalars(
            select(CertificatePrint.certificate_id).where(
                CertificatePrint.certificate_id.in_(ids), CertificatePrint.recipe == recipe
            )
        )
    )


def by_print(sha256: str) -> Issued | None:
    """The certificate a PDF with this digest was handed out of."""
    row = db.session.execute(
        rows()
        .join(CertificatePrint, CertificatePrint.certificate_id == Certificate.id)
        .where(CertificatePrint.sha256 == sha256)
    ).first()
    return as_issued(row) if row else None


def assessment_of(
    actor: Actor, policies: PolicySet, *, as_of: date, years: tuple[int, int] | None = None
) -> Assessment:
    """The actor's own approved hours, assessed; `years` (first, last) narrows it."""
    book = ledger(actor.person_id, years=years)
    return assess(policies, book.approved, as_of=as_of, obligations=book.obligations)


def by_code(code: str) -> Issued | None:
    """The certificate somebody holds the paper of."""
    row = db.session.execute(rows().where(Certificate.code == code)).first()
    return as_issued(row) if row else None


def page_for_hr(actor: Actor, *, search: str, before: int | None) -> Sequence[Issued]:
    """Certificates for HR, newest first, PAGE + 1 at most (the extra one tells that there are more)."""
    if actor.hat is not Hat.HR:
        raise NotFound()
    query = rows().order_by(Certificate.id.desc()).limit(PAGE + 1)
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
    return [as_issued(row) for row in db.session.execute(query)]
