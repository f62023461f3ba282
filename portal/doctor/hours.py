"""Hours on record against hours computed anew, and decisions against the log that must tell of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Select, exists, func, select

from portal.doctor.findings import Findings
from portal.extensions import db
from portal.models import Claim, Event, EvidenceFile, Person, PersonYear
from portal.queries.ledger import Ledger, ledgers
from portal.rules.amounts import show_hours
from portal.rules.policy import PolicySet
from portal.rules.standing import Assessment, assess
from portal.rules.vocabulary import Status, Subject
from portal.services.standings import credited_of

if TYPE_CHECKING:
    from portal.doctor import Patient

_PEOPLE_AT_ONCE = 500
_TOLD = {
    Status.APPROVED: "claim-approved",
    Status.RETURNED: "claim-returned",
    Status.REVOKED: "claim-revoked",
}


def standings(patient: Patient) -> Findings:
    """Every stored hour, of each claim and of each year, equals a computation from the claims alone."""
    found = Findings("学时重算")
    for people in _people():
        books = ledgers([person.id for person in people])
        claims, years = _stored([person.id for person in people])
        for person in people:
            _compare(
                found,
                person,
                _assessed(patient.policies, books.get(person.id) or Ledger()),
                claims.get(person.id, []),
                years.get(person.id, {}),
            )
    return found


def decisions(_patient: Patient) -> Findings:
    """A decided claim has its event, a revoked one counts nothing, a pending one has its evidence."""
    found = Findings("审核记录")
    for status, action in _TOLD.items():
        silent = _claims(status).where(
            ~exists().where(Event.object_uuid == Claim.uuid, Event.action == action)
        )
        for claim in db.session.execute(silent):
            found.problem(f"申报“{claim.title}”（{claim.uuid}）是{status.label}，但操作日志没有记录")
    bare = _claims(Status.PENDING).where(~exists().where(EvidenceFile.claim_id == Claim.id))
    for claim in db.session.execute(bare):
        found.problem(f"待审核的申报“{claim.title}”（{claim.uuid}）没有任何证明材料")
    for claim in db.session.execute(_claims(Status.REVOKED).add_columns(Claim.credited)):
        if any((claim.credited or {}).values()):
            found.problem(f"已撤销的申报“{claim.title}”（{claim.uuid}）仍计有学时")
    found.looked_at = db.session.scalar(select(func.count(Claim.id))) or 0
    return found


def _claims(status: Status) -> Select[UUID, str]:
    return select(Claim.uuid, Claim.title).where(Claim.status == status.value)


def _people() -> Iterator[Sequence[Any]]:
    last = 0
    while True:
        people = db.session.execute(
            select(Person.id, Person.username, Person.name)
            .where(Person.id > last)
            .order_by(Person.id)
            .limit(_PEOPLE_AT_ONCE)
        ).all()
        if not people:
            return
        yield people
        last = people[-1].id


def _stored(ids: Sequence[int]) -> tuple[dict[int, list[Any]], dict[int, dict[int, Any]]]:
    claims: dict[int, list[Any]] = {}
    for claim in db.session.execute(
        select(Claim.uuid, Claim.person_id, Claim.title, Claim.credited).where(
            Claim.person_id.in_(ids), Claim.status == Status.APPROVED.value
        )
    ):
        claims.setdefault(claim.person_id, []).append(claim)
    years: dict[int, dict[int, Any]] = {}
    for row in db.session.execute(
        select(
            PersonYear.person_id,
            PersonYear.year,
            PersonYear.public,
            PersonYear.professional,
            PersonYear.categories,
            PersonYear.met,
        ).where(PersonYear.person_id.in_(ids))
    ):
        years.setdefault(row.person_id, {})[row.year] = row
    return claims, years


def _assessed(policies: PolicySet, book: Ledger) -> Assessment:
    return assess(policies, book.approved, as_of=None, obligations=book.obligations)


def _compare(
    found: Findings, person: Any, fresh: Assessment, claims: Sequence[Any], years: dict[int, Any]
) -> None:
    who = f"{person.name}（{person.username}）"
    for claim in claims:
        found.looked_at += 1
        wanted = {year: amount for year, amount in credited_of(fresh, str(claim.uuid)).items() if amount}
        if {year: amount for year, amount in (claim.credited or {}).items() if amount} != wanted:
            found.problem(
                f"{who}的申报“{claim.title}”应计入 {_told(wanted)}，记录为 {_told(claim.credited or {})}"
            )
    for year in sorted({*years, *fresh.years}):
        found.looked_at += 1
        computed, stored = _year(fresh, year), years.get(year)
        kept = stored and (
            stored.public,
            stored.professional,
            {name: amount for name, amount in stored.categories.items() if amount},
            stored.met,
        )
        if kept != computed and (kept or any(computed)):
            found.problem(f"{who} {year} 年度完成情况与重算结果不一致")


def _year(fresh: Assessment, year: int) -> tuple[int, int, dict[str, int], bool]:
    standing = fresh.years.get(year)
    if standing is None:
        return 0, 0, {}, False
    return (
        standing.subjects.get(Subject.PUBLIC.value, 0),
        standing.subjects.get(Subject.PROFESSIONAL.value, 0),
        {name: amount for name, amount in standing.categories.items() if amount},
        bool(standing.met),
    )


def _told(credited: dict[str, int]) -> str:
    return "、".join(f"{year} 年 {show_hours(amount)}" for year, amount in sorted(credited.items())) or "0"
