"""Reads login sessions: who is behind a cookie, in which capacity, and what else they may wear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, Date, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.extensions import db
from portal.models import Attempt, Grant, Login, Person, SecondFactor, Unit
from portal.rules.access import Actor
from portal.rules.vocabulary import Hat, Role

HAT_OF_ROLE = {Role.UNIT_ADMIN: Hat.UNIT, Role.HR: Hat.HR, Role.AUDITOR: Hat.AUDIT}


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live login session and the actor behind it."""

    login_id: int
    created_at: datetime
    confirmed_at: datetime
    actor: Actor
    address: str = ""  # where it was opened, and with which browser
    agent: str = ""
    second_factor: bool = False  # the person's app is asked for when an admin's or officer's hat is put on


def holds_today(today: date | BindParameter[date]) -> Any:
    """SQL condition: the grant is in force on that day."""
    return and_(Grant.valid_from <= today, or_(Grant.valid_until.is_(None), Grant.valid_until >= today))


_ActingUnit = aliased(Unit)
# asked on every request, so built only once
_SIGNED_IN = (
    select(
        Login.id,
        Login.hat,
        Login.created_at,
        Login.confirmed_at,
        Login.address,
        Login.agent,
        SecondFactor.confirmed_at.label("second_factor_at"),
        Login.unit_id.label("acts_for"),
        Person.id.label("person_id"),
        Person.uuid,
        Person.username,
        Person.name,
        Person.unit_id,
        Unit.name.label("unit_name"),
        _ActingUnit.name.label("acts_for_name"),
        Grant.role,
        Grant.unit_id.label("granted_unit"),
    )
    .join(Person, Person.id == Login.person_id)
    .join(Unit, Unit.id == Person.unit_id)
    .outerjoin(_ActingUnit, _ActingUnit.id == Login.unit_id)
    .outerjoin(SecondFactor, SecondFactor.person_id == Person.id)
    .outerjoin(Grant, and_(Grant.person_id == Person.id, holds_today(bindparam("today", type_=Date))))
    .where(
        Login.token_hash == bindparam("token_hash"), Login.ended_at.is_(None), Person.disabled_at.is_(None)
    )
)


_PERSON = (
    select(
        Person.id.label("person_id"),
        Person.uuid,
        Person.username,
        Person.name,
        Person.unit_id,
        Unit.name.label("unit_name"),
        Grant.role,
        Grant.unit_id.label("granted_unit"),
    )
    .join(Unit, Unit.id == Person.unit_id)
    .outerjoin(Grant, and_(Grant.person_id == Person.id, holds_today(bindparam("today", type_=Date))))
    .where(Person.id == bindparam("person_id"), Person.disabled_at.is_(None))
)


def granted_hats(roles: Sequence[str | None]) -> tuple[Hat, ...]:
    """The hats roles give, the person hat first."""
    held = {HAT_OF_ROLE[Role(role)] for role in roles if role}
    return tuple(hat for hat in Hat if hat is Hat.PERSON or hat in held)


def signed_in(token_hash: str, today: date, *, address: str = "") -> SignedIn | None:
    """Who the session belongs to, in one statement; None when it ended, or its hat was taken away.

    Grants are read on every request, so a role that ends takes effect at once.
    """
    rows = db.session.execute(_SIGNED_IN, {"token_hash": token_hash, "today": today}).all()
    if not rows:
        return None
    first = rows[0]
    hat = Hat(first.hat)
    if not _still_granted(hat, first.acts_for, rows):
        return None
    actor = Actor(
        person_id=first.person_id,
        person_uuid=first.uuid,
        username=first.username,
        name=first.name,
        unit_id=first.unit_id,
        unit_name=first.unit_name,
        hat=hat,
        hats=granted_hats([row.role for row in rows]),
        acts_for=first.acts_for,
        acts_for_name=first.acts_for_name or "",
        address=address,
    )
    return SignedIn(
        first.id,
        first.created_at,
        first.confirmed_at,
        actor,
        address=first.address,
        agent=first.agent,
        second_factor=first.second_factor_at is not None,
    )


def actor_of(
    person_id: int, hat: str, acts_for: int | None, today: date, *, address: str = ""
) -> Actor | None:
    """Somebody acting without a session, as in a job of theirs; None when they lost the hat."""
    rows = db.session.execute(_PERSON, {"person_id": person_id, "today": today}).all()
    if not rows or not _still_granted(Hat(hat), acts_for, rows):
        return None
    first = rows[0]
    unit = db.session.scalar(select(Unit.name).where(Unit.id == acts_for)) if acts_for else None
    return Actor(
        person_id=first.person_id,
        person_uuid=first.uuid,
        username=first.username,
        name=first.name,
        unit_id=first.unit_id,
        unit_name=first.unit_name,
        hat=Hat(hat),
        hats=granted_hats([row.role for row in rows]),
        acts_for=acts_for,
        acts_for_name=unit or "",
        address=address,
    )


def _still_granted(hat: Hat, acts_for: int | None, rows: Sequence[Any]) -> bool:
    if hat is Hat.PERSON:
        return True
    return any(
        row.role and HAT_OF_ROLE[Role(row.role)] is hat and row.granted_unit == acts_for for row in rows
    )


def failures_since(
    session: Session, since: datetime, *, username: str, address: str, known_since: datetime
) -> tuple[int, int, int]:
    """Failed sign-ins since then: of the account, from the address, in all.

    Where the person signed in from that address since `known_since`, failures from elsewhere do not count
    against the account, nor those of everybody.
    """
    known = (
        select(Login.id)
        .join(Person, Person.id == Login.person_id)
        .where(Person.username == username, Login.address == address, Login.created_at > known_since)
        .exists()
    )
    row = session.execute(
        select(
            func.count().filter(Attempt.username == username, or_(Attempt.address == address, ~known)),
            func.count().filter(Attempt.address == address),
            func.count().filter(or_(Attempt.address == address, ~known)),
        ).where(Attempt.at > since)
    ).one()
    return row[0], row[1], row[2]
