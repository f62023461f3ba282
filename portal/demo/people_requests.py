"""Registrations, changes and transfers of the demo: some wait for 护理学院, one for HR, some are decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from portal.demo.accounts import PASSWORD
from portal.demo.people import Staff
from portal.demo.units import BY_NAME, NURSING, WITHOUT_ADMIN, DemoUnit
from portal.extensions import db
from portal.models import PersonRequest, Unit
from portal.rules.access import Actor
from portal.rules.vocabulary import Hat
from portal.services.request_decisions import decide
from portal.services.requests import ask_change, register

_LONGER = f"{PASSWORD}-for-a-newcomer"
_NEW = (
    # 工号, name, unit, department, series, title
    ("20251101", "林晚晴", NURSING, "专业教研室", "高校教师", "助教"),
    ("20251102", "阿依古丽·买买提", NURSING, "实验教学中心", "实验技术", "实验师"),
    ("20251107", "秦朗", WITHOUT_ADMIN, "综合科", "编辑", "编辑"),
)


class Counter:
    """Hands in requests one after the other and lets the admins decide some."""

    def __init__(self, people: list[Staff], actor: Callable[[Staff, Hat], Actor], school: str) -> None:
        self.people, self.actor, self.school = people, actor, school
        rows = db.session.execute(select(Unit.name, Unit.uuid)).all()
        self.units: dict[str, UUID] = {row.name: row.uuid for row in rows}
        db.session.rollback()

    def register(self, username: str, facts: tuple[str, ...], unit: DemoUnit, now: datetime) -> UUID:
        """A registration with the demo's password, lengthened to what registering asks for."""
        given = dict(zip(("name", "department", "title_series", "title", "phone"), facts, strict=True))
        register(username, given, unit=self.units[unit.name], password=_LONGER, school=self.school, now=now)
        return _newest()

    def ask(self, person: Staff, now: datetime, *, unit: DemoUnit | None = None, **wanted: str) -> UUID:
        """A change of the record, or with another unit a transfer."""
        current = {
            "name": person.name,
            "department": person.department,
            "title_series": person.series,
            "title": person.title,
            "phone": str(person.row(None)["phone"]),
        }
        ask_change(
            self.actor(person, Hat.PERSON),
            {**current, **wanted},
            unit=self.units[(unit or person.unit).name],
            now=now,
        )
        return _newest()

    def decide(self, uuid: UUID, action: str, reason: str, now: datetime) -> None:
        """李静 of 护理学院 decides."""
        admin = next(person for person in self.people if person.username == "admin")
        decide(
            self.actor(admin, Hat.UNIT),
            uuid,
            action=action,
            reason=reason,
            version=1,
            now=now,
            today=now.date(),
        )


def settle(
    people: list[Staff], actor: Callable[[Staff, Hat], Actor], school: str, minutes: Callable[[int], datetime]
) -> None:
    """Hand everything in, in the order of its times (`minutes` after the last other event)."""
    counter = Counter(people, actor, school)
    nurses = [one for one in people if one.unit == NURSING and one.role is None and one.username[0] == "2"]
    mover = next(one for one in people if one.unit == BY_NAME["基础医学院"] and one.role is None)
    second = next(one for one in people if one.username == "staff2")
    done = counter.ask(second, minutes(160), department="临床护理教研室")
    counter.decide(done, "approve", "", minutes(165))
    wrong = counter.register(
        "20251199", ("孟夏", "护理", "高校教师", "讲师", "0536-8460001"), NURSING, minutes(170)
    )
    counter.decide(wrong, "return", "工号与姓名不符，请核对后重新提交。", minutes(175))
    for number, (username, name, unit, department, series, title) in enumerate(_NEW):
        facts = (name, department, series, title, f"1390000{number:04d}")
        counter.register(username, facts, unit, minutes(180 + number))
    taken = nurses[0]
    counter.register(
        taken.username,
        (taken.name, taken.department, taken.series, taken.title, "13900009999"),
        NURSING,
        minutes(190),
    )
    counter.ask(nurses[1], minutes(195), title="副教授" if nurses[1].title != "副教授" else "教授")
    counter.ask(mover, minutes(200), unit=NURSING, department="专业教研室")


def _newest() -> UUID:
    newest = db.session.scalars(select(PersonRequest.uuid).order_by(PersonRequest.id.desc()).limit(1)).one()
    db.session.rollback()
    return newest
