"""Reads a platform's list into course records, and says of each row what is wrong with it by itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from portal.rules.amounts import BadAmount, parse_hours, show_hours
from portal.rules.policy import PolicySet
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Subject
from portal.spreadsheets import Row, Sheet

# the first is how the portal calls it, the others are how platforms head the column
HEADINGS: dict[str, tuple[str, ...]] = {
    "record_id": ("记录编号", "记录号", "学习记录编号", "流水号"),
    "username": ("工号", "职工号", "人员编号"),
    "name": ("姓名",),
    "platform": ("学习平台", "平台", "平台名称"),
    "title": ("课程名称", "课程", "课程包名称"),
    "subject": ("科目类型", "科目", "科目类别", "学时类型"),
    "hours": ("学时", "学时数", "获得学时", "课程学时"),
    "date": ("完成日期", "完成时间", "学习完成时间", "结业日期"),
}
NEEDED = ("record_id", "username", "platform", "title", "subject", "hours", "date")
EMPTY = {"record_id": "记录编号为空，无法防止重复导入，请向学习平台索取编号。"}
MOST = {"record_id": 60, "username": 32, "name": 60, "platform": 40, "title": 200}
SUBJECTS = {
    **dict.fromkeys(("公需科目", "公需", "公需课"), Subject.PUBLIC.value),
    **dict.fromkeys(("专业科目", "专业", "专业课"), Subject.PROFESSIONAL.value),
}
MOST_QUARTERS = 500 * 4  # of one record; more is a slip of the pen

_WHOLE = re.compile(r"([0-9]+)\.0+")  # a number as some programs write it
_CUT = re.compile(r"[0-9](?:\.[0-9]+)?[Ee]\+[0-9]+|[0-9]{16,}\.0+")  # a number that has lost its last digits
_ROUNDED = re.compile(r"[0-9.]+[Ee]\+?[0-9]+")
_DATE = re.compile(
    r"([0-9]{4})(?:[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日|([0-9]{2})([0-9]{2}))"
    r"(?:[ T]?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:\.[0-9]+)?)?"
)
_LOOSE = re.compile(r" ?([年月日]) ?")
_SERIAL = re.compile(r"([0-9]{5})(?:\.[0-9]+)?")
_DAY_ZERO = date(1899, 12, 30)  # where spreadsheets begin to count days
_HEADING_SEARCH = 10  # rows looked through for a heading that stands too low


@dataclass(frozen=True, slots=True)
class Record:
    """What a platform says of one finished course; `name` may be empty when it does not say."""

    number: int
    username: str
    name: str
    platform: str
    record_id: str
    title: str
    subject: str
    quarters: int
    completed_on: date

    def values(self) -> tuple[Any, ...]:
        """Everything but the number, as JSON values."""
        return (
            *(self.username, self.name, self.platform, self.record_id, self.title, self.subject),
            *(self.quarters, self.completed_on.isoformat()),
        )


@dataclass(slots=True)
class Judged:
    """A row: its record when it is good by itself, else what is wrong. `facts` are its texts."""

    number: int
    facts: dict[str, str]
    record: Record | None = None
    problems: list[str] = field(default_factory=list)


def columns_of(sheet: Sheet) -> dict[str, str]:
    """Which heading holds what. Raises RuleBroken that says which are missing and what was found."""
    columns = {
        name: next((heading for heading in known if heading in sheet.headings), "")
        for name, known in HEADINGS.items()
    }
    missing = [HEADINGS[name][0] for name, heading in columns.items() if not heading]
    if not missing:
        return columns
    for row in sheet.rows[:_HEADING_SEARCH]:
        texts = {"".join(text.split()) for text in row.cells.values()}
        few = sum(bool(heading) for heading in sheet.headings)  # under a merged title only one column is read
        if len(texts & {known[0] for known in HEADINGS.values()}) >= min(3, few):
            raise RuleBroken(
                f"列名在第 {row.number} 行，应在第一行。"
                "请删去列名上方的标题行（或取消合并的单元格）后再上传。"
            )
    found = "、".join(f"“{heading}”" for heading in sheet.headings if heading)[:200] or "没有列名"
    raise RuleBroken(f"缺少列：{'、'.join(missing)}。文件第一行的列名是：{found}。请按模板修改列名后再上传。")


def judge(sheet: Sheet, *, year: int | None, policies: PolicySet, today: date) -> Iterator[Judged]:
    """Every row in the sheet's order; a record told twice is good once, its first time."""
    columns = columns_of(sheet)
    first: dict[tuple[str, str], Record] = {}
    for row in sheet.rows:
        judged = read_row(row, columns)
        if judged.problems:
            yield judged
            continue
        made = make(judged.number, judged.facts, year=year, policies=policies, today=today)
        if isinstance(made, list):
            judged.problems = made
            yield judged
            continue
        known = first.setdefault((made.platform, made.record_id), made)
        if known is made:
            judged.record = made
        else:
            judged.problems = [_repeat(known, made)]
        yield judged


