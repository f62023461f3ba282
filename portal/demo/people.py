"""About 300 invented people with their units, titles and roles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from random import Random
from uuid import UUID

from portal.demo.accounts import ACCOUNTS
from portal.demo.units import (
    CLINICAL,
    NURSING,
    OFFICE,
    TEACHING,
    UNITS,
    WITH_ONE_ADMIN,
    WITHOUT_ADMIN,
    DemoUnit,
)
from portal.rules.vocabulary import Role
from portal.services.names import search_key

HEADCOUNT = 300
HARD_NAMES = (
    "欧阳䶮",
    "买买提·阿不都热合曼",
    "𠮷田",
    "单于立冬",
    "曾毓龑",
    "仇㛃",
    "司徒若曦",
    "古丽娜尔·吐尔逊",
)
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
)
_GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂文辉玲建华玉萍红志健峰宁"
    "欣怡晨雨佳琪浩然思涵诺轩子珺曦语桐知远若"
)
_DEPARTMENTS = {
    TEACHING: ("基础教研室", "专业教研室", "实验教学中心", "综合办公室"),
    CLINICAL: ("临床教研室", "技能培训中心", "教学科研部", "综合办公室"),
    OFFICE: ("综合科", "业务一科", "业务二科"),
}
_TITLES = {
    TEACHING: (("高校教师", ("教授", "副教授", "讲师", "助教")), ("实验技术", ("高级实验师", "实验师"))),
    CLINICAL: (
        ("卫生技术", ("主任医师", "副主任医师", "主治医师")),
        ("高校教师", ("教授", "副教授", "讲师")),
    ),
    OFFICE: (("教育管理研究", ("副研究员", "助理研究员")), ("工程", ("高级工程师", "工程师"))),
}


@dataclass(frozen=True, slots=True)
class Staff:
    """One invented person; `diligence` (0..1) says how many claims they file."""

    id: int
    uuid: UUID
    username: str
    name: str
    unit: DemoUnit
    department: str
    series: str
    title: str
    diligence: float
    role: Role | None = None

    def row(self, password_hash: str | None) -> dict[str, object]:
        """The person as a row of `people`."""
        return {
            "id": self.id,
            "uuid": self.uuid,
            "username": self.username,
            "name": self.name,
            "search_key": search_key(self.name),
            "unit_id": self.unit.id,
            "department": self.department,
            "title_series": self.series,
            "title": self.title,
            "phone": f"1380000{self.id:04d}",
            "password_hash": password_hash,
            "created_at": datetime(2021, 1, 4, 1, tzinfo=UTC),
        }

    def grant(self) -> dict[str, object]:
        """The role as a row of `grants`."""
        admin = self.role is Role.UNIT_ADMIN
        return {
            "person_id": self.id,
            "role": self.role.value if self.role else "",
            "unit_id": self.unit.id if admin else None,
            "desk_phone": f"0536-846{self.id:04d}" if admin else "",
            "valid_from": date(2024, 1, 1),
        }


def staff(rng: Random) -> list[Staff]:
    """Everybody: the accounts first, then hard names, then the rest, spread over the units."""
    made: list[Staff] = []
    for account in ACCOUNTS:
        made.append(_person(rng, len(made) + 1, account.name, account.unit, account.username, account.role))
    taken = {person.name for person in made}
    names = [*HARD_NAMES, *_names(rng, taken)]
    admins: dict[int, int] = {}
    for number, name in enumerate(names):
        unit = UNITS[number % len(UNITS)] if number % 9 else NURSING
        identity = len(made) + 1
        made.append(
            _person(
                rng, identity, name, unit, f"20{rng.randint(5, 24):02d}{identity:04d}", _role(unit, admins)
            )
        )
    return made


def _names(rng: Random, taken: set[str]) -> list[str]:
    names: list[str] = []
    while len(names) < HEADCOUNT - len(ACCOUNTS) - len(HARD_NAMES):
        name = rng.choice(_SURNAMES) + "".join(rng.sample(_GIVEN, rng.choice((1, 2, 2, 2))))
        if name not in taken:
            taken.add(name)
            names.append(name)
    return names


def _role(unit: DemoUnit, admins: dict[int, int]) -> Role | None:
    """The first two of a unit are its admins, as the notice allows one or two."""
    wanted = 1 if unit is WITH_ONE_ADMIN else 2
    if unit in (NURSING, WITHOUT_ADMIN):
        return None
    if unit.name == "基础医学院":
        wanted = 1  # beside the account
    if admins.get(unit.id, 0) >= wanted:
        return None
    admins[unit.id] = admins.get(unit.id, 0) + 1
    return Role.UNIT_ADMIN


def _person(rng: Random, identity: int, name: str, unit: DemoUnit, username: str, role: Role | None) -> Staff:
    series, titles = rng.choice(_TITLES[unit.kind])
    account = next((one for one in ACCOUNTS if one.username == username), None)
    return Staff(
        id=identity,
        uuid=UUID(int=rng.getrandbits(128), version=4),
        username=username,
        name=name,
        unit=unit,
        department=rng.choice(_DEPARTMENTS[unit.kind]),
        series=series,
        title=account.title if account else rng.choice(titles),
        diligence=round(0.25 + 0.75 * rng.random(), 2),
        role=role,
    )
