"""Disables and enables accounts; a disabled person's sessions end in the same moment."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import Grant, Person
from portal.queries.logins import holds_today
from portal.rules.access import Actor
from portal.rules.refusals import Conflict, NotFound, NotPermitted
from portal.rules.vocabulary import Role
from portal.services import events, logins


def disable(actor: Actor, uuid: UUID, *, reason: str, now: datetime, today: date) -> str:
    """Let somebody sign in no more, at once; answers the name.

    Raises NotFound, NotPermitted for oneself and for HR officers and auditors (their role is ended by two
    officers first), Conflict when disabled already.
    """
    with write_tx() as session:
        person = _locked(session, uuid)
        if person.id == actor.person_id:
            raise NotPermitted("不能停用自己的账号。")
        held = session.scalars(
            select(Grant.role).where(Grant.person_id == person.id, holds_today(today))
        ).all()
        if {Role.HR.value, Role.AUDITOR.value} & set(held):
            raise NotPermitted(f"{person.name}担任人事处或审计角色，请先由两位人事处人员结束其角色。")
        if person.disabled_at is not None:
            raise Conflict(f"{person.name}的账号已经停用。")
        session.execute(update(Person).where(Person.id == person.id).values(disabled_at=now))
        logins.end_all(session, person.id, now=now)
        events.record(session, actor, "person-disabled", "person", uuid, now=now, reason=reason)
        return str(person.name)


def enable(actor: Actor, uuid: UUID, *, now: datetime) -> str:
    """Let somebody in again, a leaver included (who then has the obligation again); answers the name.

    Raises NotFound, Conflict when the account is enabled.
    """
    with write_tx() as session:
        person = _locked(session, uuid)
        if person.disabled_at is None:
            raise Conflict(f"{person.name}的账号没有停用。")
        session.execute(update(Person).where(Person.id == person.id).values(disabled_at=None, departure=None))
        events.record(session, actor, "person-enabled", "person", uuid, now=now)
        return str(person.name)


def _locked(session: Session, uuid: UUID) -> Any:
    found = session.execute(
        select(Person.id, Person.name, Person.disabled_at)
        .where(Person.uuid == uuid)
        .with_for_update(key_share=True)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found
