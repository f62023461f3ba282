"""Marks a unit admin absent for some days, and back."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, update

from portal.database import write_tx
from portal.models import Absence
from portal.rules.access import Actor
from portal.rules.refusals import Conflict, NotFound, NotPermitted, RuleBroken
from portal.services import events

LONGEST = 366  # days; whoever is away longer hands the post over


def mark(actor: Actor, *, first_day: date, last_day: date, note: str, now: datetime, today: date) -> None:
    """The actor cannot act for their unit on these days, both included. Raises RuleBroken."""
    unit_id = _unit_of(actor)
    faults: dict[str, list[str]] = {}
    if last_day < first_day:
        faults["last_day"] = ["结束日期不能早于开始日期。"]
    elif last_day < today:
        faults["last_day"] = ["结束日期不能早于今天。"]
    elif (last_day - first_day).days >= LONGEST:
        faults["last_day"] = ["请假最长一年；时间更长的，请联系人事处办理交接。"]
    if faults:
        raise RuleBroken("没有保存。", faults)
    with write_tx() as session:
        clash = session.execute(
            select(Absence.first_day, Absence.last_day).where(
                Absence.person_id == actor.person_id,
                Absence.unit_id == unit_id,
                Absence.ended_at.is_(None),
                Absence.first_day <= last_day,
                Absence.last_day >= first_day,
            )
        ).first()
        if clash is not None:
            raise RuleBroken(
                "没有保存。",
                {"first_day": [f"与已登记的 {clash.first_day} 至 {clash.last_day} 重叠，请先结束那一次。"]},
            )
        made = Absence(
            person_id=actor.person_id,
            unit_id=unit_id,
            first_day=first_day,
            last_day=last_day,
            note=note,
            created_at=now,
        )
        session.add(made)
        session.flush()
        events.record(
            session,
            actor,
            "absence-marked",
            "absence",
            made.uuid,
            now=now,
            first=first_day.isoformat(),
            last=last_day.isoformat(),
        )


def end(actor: Actor, uuid: UUID, *, now: datetime) -> None:
    """The actor is back, or never left. Raises NotFound for anybody else's, Conflict when it has ended."""
    with write_tx() as session:
        row = session.execute(
            select(Absence.id, Absence.ended_at)
            .where(
                Absence.uuid == uuid,
                Absence.person_id == actor.person_id,
                Absence.unit_id == actor.acts_for,
            )
            .with_for_update()
        ).one_or_none()
        if row is None:
            raise NotFound
        if row.ended_at is not None:
            raise Conflict("这次请假已经结束。")
        session.execute(update(Absence).where(Absence.id == row.id).values(ended_at=now))
        events.record(session, actor, "absence-ended", "absence", uuid, now=now)


def _unit_of(actor: Actor) -> int:
    if actor.acts_for is None:
        raise NotPermitted("只有平台管理员需要登记请假。")
    return actor.acts_for
