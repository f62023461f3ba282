"""Reads what the provincial platform lists, a row a person and year, and says what is wrong with a row."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Person, Unit
from portal.rules.reconciliation import HUNDREDTHS
from portal.rules.records import REGION
from portal.rules.refusals import RuleBroken
from portal.spreadsheets import Row, Sheet

# the first is how the portal calls it, the others are how lists head the column
HEADINGS: dict[str, tuple[str, ...]] = {
    "username": ("工号", "职工号", "人员编号"),
    "name": ("姓名",),
    "unit": ("单位", "用人单位", "所在单位", "单位名称"),
    "year": ("年度", "学习年度", "年份"),
    "public": ("公需学时", "公需科目学时", "公需课学时", "公需科目"),
    "professional": ("专业学时", "专业科目学时", "专业课学时", "专业科目"),
    "category": ("类别", "申报类别", "学时类别"),
    "region": ("区域", "单位所属区域", "所属区域"),
    "state": ("状态", "审核状态", "学时状态"),
}
MOST_ROWS = 50_000
MOST_HOURS = 3_000  # of one row; more is a slip of the pen
COUNTED, WAITING, UNPUSHED, REFUSED = "counted", "waiting", "unpushed", "refused"
STATES = {
    **dict.fromkeys(("", "已通过", "审核通过", "通过", "已认定", "有效", "正常", "已推送"), COUNTED),
    **dict.fromkeys(("已完成", "达标", "未达标"), COUNTED),
    **dict.fromkeys(("待审核", "审核中", "未审核", "已提交"), WAITING),
    **dict.fromkeys(("未推送", "待推送", "推送失败"), UNPUSHED),
    **dict.fromkeys(("已退回", "退回", "不通过", "未通过", "审核不通过"), REFUSED),
}
_AT_ONCE = 400  # values in one list of a statement
_YEAR = re.compile(r"(20[0-9]{2})(?:\.0+)?(?:年度?)?")
_HOURS = re.compile(r"([0-9]{1,5})(?:\.([0-9]{1,6}))?")
_SHORT_USERNAME = re.compile(r"([0-9]+)\.0+")


@dataclass(slots=True)
class Figure:
    """What all good rows say of a person and year; [public, professional] in hundredths of an hour."""

    person_id: int
    year: int
    counted: list[int] = field(default_factory=lambda: [0, 0])
    waiting: list[int] = field(default_factory=lambda: [0, 0])
    unpushed: list[int] = field(default_factory=lambda: [0, 0])
    region: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that was left out: its number, whom it names, why."""

    number: int
    who: str
    why: str


@dataclass(slots=True)
class _Read:
    number: int
    facts: dict[str, str]
    year: int = 0
    hours: tuple[int, int] = (0, 0)


def figures(session: Session, sheet: Sheet, *, last_year: int) -> tuple[list[Figure], list[Fault]]:
    """The figures by person and year, and every bad row. Raises RuleBroken when columns are missing."""
    if len(sheet.rows) > MOST_ROWS:
        raise RuleBroken(f"文件有 {len(sheet.rows)} 行，一次最多核对 {MOST_ROWS} 行，请按年度分成几个文件。")
    columns = _columns(sheet)
    faults: list[Fault] = []
    read = []
    for row in sheet.rows:
        one = _read(row, columns, last_year)
        if isinstance(one, Fault):
            faults.append(one)
        else:
            read.append(one)
    people = _People(session, read)
    found: dict[tuple[int, int], Figure] = {}
    seen: dict[tuple[Any, ...], int] = {}
    for one in read:
        person = people.of(one.facts)
        if isinstance(person, str):
            faults.append(_fault(one.number, one.facts, person))
            continue
        key = (person, one.year, one.facts.get("category", ""), one.facts.get("state", ""))
        first = seen.setdefault(key, one.number)
        if first != one.number:
            faults.append(_fault(one.number, one.facts, f"与第 {first} 行是同一人、同一年度，本行没有采用。"))
            continue
        _add(found.setdefault((person, one.year), Figure(person, one.year)), one)
    return list(found.values()), sorted(faults, key=lambda fault: fault.number)


def _add(figure: Figure, one: _Read) -> None:
    into = {COUNTED: figure.counted, WAITING: figure.waiting, UNPUSHED: figure.unpushed}
    amounts = into.get(STATES[one.facts.get("state", "")])
    if amounts is not None:
        amounts[0] += one.hours[0]
        amounts[1] += one.hours[1]
    region = one.facts.get("region", "")
    if region and figure.region in ("", REGION):
        figure.region = region


