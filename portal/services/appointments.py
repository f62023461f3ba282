"""Appoints a unit's admins, hands over between them, ends their appointment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import Grant, Login, Person, Unit
from portal.rules.access import Actor
from portal.rules.offices import MOST_ADMINS, most_at_once
from portal.rules.refusals import Conflict, NotFound, NotPermitted, RuleBroken
from portal.rules.vocabulary import Hat, Role
from portal.services import events
from portal.services.messages import tell

OWN_ROLE = "不能任免自己，须由人事处另一位同事办理。"
DAY = timedelta(days=1)


def appoint(
    actor: Actor,
    unit_uuid: UUID,
    *,
    username: str,
    desk_phone: str,
    since: date,
    instead_of: UUID | None,
    now: datetime,
    today: date,
) -> str:
    """Make somebody of the unit its admin from a day on; `instead_of` hands over and ends the day before.

    Returns the name. Raises NotFound, NotPermitted for oneself, Conflict for a closed unit, RuleBroken for
    a stranger, a leaver, somebody of another unit, somebody appointed already, a past day, or a third one
    (notice, part three: 各单位指定1-2名平台管理人员).
    """
    if since < today:
        raise RuleBroken("没有任命。", {"since": ["起始日期不能早于今天。"]})
    with write_tx() as session:
        unit = locked_unit(session, unit_uuid)
        if unit.closed_at is not None:
            raise Conflict(f"{unit.name}已关闭，不能任命平台管理员。")
        person = _candidate(session, actor, unit, username)
        held = _held(session, unit.id, today)
        if any(grant.person_id == person.id for grant in held):
            raise RuleBroken("没有任命。", {"username": [f"{person.name}已是{unit.name}的平台管理员。"]})
        handed = _handed_over(actor, held, instead_of, since)
        _refuse_a_third(unit, held, handed, since)
        if handed is not None:
            _end(session, handed, since - DAY, now=now, today=today)
        session.add(
            Grant(
                person_id=person.id,
                role=Role.UNIT_ADMIN.value,
                unit_id=unit.id,
                desk_phone=desk_phone,
                valid_from=since,
            )
        )
        tell(
            session,
            [person.id],
            "admin-appointed",
            title=f"您自 {since} 起担任{unit.name}平台管理员",
            body="登录时选择“用人单位”身份，即可审核本单位的申报和人员变更。",
            link="/account",
            about=person.uuid,
            now=now,
        )
        if handed is not None:
            _tell_ended(session, handed, unit, since - DAY, now=now)
            events.record(
                session,
                actor,
                "admin-ended",
                "person",
                handed.uuid,
                now=now,
                unit=unit.name,
                until=(since - DAY).isoformat(),
            )
        events.record(
            session,
            actor,
            "admin-appointed",
            "person",
            person.uuid,
            now=now,
            unit=unit.name,
            since=since.isoformat(),
        )
        return str(person.name)


def end(
    actor: Actor,
    unit_uuid: UUID,
    person_uuid: UUID,
    *,
    last_day: date | None,
    now: datetime,
    today: date,
) -> str:
    """End an appointment after `last_day`, or at once, open sessions included. Returns the name.

    Raises NotFound, NotPermitted for oneself, RuleBroken for a past day.
    """
    if last_day is not None and last_day < today:
        raise RuleBroken("最后一天不能早于今天；如需立即结束，请留空。")
    with write_tx() as session:
        unit = locked_unit(session, unit_uuid)
        held = next((g for g in _held(session, unit.id, today) if g.uuid == person_uuid), None)
        if held is None:
            raise NotFound
        if held.person_id == actor.person_id:
            raise NotPermitted(OWN_ROLE)
        until = last_day or today - DAY
        _end(session, held, until, now=now, today=today)
        _tell_ended(session, held, unit, until, now=now)
        events.record(
            session,
            actor,
            "admin-ended",
            "person",
            person_uuid,
            now=now,
            unit=unit.name,
            until=until.isoformat(),
        )
        return str(held.name)


def change_phone(
    actor: Actor, unit_uuid: UUID, person_uuid: UUID, *, desk_phone: str, now: datetime, today: date
) -> str:
    """Another 座机号 of an admin, for the next sheet. Returns the name. Raises NotFound."""
    with write_tx() as session:
        unit = locked_unit(session, unit_uuid)
        held = next((g for g in _held(session, unit.id, today) if g.uuid == person_uuid), None)
        if held is None:
            raise NotFound
        session.execute(update(Grant).where(Grant.id == held.id).values(desk_phone=desk_phone))
        events.record(session, actor, "admin-phone-changed", "person", person_uuid, now=now, unit=unit.name)
        return str(held.name)


def end_all_of_unit(session: Session, unit_id: int, *, now: datetime, today: date) -> None:
    """End every appointment of a unit at once, within the caller's transaction."""
    for grant in _held(session, unit_id, today):
        _end(session, grant, today - DAY, now=now, today=today)


