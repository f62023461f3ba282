"""Keeps units: added, renamed, closed, reopened; and the annex papers they hand in."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime
from itertools import chain, count
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import AnnexDeadline, AnnexPaper, Person, Unit
from portal.rules.access import Actor
from portal.rules.refusals import Conflict, RuleBroken
from portal.services import appointments, events
from portal.services.names import initials


def add(actor: Actor, *, name: str, code: str, now: datetime) -> UUID:
    """A new unit. Raises RuleBroken when name or code is taken."""
    with write_tx() as session:
        made = add_within(session, name=name, code=code)
        events.record(session, actor, "unit-added", "unit", made.uuid, now=now, name=name, code=code)
        return made.uuid


def add_within(session: Session, *, name: str, code: str) -> Unit:
    """A new unit within the caller's transaction. Raises RuleBroken when name or code is taken."""
    taken = session.execute(select(Unit.name, Unit.code).where(or_(Unit.name == name, Unit.code == code)))
    faults: dict[str, list[str]] = {}
    for other in taken:
        if other.name == name:
            faults["name"] = [f"已有名为“{name}”的单位。"]
        if other.code == code:
            faults["code"] = [f"代码 {code} 已用于“{other.name}”，请换一个。"]
    if faults:
        raise RuleBroken("单位没有新增。", faults)
    made = Unit(name=name, code=code)
    session.add(made)
    session.flush()
    return made


def rename(actor: Actor, uuid: UUID, *, name: str, now: datetime) -> None:
    """Another name; certificates already issued keep the old one. Raises NotFound, RuleBroken."""
    with write_tx() as session:
        unit = appointments.locked_unit(session, uuid)
        if session.scalar(select(Unit.id).where(Unit.name == name, Unit.id != unit.id)):
            raise RuleBroken("名称没有修改。", {"name": [f"已有名为“{name}”的单位。"]})
        if name == unit.name:
            return
        session.execute(update(Unit).where(Unit.id == unit.id).values(name=name))
        events.record(session, actor, "unit-renamed", "unit", uuid, now=now, before=unit.name, after=name)


def close(actor: Actor, uuid: UUID, *, now: datetime, today: date) -> None:
    """Close a unit nobody belongs to any more; its admins' appointments end with it.

    Raises NotFound, Conflict when it is closed already, RuleBroken while people remain.
    """
    with write_tx() as session:
        unit = appointments.locked_unit(session, uuid)
        if unit.closed_at is not None:
            raise Conflict(f"{unit.name}已于先前关闭。")
        remain = session.scalar(
            select(func.count()).where(Person.unit_id == unit.id, Person.disabled_at.is_(None))
        )
        if remain:
            raise RuleBroken(f"{unit.name}还有 {remain} 人，须先把他们调入其他单位，才能关闭。")
        session.execute(update(Unit).where(Unit.id == unit.id).values(closed_at=now))
        appointments.end_all_of_unit(session, unit.id, now=now, today=today)
        events.record(session, actor, "unit-closed", "unit", uuid, now=now)


def reopen(actor: Actor, uuid: UUID, *, now: datetime) -> None:
    """Open a closed unit again; admins are appointed anew. Raises NotFound, Conflict when it is open."""
    with write_tx() as session:
        unit = appointments.locked_unit(session, uuid)
        if unit.closed_at is None:
            raise Conflict(f"{unit.name}没有关闭。")
        session.execute(update(Unit).where(Unit.id == unit.id).values(closed_at=None))
        events.record(session, actor, "unit-reopened", "unit", uuid, now=now)


def receive_paper(
    actor: Actor, uuid: UUID, *, year: int, received_on: date, now: datetime, today: date
) -> None:
    """附件2 came in on paper; noted again, the date is corrected. Raises NotFound, RuleBroken."""
    if received_on > today:
        raise RuleBroken("没有保存。", {"received_on": ["收到日期不能晚于今天。"]})
    with write_tx() as session:
        unit = appointments.locked_unit(session, uuid)
        session.execute(delete(AnnexPaper).where(AnnexPaper.unit_id == unit.id, AnnexPaper.year == year))
        session.add(
            AnnexPaper(unit_id=unit.id, year=year, received_on=received_on, receiver_id=actor.person_id)
        )
        events.record(
            session, actor, "annex-received", "unit", uuid, now=now, year=year, on=received_on.isoformat()
        )


def remove_paper(actor: Actor, uuid: UUID, *, year: int, now: datetime) -> None:
    """The note was a mistake. Raises NotFound, Conflict when there is none."""
    with write_tx() as session:
        unit = appointments.locked_unit(session, uuid)
        gone = session.scalars(
            delete(AnnexPaper)
            .where(AnnexPaper.unit_id == unit.id, AnnexPaper.year == year)
            .returning(AnnexPaper.unit_id)
        ).all()
        if not gone:
            raise Conflict("这个单位没有收到纸质表的记录。")
        events.record(session, actor, "annex-removed", "unit", uuid, now=now, year=year)


def set_deadline(actor: Actor, *, year: int, due_on: date, now: datetime) -> None:
    """Another last day for 附件2 of a year. Raises RuleBroken outside that year."""
    if due_on.year != year:
        raise RuleBroken("没有保存。", {"due_on": [f"截止日期须在 {year} 年内。"]})
    with write_tx() as session:
        session.execute(delete(AnnexDeadline).where(AnnexDeadline.year == year))
        session.add(AnnexDeadline(year=year, due_on=due_on))
        events.record(
            session, actor, "annex-deadline-set", "policy", None, now=now, year=year, on=due_on.isoformat()
        )


def free_code(name: str, taken: Collection[str]) -> str:
    """Initials of the name, as 护理学院 -> HLXY, with a number behind when somebody has them."""
    letters = re.sub(r"[^A-Z0-9]", "", initials(name))[:12]
    stem = letters if letters[:1].isalpha() and len(letters) > 1 else "DW"
    numbered = (f"{stem}{number}" for number in count(2))
    return next(code for code in chain([stem], numbered) if code not in taken)
