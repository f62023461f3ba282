"""Reads registrations, changes and transfers: the reviewer's queue, one's own, an applicant's progress."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, exists, false, func, or_, select, true, tuple_
from sqlalchemy.orm import aliased

from portal.database import knows_lateral
from portal.extensions import db
from portal.models import Event, Grant, Person, PersonRequest, Unit
from portal.queries.logins import holds_today
from portal.queries.review import COUNTED, Waiting, scope_values
from portal.queries.review_queue import page_key
from portal.queries.reviewers import Way, has_reviewer, stranded
from portal.rules.access import Actor, may_decide
from portal.rules.records import Difference, differences
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import Hat, RequestKind, Role, Status

PAGE = 25

_Decider, _Holder, _Twin, _From = aliased(Person), aliased(Person), aliased(PersonRequest), aliased(Unit)
_reviewable = has_reviewer(
    SimpleNamespace(unit_id=PersonRequest.unit_id, person_id=func.coalesce(PersonRequest.person_id, 0))
)
_taken = exists().where(
    PersonRequest.kind == RequestKind.REGISTRATION.value,
    PersonRequest.status == Status.PENDING.value,
    _Holder.username == PersonRequest.username,
)
_doubled = exists().where(
    PersonRequest.kind == RequestKind.REGISTRATION.value,
    _Twin.kind == RequestKind.REGISTRATION.value,
    _Twin.status == Status.PENDING.value,
    _Twin.username == PersonRequest.username,
    _Twin.id != PersonRequest.id,
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reviewer asked for; `everywhere` is HR's choice to see more than what needs HR."""

    status: Status = Status.PENDING
    kind: RequestKind | None = None
    everywhere: bool = False
    search: str = ""
    after: tuple[datetime, int] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One request as a line of the queue."""

    request: Any
    name: str
    lines: Sequence[Difference]
    mine: bool
    decidable: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the queue; `after` is the key of its last row when there are more."""

    rows: Sequence[Row]
    after: str
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class Opened:
    """One request with what its reviewer needs besides the line."""

    row: Row
    history: Sequence[Any]
    acts_for: str  # the unit the person is an admin of, "" when of none


def queue(actor: Actor, filters: Filters, *, today: date) -> Page:
    """A page of the requests the actor may see, oldest first while pending, newest first once decided."""
    pending = filters.status is Status.PENDING
    query = _rows(actor).where(PersonRequest.status == filters.status.value)
    if filters.kind is not None:
        query = query.where(PersonRequest.kind == filters.kind.value)
    if filters.search:
        query = query.where(_named(filters.search))
    if actor.hat is Hat.HR and pending and not filters.everywhere:
        query = query.where(~_reviewable)
    key = tuple_(PersonRequest.submitted_at, PersonRequest.id)
    if filters.after is not None:
        query = query.where(key > filters.after if pending else key < filters.after)
    order = (PersonRequest.submitted_at, PersonRequest.id)
    query = query.order_by(*(order if pending else (column.desc() for column in order))).limit(PAGE + 1)
    found = db.session.execute(query, {"today": today}).all()
    shown = found[:PAGE]
    return Page(
        rows=[_row(actor, one) for one in shown],
        after=page_key(shown[-1]) if len(found) > PAGE else "",
        waiting=waiting(actor, today),
    )


def waiting(actor: Actor, today: date) -> Waiting:
    """What waits for the actor: pending, in scope, not their own; for HR only what nobody else can decide."""
    query = waiting_query(actor.hat, lateral=knows_lateral())
    count, oldest = db.session.execute(query, scope_values(actor, today)).one()
    return Waiting(count, oldest)


@cache
def waiting_query(hat: Hat, *, lateral: bool) -> Select[*tuple[Any, ...]]:
    """Count (just beyond COUNTED at most) and earliest sending of what waits; asked with `scope_values`."""

    def where(request: Any) -> tuple[ColumnElement[bool], ...]:
        mine = func.coalesce(request.person_id, 0) == bindparam("me")
        return request.status == Status.PENDING.value, ~mine

    if hat is Hat.HR:
        way = Way(COUNTED + 1, ("id", "submitted_at"), newest=False, lateral=lateral)
        found = stranded(PersonRequest, where, way)
    else:
        in_scope = PersonRequest.unit_id == bindparam("acts_for") if hat is Hat.UNIT else false()
        keys = (PersonRequest.submitted_at, PersonRequest.id)
        query = select(*reversed(keys)).where(*where(PersonRequest), in_scope)
        found = query.order_by(*keys).limit(COUNTED + 1).subquery()
    return select(func.count(), func.min(found.c.submitted_at)).select_from(found)


def opened(actor: Actor, uuid: UUID, *, today: date) -> Opened:
    """One request with its history. Raises NotFound out of the actor's scope."""
    query = (
        _rows(actor)
        .add_columns(
            select(func.min(Unit.name))
            .join(Grant, Grant.unit_id == Unit.id)
            .where(
                Grant.person_id == PersonRequest.person_id,
                Grant.role == Role.UNIT_ADMIN.value,
                holds_today(today),
            )
            .scalar_subquery()
            .label("acts_for")
        )
        .where(PersonRequest.uuid == uuid)
    )
    found = db.session.execute(query, {"today": today}).one_or_none()
    if found is None:
        raise NotFound()
    return Opened(_row(actor, found), history(uuid), found.acts_for or "")