def _columns(sheet: Sheet) -> dict[str, str]:
    columns = {
        name: next((heading for heading in known if heading in sheet.headings), "")
        for name, known in HEADINGS.items()
    }
    missing = [HEADINGS[name][0] for name in ("year", "public", "professional") if not columns[name]]
    if not columns["username"] and not (columns["name"] and columns["unit"]):
        missing.insert(0, "工号（或姓名和单位）")
    if missing:
        found = "、".join(f"“{heading}”" for heading in sheet.headings if heading)[:200] or "没有列名"
        raise RuleBroken(f"缺少列：{'、'.join(missing)}。文件第一行的列名是：{found}。请修改列名后再上传。")
    return {name: heading for name, heading in columns.items() if heading}


def _read(row: Row, columns: dict[str, str], last_year: int) -> _Read | Fault:
    facts = {
        name: " ".join(unicodedata.normalize("NFKC", row.cells.get(heading, "")).split())
        for name, heading in columns.items()
    }
    problems = []
    formulas = [heading for heading in columns.values() if heading in row.formulas]
    if formulas:
        problems.append(f"“{'”“'.join(formulas)}”是公式，请改为数值。")
    if short := _SHORT_USERNAME.fullmatch(facts.get("username", "")):
        facts["username"] = short[1]
    year = _YEAR.fullmatch(facts["year"])
    if year is None or int(year[1]) > last_year:
        problems.append(f"年度“{facts['year'][:20]}”无法识别，应为不晚于 {last_year} 的四位年份。")
    hours = [_hundredths(facts[name], HEADINGS[name][0], problems) for name in ("public", "professional")]
    if facts.get("state", "") not in STATES:
        problems.append(f"状态“{facts['state'][:20]}”无法识别，可为已通过、待审核、未推送或已退回。")
    if len(facts.get("region", "")) > 40:
        problems.append("区域超过 40 个字符。")
    if any(not text.isprintable() for text in facts.values()):
        problems.append("含有看不见的控制字符，请删去。")
    if problems or year is None:
        return _fault(row.number, facts, "".join(problems))
    return _Read(row.number, facts, int(year[1]), (hours[0], hours[1]))


def _hundredths(text: str, heading: str, problems: list[str]) -> int:
    """Nothing or a dash is no hours. Hours may be any decimal: whatever the platform prints is compared."""
    if text in ("", "-", "—", "/"):
        return 0
    found = _HOURS.fullmatch(text)
    if found is None or int(found[1]) > MOST_HOURS:
        problems.append(f"{heading}“{text[:20]}”不是学时数，应为 0 至 {MOST_HOURS} 的数字。")
        return 0
    decimals = ((found[2] or "") + "000")[:3]
    return int(found[1]) * 4 * HUNDREDTHS + (int(decimals) + 5) // 10


def _fault(number: int, facts: dict[str, str], why: str) -> Fault:
    who = " ".join(facts[name] for name in ("username", "name", "unit") if facts.get(name))
    return Fault(number, who[:80], why)


class _People:
    """Looks people up by 工号, else by name and unit, a few hundred at a time."""

    def __init__(self, session: Session, read: Sequence[_Read]) -> None:
        self._by_username: dict[str, tuple[int, str]] = {}
        self._by_name: dict[tuple[str, str], list[int]] = {}
        usernames = {one.facts["username"] for one in read if one.facts.get("username")}
        names = {one.facts["name"] for one in read if not one.facts.get("username") and one.facts.get("name")}
        for some in _pieces(usernames):
            query = select(Person.id, Person.username, Person.name).where(Person.username.in_(some))
            for row in session.execute(query):
                self._by_username[row.username] = (row.id, row.name)
        for some in _pieces(names):
            query_names = (
                select(Person.id, Person.name, Unit.name.label("unit"), Unit.code)
                .join(Unit, Unit.id == Person.unit_id)
                .where(Person.name.in_(some))
            )
            for named in session.execute(query_names):
                for unit in {named.unit, named.code}:
                    self._by_name.setdefault((named.name, unit), []).append(named.id)

    def of(self, facts: dict[str, str]) -> int | str:
        """The person's id, or a sentence that says why nobody is meant."""
        username, name, unit = (facts.get(key, "") for key in ("username", "name", "unit"))
        if username:
            known = self._by_username.get(username)
            if known is None:
                return f"没有工号为 {username[:32]} 的人员。"
            if name and name != unicodedata.normalize("NFKC", known[1]):
                return f"工号 {username} 是{known[1]}，与姓名“{name[:20]}”不符。"
            return known[0]
        if not name or not unit:
            return "没有工号，也没有姓名和单位，无法认出是谁。"
        found = self._by_name.get((name, unit), [])
        if len(found) == 1:
            return found[0]
        if found:
            return f"{unit[:20]}有 {len(found)} 位{name[:20]}，请补上工号。"
        return f"{unit[:20]}没有名为{name[:20]}的人员。"


def _pieces(values: Iterable[str]) -> Iterable[list[str]]:
    ordered = sorted(values)
    return (ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE))
