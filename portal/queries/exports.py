"""Reads what leaves the portal as a list: which rows, in order, then their cells piece by piece.

Order and scope are settled first, as row ids; the cells follow for some ids at a time, so that a list of any
length is read in short transactions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.models import Claim, EvidenceFile, Obligation, Person, PersonYear, Unit
from portal.queries import export_offices as offices
from portal.rules.access import Actor
from portal.rules.amounts import show_hours
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import Approval, Category, Hat, RevocationKind, Status, Subject

STANDINGS, CLAIMS, UNITS, ADMINS = "standings", "claims", "units", "admins"
UNIT_LISTS = (STANDINGS, CLAIMS)  # what a unit's admin may take, of the own unit
REVIEWED = (Status.PENDING, Status.APPROVED, Status.RETURNED, Status.REVOKED)  # drafts are the person's own
MET, SHORT = "met", "short"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One list: `years` oldest first, the last one is the year asked for; "" in a filter means all."""

    what: str
    years: tuple[int, ...]
    unit: str = ""  # a uuid
    status: str = ""  # standings: met or short in the last year; claims: a Status
    phone: bool = False

    @property
    def year(self) -> int:
        """The year the list is about."""
        return self.years[-1]


def scope(actor: Actor | None, wanted: Wanted) -> tuple[int | None, str]:
    """The unit the list is cut to (its id and name), or None and 全校. Nobody is the command line.

    Raises NotFound for an unknown unit, a list that is not the hat's, and hats without exports.
    """
    query = select(Unit.id, Unit.name)
    if actor is not None and actor.hat is Hat.UNIT:
        if wanted.what not in UNIT_LISTS or wanted.unit:
            raise NotFound()
        query = query.where(Unit.id == actor.acts_for)
    elif actor is not None and actor.hat is not Hat.HR:
        raise NotFound()
    elif not wanted.unit:
        return None, "全校"
    else:
        query = query.where(Unit.uuid == UUID(wanted.unit))
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return row.id, row.name


def ids(wanted: Wanted, unit_id: int | None) -> Sequence[int]:
    """The rows of the list, in its order."""
    return db.session.scalars(_ORDERED[wanted.what](wanted, unit_id)).all()


def rows(wanted: Wanted, some: Sequence[int], *, masked: bool) -> Iterator[tuple[Any, ...]]:
    """The cells of these rows, in that order; `masked` hides the middle of phone numbers."""
    cells = _CELLS[wanted.what](wanted, some, masked)
    return (cells[one] for one in some if one in cells)


def unit_by(text: str) -> UUID:
    """The open or closed unit of that name or code. Raises NotFound."""
    found = db.session.scalar(select(Unit.uuid).where((Unit.name == text) | (Unit.code == text)))
    if found is None:
        raise NotFound()
    return found


def units() -> Sequence[Any]:
    """Units to choose from."""
    return db.session.execute(select(Unit.uuid, Unit.name).order_by(Unit.code)).all()