def history(uuid: UUID) -> Sequence[Any]:
    """The events about a request, oldest first."""
    return db.session.execute(
        select(Event.at, Event.action, Event.reason, Event.actor_hat, Person.name)
        .outerjoin(Person, Person.id == Event.actor_id)
        .where(Event.object_uuid == uuid)
        .order_by(Event.id)
    ).all()


def by_code(code_hash: str, *, today: date) -> Any:
    """The registration behind a progress code, with its unit and decider; None when there is none."""
    return db.session.execute(
        select(
            PersonRequest.uuid,
            PersonRequest.username,
            PersonRequest.after,
            PersonRequest.status,
            PersonRequest.submitted_at,
            PersonRequest.decided_at,
            PersonRequest.reason,
            Unit.name.label("unit_name"),
            _reviewable.label("has_reviewer"),
        )
        .join(Unit, Unit.id == PersonRequest.unit_id)
        .where(PersonRequest.code_hash == code_hash),
        {"today": today},
    ).one_or_none()


def record(actor: Actor) -> Any:
    """The actor's own record, with its unit."""
    return db.session.execute(
        select(
            Person.username,
            Person.name,
            Person.department,
            Person.title_series,
            Person.title,
            Person.phone,
            Unit.uuid.label("unit_uuid"),
            Unit.name.label("unit_name"),
        )
        .join(Unit, Unit.id == Person.unit_id)
        .where(Person.id == actor.person_id)
    ).one()


def own(actor: Actor, *, today: date) -> Sequence[Any]:
    """The actor's own requests, newest first, each with its lines of before and after."""
    found = db.session.execute(
        select(
            PersonRequest.uuid,
            PersonRequest.kind,
            PersonRequest.before,
            PersonRequest.after,
            PersonRequest.status,
            PersonRequest.submitted_at,
            PersonRequest.decided_at,
            PersonRequest.reason,
            Unit.name.label("unit_name"),
            _Decider.name.label("decider"),
            _reviewable.label("has_reviewer"),
        )
        .join(Unit, Unit.id == PersonRequest.unit_id)
        .outerjoin(_Decider, _Decider.id == PersonRequest.decider_id)
        .where(PersonRequest.person_id == actor.person_id)
        .order_by(PersonRequest.id.desc()),
        {"today": today},
    ).all()
    return [SimpleNamespace(**one._mapping, lines=differences(one.before, one.after)) for one in found]


def open_units() -> Sequence[Any]:
    """The units one can belong to, by name and uuid."""
    return db.session.execute(
        select(Unit.uuid, Unit.name).where(Unit.closed_at.is_(None)).order_by(Unit.code)
    ).all()


def _rows(actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(
            PersonRequest.id,
            PersonRequest.uuid,
            PersonRequest.kind,
            PersonRequest.unit_id,
            PersonRequest.person_id,
            PersonRequest.username,
            PersonRequest.before,
            PersonRequest.after,
            PersonRequest.status,
            PersonRequest.version,
            PersonRequest.submitted_at,
            PersonRequest.decided_at,
            PersonRequest.reason,
            Person.name.label("current_name"),
            Unit.name.label("unit_name"),
            _From.name.label("from_unit"),
            _Decider.name.label("decider"),
            _reviewable.label("has_reviewer"),
            _taken.label("taken"),
            _doubled.label("doubled"),
        )
        .join(Unit, Unit.id == PersonRequest.unit_id)
        .outerjoin(Person, Person.id == PersonRequest.person_id)
        .outerjoin(_From, _From.id == PersonRequest.from_unit_id)
        .outerjoin(_Decider, _Decider.id == PersonRequest.decider_id)
        .where(_in_scope(actor))
    )


def _named(search: str) -> ColumnElement[bool]:
    """工号 from its beginning, part of a name or pinyin; an applicant without account has no pinyin yet."""
    name = search.replace(" ", "")
    return or_(
        PersonRequest.username.startswith(search, autoescape=True),
        PersonRequest.after["name"].as_string().contains(name, autoescape=True),
        Person.search_key.contains(name.lower(), autoescape=True),
    )


def _in_scope(actor: Actor) -> ColumnElement[bool]:
    if actor.hat is Hat.HR:
        return true()
    return PersonRequest.unit_id == actor.acts_for if actor.hat is Hat.UNIT else false()


def _row(actor: Actor, request: Any) -> Row:
    mine = request.person_id == actor.person_id
    decidable = request.status == Status.PENDING and may_decide(
        actor, claimant_id=request.person_id or 0, unit_id=request.unit_id
    )
    return Row(
        request,
        request.current_name or request.after["name"],
        differences(request.before, request.after),
        mine,
        decidable,
    )