def read_row(row: Row, columns: dict[str, str]) -> Judged:
    """The row's texts by our names, with what makes them unreadable."""
    facts = {
        name: " ".join(unicodedata.normalize("NFC", row.cells.get(heading, "")).split())
        for name, heading in columns.items()
    }
    judged = Judged(row.number, facts)
    if _CUT.fullmatch(facts["record_id"]):
        judged.problems.append(_lost("记录编号", facts["record_id"]))
    elif whole := _WHOLE.fullmatch(facts["record_id"]):
        facts["record_id"] = whole[1]  # else the same record would count again from another format
    formulas = [heading for heading in columns.values() if heading in row.formulas]
    if formulas:
        judged.problems.append(f"“{'”“'.join(formulas)}”是公式，请改为数值或文字。")
    return judged


def make(
    number: int, facts: dict[str, str], *, year: int | None, policies: PolicySet, today: date
) -> Record | list[str]:
    """The record these texts tell, or every sentence about what is wrong with them.

    `facts` has the keys of HEADINGS; hours and dates are texts. `year`: the only one taken, if any.
    """
    problems = [EMPTY.get(name, f"{HEADINGS[name][0]}为空。") for name in NEEDED if not facts.get(name)]
    problems += [
        f"{HEADINGS[name][0]}超过 {most} 个字符。"
        for name, most in MOST.items()
        if len(facts.get(name, "")) > most
    ]
    if any(not text.isprintable() for text in facts.values()):
        problems.append("含有看不见的控制字符，请删去。")
    username = facts.get("username", "")
    if _ROUNDED.fullmatch(username):
        problems.append(_lost("工号", username))
    short = _WHOLE.fullmatch(username)
    subject = SUBJECTS.get(facts.get("subject", ""))
    if facts.get("subject") and subject is None:
        problems.append(f"科目类型“{facts['subject'][:20]}”无法识别，应为公需科目或专业科目。")
    quarters = _quarters(facts.get("hours", ""), problems)
    day = _day(facts.get("date", ""), problems)
    if day is not None:
        _check_day(day, problems, year=year, policies=policies, today=today)
    if problems or subject is None or day is None:
        return problems
    return Record(
        number=number,
        username=short[1] if short else username,
        name=facts.get("name", ""),
        platform=facts["platform"],
        record_id=facts["record_id"],
        title=facts["title"],
        subject=subject,
        quarters=quarters,
        completed_on=day,
    )


def _lost(heading: str, text: str) -> str:
    return f"{heading}“{text[:40]}”是科学计数法或过长的数值，位数已经丢失，请把这一列设为文本后重新填写。"


def _quarters(text: str, problems: list[str]) -> int:
    if not text:
        return 0
    if text.startswith(("-", "－", "−")):
        problems.append(f"学时为负数（{text[:20]}），应大于 0。")
        return 0
    try:
        quarters = parse_hours(text)
    except BadAmount as fault:
        problems.append(str(fault))
        return 0
    if quarters == 0:
        problems.append("学时为 0，应大于 0。")
    elif quarters > MOST_QUARTERS:
        problems.append(f"学时为 {text}，单条记录最多 {show_hours(MOST_QUARTERS)} 学时，请核对。")
    return quarters


def _day(text: str, problems: list[str]) -> date | None:
    """A date as people and spreadsheets write it."""
    if not text:
        return None
    found = _DATE.fullmatch(_LOOSE.sub(r"\1", text))
    serial = None if found else _SERIAL.fullmatch(text)
    try:
        if found:
            year, *rest = (int(part) for part in found.groups() if part)
            return date(year, *rest)
        if serial:
            return _DAY_ZERO + timedelta(days=int(serial[1]))
    except ValueError:
        problems.append(f"完成日期“{text[:20]}”不是真实的日期。")
        return None
    problems.append(f"完成日期“{text[:20]}”无法识别，请写成 2025-07-01。")
    return None


def _check_day(day: date, problems: list[str], *, year: int | None, policies: PolicySet, today: date) -> None:
    if year is not None and day.year != year:
        problems.append(f"完成日期 {day.isoformat()} 不在 {year} 年度。")
    elif day.year not in policies.years:
        problems.append(f"完成日期 {day.isoformat()} 属于其他年度，{day.year} 年度没有认定规则。")
    elif day > today:
        problems.append(f"完成日期 {day.isoformat()} 还没有到，请核对。")


def _repeat(known: Record, other: Record) -> str:
    if known.values() == other.values():
        return f"与第 {known.number} 行完全相同，只计一次。"
    if known.quarters != other.quarters:
        return (
            f"记录编号与第 {known.number} 行重复而学时不同"
            f"（第 {known.number} 行 {show_hours(known.quarters)}，本行 {show_hours(other.quarters)}），"
            "本行没有采用，请向学习平台核实。"
        )
    return f"记录编号与第 {known.number} 行重复而内容不同，本行没有采用，请向学习平台核实。"