def hidden(phone: str) -> str:
    """A phone number without its middle: 138****5678."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "*" * len(phone)


def _people_ids(wanted: Wanted, unit_id: int | None) -> Select[Any]:
    query = (
        select(Person.id)
        .join(Unit, Unit.id == Person.unit_id)
        .where(Person.disabled_at.is_(None))
        .order_by(Unit.code, Person.username)
    )
    if unit_id is not None:
        query = query.where(Person.unit_id == unit_id)
    if wanted.status:
        met = exists().where(
            PersonYear.person_id == Person.id, PersonYear.year == wanted.year, PersonYear.met.is_(True)
        )
        query = query.where(met if wanted.status == MET else ~met)
    return query


def _people_cells(wanted: Wanted, some: Sequence[int], masked: bool) -> dict[int, tuple[Any, ...]]:
    standing: dict[tuple[int, int], Any] = {
        (row.person_id, row.year): row
        for row in db.session.execute(
            select(
                PersonYear.person_id,
                PersonYear.year,
                PersonYear.public,
                PersonYear.professional,
                PersonYear.met,
            ).where(PersonYear.person_id.in_(some), PersonYear.year.in_(wanted.years))
        )
    }
    owed: dict[int, list[str]] = {}
    for due in db.session.execute(
        select(Obligation.person_id, Obligation.year, Obligation.public, Obligation.professional)
        .where(
            Obligation.person_id.in_(some),
            Obligation.year.in_(wanted.years),
            Obligation.replaced_at.is_(None),
            Obligation.public.is_not(None),
        )
        .order_by(Obligation.year)
    ):
        figures = f"公需 {show_hours(due.public or 0)}、专业 {show_hours(due.professional or 0)}"
        owed.setdefault(due.person_id, []).append(f"{due.year} 年 {figures}")
    found = {}
    for person in db.session.execute(
        select(
            *(Person.id, Person.username, Person.name, Unit.name.label("unit")),
            *(Person.department, Person.title_series, Person.title, Person.phone),
        )
        .join(Unit, Unit.id == Person.unit_id)
        .where(Person.id.in_(some))
    ):
        cells: list[Any] = list(person[1:7])
        years = [standing.get((person.id, year)) for year in wanted.years]
        for row in years:
            public, professional = (row.public, row.professional) if row else (0, 0)
            cells += [public, professional, public + professional, _verdict(row)]
        if len(years) > 1:
            met = sum(1 for row in years if row and row.met)
            cells += [met, "全部达标" if met == len(years) else f"{len(years) - met} 年未达标"]
        cells.append("；".join(owed.get(person.id, ())))
        if wanted.phone:
            cells.append(hidden(person.phone) if masked else person.phone)
        found[person.id] = tuple(cells)
    return found


def _verdict(row: Any) -> str:
    return "达标" if row and row.met else "未达标"


def _claim_ids(wanted: Wanted, unit_id: int | None) -> Select[Any]:
    states = [wanted.status] if wanted.status else [status.value for status in REVIEWED]
    query = (
        select(Claim.id)
        .join(Unit, Unit.id == Claim.unit_id)
        .join(Person, Person.id == Claim.person_id)
        .where(Claim.status.in_(states), Claim.year_from <= wanted.year, Claim.year_to >= wanted.years[0])
        .order_by(Unit.code, Person.username, Claim.submitted_at, Claim.id)
    )
    return query if unit_id is None else query.where(Claim.unit_id == unit_id)


def _claim_cells(wanted: Wanted, some: Sequence[int], _masked: bool) -> dict[int, tuple[Any, ...]]:
    decider, revoker, filer = aliased(Person), aliased(Person), aliased(Person)
    proofs = select(func.count(EvidenceFile.id)).where(EvidenceFile.claim_id == Claim.id).scalar_subquery()
    found = {}
    for row in db.session.execute(
        select(
            *Claim.__table__.columns,
            *(Person.username, Person.name, Person.department, Unit.name.label("unit")),
            *(decider.name.label("decider"), decider.username.label("decider_no")),
            *(revoker.name.label("revoker"), filer.name.label("filer"), proofs.label("proofs")),
        )
        .join(Person, Person.id == Claim.person_id)
        .join(Unit, Unit.id == Claim.unit_id)
        .outerjoin(decider, decider.id == Claim.decider_id)
        .outerjoin(revoker, revoker.id == Claim.revoker_id)
        .outerjoin(filer, filer.id == Claim.filed_by_id)
        .where(Claim.id.in_(some))
    ):
        found[row.id] = (
            *(str(row.uuid), row.username, row.name, row.unit, row.department),
            *(Category(row.category).label, row.kind, Subject(row.subject).label if row.subject else ""),
            *(row.title, row.organizer, row.start_on, row.end_on, row.study_year, row.work_on),
            *(row.author_name, row.rank, row.level, row.owner, row.work_id),
            Approval(row.approval).label if row.approval else "",
            *(row.approval_document, row.proofs, row.filer),
            *(row.quarters, row.approved_quarters),
            Subject(row.approved_subject).label if row.approved_subject else "",
            _credited(row, wanted.years),
            *(Status(row.status).label, row.submitted_at, row.decided_at),
            f"{row.decider}（{row.decider_no}）" if row.decider else "",
            *(row.decision_reason, row.approval_number, row.policy_id),
            *(row.revoked_at, row.revoker),
            RevocationKind(row.revoked_kind).label if row.revoked_kind else "",
            row.revoked_reason,
        )
    return found


def _credited(row: Any, years: Sequence[int]) -> int | None:
    if row.credited is None:
        return None
    return sum(quarters for year, quarters in row.credited.items() if int(year) in years)


_ORDERED = {
    STANDINGS: _people_ids,
    CLAIMS: _claim_ids,
    UNITS: lambda wanted, unit_id: offices.unit_ids(wanted.year, unit_id),
    ADMINS: lambda wanted, unit_id: offices.grant_ids(wanted.year, unit_id),
}
_CELLS = {
    STANDINGS: _people_cells,
    CLAIMS: _claim_cells,
    UNITS: lambda wanted, some, _masked: offices.unit_cells(wanted.year, some),
    ADMINS: lambda wanted, some, _masked: offices.grant_cells(wanted.year, some),
}
