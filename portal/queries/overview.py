"""Reads how far the people of one unit are in a year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, func, or_, select

from portal.extensions import db
from portal.models import Claim, Obligation, Person, PersonYear, Unit
from portal.rules.access import Actor
from portal.rules.policy import Policy
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import Hat, ObligationKind, Status, Subject

LONGEST = 500  # rows of one page; larger units narrow it by the filter


@dataclass(frozen=True, slots=True)
class Line:
    """One person: quarters in each subject, how many are missing, and how many wait to be decided."""

    person: Any
    pending: int
    public: int
    professional: int
    public_short: int
    professional_short: int
    met: bool
    owes: str  # why HR set other figures for the person; "" where the notice's hold


@dataclass(frozen=True, slots=True)
class Overview:
    """A unit in a year: which, the people who match, and how many there are and are met in all."""

    unit: str
    uuid: UUID
    unit_id: int
    lines: Sequence[Line]
    people: int
    met: int

    @property
    def cut(self) -> bool:
        """Whether people were left out."""
        return len(self.lines) == LONGEST


def overview(
    actor: Actor,
    policy: Policy,
    year: int,
    *,
    unit: UUID | None,
    only: str = "",
    search: str = "",
    sort: str = "",
    longest: int | None = LONGEST,
) -> Overview:
    """The unit's people, those short first; `only` is "short", "met" or empty.

    `search` is a name, pinyin or 工号; `sort` is "name", "gap" (most missing first), "pending" or empty.
    A unit's admin always sees the unit acted for. Raises NotFound for an unknown unit and other hats.
    """
    chosen = _unit(actor, unit)
    standing = and_(PersonYear.person_id == Person.id, PersonYear.year == year)
    met = func.coalesce(PersonYear.met, False)
    here = (Person.unit_id == chosen.id, Person.disabled_at.is_(None))
    people, done = db.session.execute(
        select(func.count(Person.id), func.count(case((met, 1)))).outerjoin(PersonYear, standing).where(*here)
    ).one()
    need = {subject: policy.standard(subject).quarters for subject in (Subject.PUBLIC, Subject.PROFESSIONAL)}
    pending = func.coalesce(
        select(func.sum(Claim.quarters))
        .where(
            Claim.person_id == Person.id,
            Claim.status == Status.PENDING.value,
            Claim.year_from <= year,
            Claim.year_to >= year,
        )
        .scalar_subquery(),
        0,
    )
    orders: dict[str, tuple[Any, ...]] = {
        "name": (func.substr(Person.search_key, func.length(Person.name) + 2),),  # pinyin follows the name
        "gap": (_gap(need).desc(),),
        "pending": (pending.desc(),),
    }
    query = (
        select(
            Person.id,
            Person.uuid,
            Person.name,
            Person.username,
            Person.department,
            func.coalesce(PersonYear.public, 0).label("public"),
            func.coalesce(PersonYear.professional, 0).label("professional"),
            met.label("met"),
            pending.label("pending"),
            Obligation.public.label("owes_public"),
            Obligation.professional.label("owes_professional"),
            Obligation.kind.label("owes_kind"),
            Obligation.reason.label("owes_reason"),
        )
        .outerjoin(PersonYear, standing)
        .outerjoin(
            Obligation,
            and_(
                Obligation.person_id == Person.id,
                Obligation.year == year,
                Obligation.replaced_at.is_(None),
                Obligation.public.is_not(None),
            ),
        )
        .where(*here)
        .order_by(*orders.get(sort, (met,)), Person.username)
        .limit(longest)
    )
    if only:
        query = query.where(met if only == "met" else ~met)
    if search:
        query = query.where(
            or_(
                Person.search_key.contains(search.replace(" ", "").lower(), autoescape=True),
                Person.username.startswith(search, autoescape=True),
            )
        )
    found = [_line(row, need) for row in db.session.execute(query)]
    return Overview(chosen.name, chosen.uuid, chosen.id, found, people, done)


def _gap(need: dict[Subject, int]) -> Any:
    """SQL value: quarters missing in both subjects together, as `_line` counts them."""

    def short(owed: Any, standard: int, done: Any) -> Any:
        left = func.coalesce(owed, standard) - func.coalesce(done, 0)
        return case((left > 0, left), else_=0)

    return short(Obligation.public, need[Subject.PUBLIC], PersonYear.public) + short(
        Obligation.professional, need[Subject.PROFESSIONAL], PersonYear.professional
    )


def _line(row: Any, need: dict[Subject, int]) -> Line:
    owes_public = need[Subject.PUBLIC] if row.owes_public is None else row.owes_public
    owes_professional = need[Subject.PROFESSIONAL] if row.owes_professional is None else row.owes_professional
    return Line(
        person=row,
        pending=row.pending,
        public=row.public,
        professional=row.professional,
        public_short=max(owes_public - row.public, 0),
        professional_short=max(owes_professional - row.professional, 0),
        met=bool(row.met),
        owes=f"{ObligationKind(row.owes_kind).label}：{row.owes_reason}" if row.owes_kind else "",
    )


def _unit(actor: Actor, unit: UUID | None) -> Any:
    query = select(Unit.id, Unit.uuid, Unit.name).where(Unit.closed_at.is_(None)).order_by(Unit.code)
    if actor.hat is Hat.UNIT:
        query = query.where(Unit.id == actor.acts_for)
    elif actor.hat is not Hat.HR:
        raise NotFound()
    elif unit is not None:
        query = query.where(Unit.uuid == unit)
    found = db.session.execute(query.limit(1)).one_or_none()
    if found is None:
        raise NotFound()
    return found
