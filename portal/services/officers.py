"""Makes an HR officer from the command line: the first one, or one who cannot get in any more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import Person, SecondFactor, Unit
from portal.pdf import missing_glyphs
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Role
from portal.services import codes, events, roles, units
from portal.services.names import search_key

_USERNAME = re.compile(r"[0-9A-Za-z]{2,32}")
_NAME_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Officer:
    """Who may redeem the code. `new`: the person was added; `granted`: the role was not held before."""

    name: str
    unit: str
    code: str
    new: bool
    granted: bool


def create(username: str, *, name: str, unit: str, now: datetime, today: date) -> Officer:
    """Give somebody HR's role and a one-time code; somebody unknown is added, and so is an unknown unit.

    Raises RuleBroken, with the sentence as message, for a leaver, a bad 工号 or name, or when name and unit
    of somebody unknown are missing.
    """
    with write_tx() as session:
        person = session.execute(
            select(Person.id, Person.uuid, Person.name, Person.disabled_at, Unit.name.label("unit"))
            .join(Unit, Unit.id == Person.unit_id)
            .where(Person.username == username)
            .with_for_update(of=Person)
        ).one_or_none()
        new = person is None
        if person is None:
            person = _add(session, username, name.strip(), unit.strip(), now)
        if person.disabled_at is not None:
            raise RuleBroken(f"{person.name}（{username}）已离职、退休或停用，不能成为人事处人员。")
        granted = not roles.holds(session, person.id, Role.HR, today)
        if granted:
            roles.give(session, person.id, Role.HR, today=today)
        session.execute(delete(SecondFactor).where(SecondFactor.person_id == person.id))  # perhaps lost too
        code = codes.issue(session, person.id, None, now)
        events.record(session, None, "hr-created", "person", person.uuid, now=now, new=new, granted=granted)
        return Officer(person.name, person.unit, code, new, granted)


def _add(session: Session, username: str, name: str, unit_name: str, now: datetime) -> Any:
    if not _USERNAME.fullmatch(username):
        raise RuleBroken("工号由 2 至 32 位字母和数字组成。")
    if not name or not unit_name:
        raise RuleBroken(f"没有工号为 {username} 的人员。新建时请同时给出 --name 姓名 和 --unit 单位名称。")
    missing = missing_glyphs(name)
    if missing or len(name) > _NAME_LENGTH:
        why = f"含有证书字库中没有的字“{'、'.join(missing)}”" if missing else f"超过 {_NAME_LENGTH} 个字符"
        raise RuleBroken(f"姓名{why}，请核对。")
    unit = session.scalars(
        select(Unit).where(or_(Unit.name == unit_name, Unit.code == unit_name))
    ).one_or_none()
    if unit is None:
        taken = set(session.scalars(select(Unit.code)))
        unit = units.add_within(session, name=unit_name, code=units.free_code(unit_name, taken))
    if unit.closed_at is not None:
        raise RuleBroken(f"{unit.name}已关闭，请换一个单位。")
    made = Person(
        username=username,
        name=name,
        search_key=search_key(name),
        unit_id=unit.id,
        department=unit.name,
        created_at=now,
    )
    session.add(made)
    session.flush()
    return session.execute(
        select(Person.id, Person.uuid, Person.name, Person.disabled_at, Unit.name.label("unit"))
        .join(Unit, Unit.id == Person.unit_id)
        .where(Person.id == made.id)
    ).one()
