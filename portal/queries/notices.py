"""Reads notices for those they are addressed to, and the learning plans that fit a gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)

from portal.extensions import db
from portal.models import Notice, NoticeRead, NoticeUnit, Person
from portal.rules.access import Actor
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import Hat, NoticeKind, NoticeState, Subject

PAGE = 30
MOST_NAMES = 300  # of those who have not read one


@dataclass(frozen=True, slots=True)
class Readership:
    """How many of a unit's people have read the latest edition, and the names of those who have not."""

    people: int
    read: int
    unread: Sequence[Any]


def shown_to(actor: Actor, today: date) -> tuple[ColumnElement[bool], ...]:
    """SQL conditions: the notice is published, its days have come and not passed, and it is for the actor.

    It is for the actor when it is for everybody, for their unit, or for the unit they act for.
    """
    return _shown(sorted({unit for unit in (actor.unit_id, actor.acts_for) if unit}), today)


def _shown(units: Sequence[Any], today: Any) -> tuple[ColumnElement[bool], ...]:
    meant = exists().where(NoticeUnit.notice_id == Notice.id, NoticeUnit.unit_id.in_(units))
    return (
        Notice.state == NoticeState.PUBLISHED.value,
        Notice.first_day <= today,
        or_(Notice.last_day.is_(None), Notice.last_day >= today),
        or_(Notice.everyone, meant),
    )


def has_read(person_id: Any) -> ColumnElement[bool]:
    """SQL condition: that person has read the latest edition."""
    return exists().where(
        NoticeRead.notice_id == Notice.id,
        NoticeRead.person_id == person_id,
        NoticeRead.edition == Notice.edition,
    )


@cache
def unread_query() -> Select[Any]:
    """Count of the notices that `me` of `my_unit`, acting for `acts_for`, has still to read `today`."""
    me, mine, theirs = (bindparam(name, type_=Integer) for name in ("me", "my_unit", "acts_for"))
    shown = _shown([mine, theirs], bindparam("today", type_=Date))
    return select(func.count(Notice.id)).where(*shown, ~has_read(me))


def board(actor: Actor, today: date, *, kind: NoticeKind | None, after: UUID | None) -> Sequence[Any]:
    """One more than a page of what the actor may see, latest first day first, after the row given."""
    query = (
        select(*_columns(actor))
        .where(*shown_to(actor, today))
        .order_by(Notice.first_day.desc(), Notice.id.desc())
        .limit(PAGE + 1)
    )
    if kind:
        query = query.where(Notice.kind == kind.value)
    last = db.session.execute(select(Notice.id, Notice.first_day).where(Notice.uuid == after)).one_or_none()
    if last:
        query = query.where(
            or_(
                Notice.first_day < last.first_day,
                and_(Notice.first_day == last.first_day, Notice.id < last.id),
            )
        )
    return db.session.execute(query).all()


def one(actor: Actor, uuid: UUID, today: date) -> Any:
    """One notice with its text. Raises NotFound when it is not shown to the actor today."""
    row = db.session.execute(
        select(*_columns(actor), Notice.body, Notice.updated_at, Notice.published_at).where(
            *shown_to(actor, today), Notice.uuid == uuid
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def plans(actor: Actor, today: date) -> dict[str, list[Any]]:
    """Subject -> the learning plans for it that are shown to the actor, latest first; one statement."""
    rows = db.session.execute(
        select(Notice.uuid, Notice.title, Notice.subject)
        .where(*shown_to(actor, today), Notice.kind == NoticeKind.PLAN.value)
        .order_by(Notice.first_day.desc(), Notice.id.desc())
    ).all()
    return {subject.value: [row for row in rows if row.subject in ("", subject.value)] for subject in Subject}


def readership(actor: Actor, notice_id: int) -> Readership | None:
    """Who of the unit the actor acts for has read it; None for hats that look after nobody."""
    if actor.hat is not Hat.UNIT or actor.acts_for is None:
        return None
    return of_unit(notice_id, actor.acts_for)


def of_unit(notice_id: int, unit_id: int) -> Readership:
    """Who of a unit has read it; accounts that are disabled do not count."""
    members = (Person.unit_id == unit_id, Person.disabled_at.is_(None))
    edition = select(Notice.edition).where(Notice.id == notice_id).scalar_subquery()
    done = exists().where(
        NoticeRead.notice_id == notice_id, NoticeRead.person_id == Person.id, NoticeRead.edition == edition
    )
    people, read = db.session.execute(
        select(func.count(Person.id), func.count(Person.id).filter(done)).where(*members)
    ).one()
    unread = db.session.execute(
        select(Person.uuid, Person.username, Person.name)
        .where(*members, ~done)
        .order_by(Person.username)
        .limit(MOST_NAMES)
    ).all()
    return Readership(people, read, unread)


def _columns(actor: Actor) -> tuple[Any, ...]:
    return (
        Notice.id,
        Notice.uuid,
        Notice.kind,
        Notice.subject,
        Notice.title,
        Notice.first_day,
        Notice.last_day,
        Notice.edition,
        has_read(actor.person_id).label("read"),
    )
