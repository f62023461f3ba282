"""Reads what a claim may repeat: the same person's claims and courses, and other people's work or file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Date,
    Integer,
    Select,
    String,
    Uuid,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.models import Claim, CourseRecord, EvidenceFile, Person, Unit
from portal.rules.access import Actor
from portal.rules.duplicates import Earlier
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import Category, Evidence, Hat, Status

LONGEST = 400  # a person's own live claims that are compared
OTHERS = 20  # of other people, per way of finding them
LIVE = (Status.PENDING.value, Status.APPROVED.value)
NOBODY = UUID(int=0)
HIDDEN = "其他单位人员"


@dataclass(frozen=True, slots=True)
class Foreign:
    """Another person's claim; who and what it is stays hidden from a reviewer of another unit."""

    earlier: Earlier
    who: str
    visible: bool


@dataclass(frozen=True, slots=True)
class Filed:
    """What a person has filed: `proofs` the kinds of evidence of the claim asked for, `earlier` the rest."""

    proofs: frozenset[Evidence]
    earlier: list[Earlier]


def earlier_of(
    person_id: int,
    *,
    claim: UUID | None,
    days: tuple[date, date] | None,
    hashes: Sequence[str] = (),
    session: Session | None = None,
) -> Filed:
    """The person's live claims, and the courses finished within `days`; `claim` itself apart. One statement.

    `hashes` are files not stored yet; those of `claim` are known. Raises NotFound when not the person's.
    """
    given = _given(person_id, claim, days, hashes)
    rows = (session or db.session).execute(_statement(False), given).all()
    itself = next((row for row in rows if row.uuid == claim), None)
    if claim is not None and itself is None:
        raise NotFound
    proofs = itself.proofs if itself is not None else ""
    return Filed(
        frozenset(Evidence(kind) for kind in (proofs or "").split(",") if kind),
        [_earlier(row) for row in rows if row is not itself],
    )


def seen_by(
    actor: Actor, claim: Any, days: tuple[date, date] | None, *, title: str | None
) -> tuple[list[Earlier], set[UUID], list[Foreign]]:
    """The same for a reviewer's claim, which of it they may open, and what others filed. One statement.

    `claim` is a row with person_id, uuid, work_key and list_uuid; `title` the key other people's titles must
    equal. Claims filed in the same list share its training and its files, so they repeat nothing.
    """
    given = _given(claim.person_id, claim.uuid, days, ())
    given |= {"work": claim.work_key, "name": title, "list": claim.list_uuid or NOBODY}
    own: list[Earlier] = []
    reachable: set[UUID] = set()
    foreign: list[Foreign] = []
    for row in db.session.execute(_statement(True), given):
        if row.uuid == claim.uuid:
            continue
        earlier = _earlier(row)
        known = actor.hat is Hat.HR or row.unit_id == actor.acts_for
        if row.person_id == claim.person_id:
            own.append(earlier)
            reachable.update({earlier.uuid} if known else ())
        else:
            who = f"{row.claimant}（{row.username}，{row.unit_name}）" if known else HIDDEN
            foreign.append(Foreign(earlier, who, known))
    return own, reachable, foreign


def _given(
    person_id: int, claim: UUID | None, days: tuple[date, date] | None, hashes: Sequence[str]
) -> dict[str, Any]:
    first, last = days or (date.min, date.min)
    return {
        "person": person_id,
        "claim": claim or NOBODY,
        "first": first,
        "last": last,
        "hashes": list(hashes),
    }


def _earlier(row: Any) -> Earlier:
    return Earlier(
        uuid=row.uuid,
        category=row.category,
        title=row.title,
        status=row.status,
        quarters=row.quarters,
        years=(row.year_from, row.year_to),
        start=row.start_on,
        end=row.end_on,
        work_key=row.work_key,
        same_file=bool(row.same_file),
    )


@cache
def _statement(others: bool) -> Select[*tuple[Any, ...]]:
    """Built once: building it costs more than running it."""
    person = bindparam("person", type_=Integer)
    me = bindparam("claim", type_=Uuid)
    hashes: BindParameter[str] = bindparam("hashes", expanding=True, type_=String)
    mine = select(EvidenceFile.sha256).join(Claim, Claim.id == EvidenceFile.claim_id).where(Claim.uuid == me)
    same = or_(EvidenceFile.sha256.in_(hashes), EvidenceFile.sha256.in_(mine))
    own = _bounded(
        select(Claim.id).where(Claim.person_id == person, Claim.status.in_(LIVE)).order_by(Claim.id.desc()),
        LONGEST,
    )
    itself = select(Claim.id).where(Claim.uuid == me, Claim.person_id == person)
    ids = union(own, itself, *(_elsewhere(person, same) if others else ()))
    kinds = select(func.aggregate_strings(EvidenceFile.kind, ",")).where(EvidenceFile.claim_id == Claim.id)
    claims = (
        select(
            *(Claim.uuid, Claim.person_id, Claim.unit_id, Claim.category, Claim.title, Claim.status),
            *(Claim.quarters, Claim.year_from, Claim.year_to, Claim.start_on, Claim.end_on, Claim.work_key),
            exists().where(EvidenceFile.claim_id == Claim.id, same).label("same_file"),
            *(Person.name.label("claimant"), Person.username, Unit.name.label("unit_name")),
            case((Claim.uuid == me, kinds.scalar_subquery()), else_=literal("")).label("proofs"),
        )
        .join(Person, Person.id == Claim.person_id)
        .join(Unit, Unit.id == Claim.unit_id)
        .where(Claim.id.in_(ids))
    )
    both = union_all(claims, _courses(person)).subquery()
    return select(both)


def _elsewhere(person: Any, same: Any) -> tuple[Select[*tuple[Any, ...]], ...]:
    """Other people's claims by number, by title and by file, each found through its own index."""
    elsewhere = or_(Claim.list_uuid.is_(None), Claim.list_uuid != bindparam("list", type_=Uuid))
    foreign = (Claim.person_id != person, Claim.status.in_(LIVE), elsewhere)
    by_file = (
        select(EvidenceFile.claim_id.label("id"))
        .join(Claim, Claim.id == EvidenceFile.claim_id)
        .where(same, *foreign)
        .distinct()
    )
    return (
        _bounded(select(Claim.id).where(Claim.work_key == bindparam("work", type_=String), *foreign), OTHERS),
        _bounded(
            select(Claim.id).where(Claim.title_key == bindparam("name", type_=String), *foreign), OTHERS
        ),
        _bounded(by_file, OTHERS),
    )


def _bounded(found: Select[*tuple[Any, ...]], most: int) -> Select[*tuple[Any, ...]]:
    return select(found.limit(most).subquery().c.id)


def _courses(person: Any) -> Select[*tuple[Any, ...]]:
    """Finished courses in the columns of a claim."""
    first, last = bindparam("first", type_=Date), bindparam("last", type_=Date)
    return select(
        CourseRecord.uuid,
        CourseRecord.person_id,
        cast(null(), Integer),
        literal(Category.COURSE.value),
        CourseRecord.title,
        literal(Status.APPROVED.value),
        CourseRecord.quarters,
        CourseRecord.year,
        CourseRecord.year,
        CourseRecord.completed_on,
        CourseRecord.completed_on,
        cast(null(), String),
        literal(False),
        literal(""),
        literal(""),
        literal(""),
        literal(""),
    ).where(CourseRecord.person_id == person, CourseRecord.completed_on.between(first, last))