def locked_unit(session: Session, uuid: UUID) -> Any:
    """The unit, held until the commit: two officers cannot both appoint the second admin. Raises NotFound."""
    row = session.execute(
        select(Unit.id, Unit.uuid, Unit.name, Unit.closed_at).where(Unit.uuid == uuid).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def _candidate(session: Session, actor: Actor, unit: Any, username: str) -> Any:
    person = session.execute(
        select(
            Person.id, Person.uuid, Person.name, Person.unit_id, Person.disabled_at, Unit.name.label("home")
        )
        .join(Unit, Unit.id == Person.unit_id)
        .where(Person.username == username)
        .with_for_update(of=Person)
    ).one_or_none()
    fault = ""
    if person is None:
        fault = f"没有工号为 {username} 的人员，请核对。"
    elif person.id == actor.person_id:
        raise NotPermitted(OWN_ROLE)
    elif person.disabled_at is not None:
        fault = f"{person.name}已离职、退休或停用，不能任命。"
    elif person.unit_id != unit.id:
        fault = f"{person.name}是{person.home}的人员，只能任命{unit.name}的人员。"
    if fault:
        raise RuleBroken("没有任命。", {"username": [fault]})
    return person


def _running(today: date) -> Any:
    return (
        select(
            Grant.id,
            Grant.person_id,
            Grant.unit_id,
            Grant.valid_from,
            Grant.valid_until,
            Person.uuid,
            Person.name,
        )
        .join(Person, Person.id == Grant.person_id)
        .where(
            Grant.role == Role.UNIT_ADMIN.value,
            or_(Grant.valid_until.is_(None), Grant.valid_until >= today),
            or_(Grant.valid_until.is_(None), Grant.valid_until >= Grant.valid_from),
        )
        .order_by(Grant.id)
    )


def _held(session: Session, unit_id: int, today: date) -> Sequence[Any]:
    """Appointments of the unit in force today or later."""
    return session.execute(_running(today).where(Grant.unit_id == unit_id)).all()


def _handed_over(actor: Actor, held: Sequence[Any], instead_of: UUID | None, since: date) -> Any:
    if instead_of is None:
        return None
    found = next((grant for grant in held if grant.uuid == instead_of), None)
    if found is None:
        raise RuleBroken("没有任命。", {"instead_of": ["所选的人已不是本单位平台管理员，请刷新后重选。"]})
    if found.person_id == actor.person_id:
        raise NotPermitted(OWN_ROLE)
    if found.valid_until is not None and found.valid_until < since:
        return None  # ends before anyway
    return found


def _refuse_a_third(unit: Any, held: Sequence[Any], handed: Any, since: date) -> None:
    spans = [
        (g.valid_from, since - DAY if handed is not None and g.id == handed.id else g.valid_until)
        for g in held
    ]
    if most_at_once([*spans, (since, None)], since) > MOST_ADMINS:
        names = "、".join(grant.name for grant in held)
        raise RuleBroken(
            "没有任命。",
            {
                "username": [
                    f"{unit.name}已有平台管理员{names}。每个单位指定 1-2 名，"
                    "请先结束其中一位的任职，或选择由谁交接。"
                ]
            },
        )


def _tell_ended(session: Session, grant: Any, unit: Any, until: date, *, now: datetime) -> None:
    tell(
        session,
        [grant.person_id],
        "admin-ended",
        title=f"您担任{unit.name}平台管理员至 {until} 止",
        body="本人的申报、证书和其他身份不受影响。",
        link="/account",
        about=grant.uuid,
        now=now,
    )


def _end(session: Session, grant: Any, until: date, *, now: datetime, today: date) -> None:
    session.execute(update(Grant).where(Grant.id == grant.id).values(valid_until=until))
    if until < today:
        session.execute(
            update(Login)
            .where(
                Login.person_id == grant.person_id,
                Login.hat == Hat.UNIT.value,
                Login.unit_id == grant.unit_id,
                Login.ended_at.is_(None),
            )
            .values(ended_at=now)
        )
