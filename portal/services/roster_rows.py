"""Reads a roster's rows into facts about people, and says of each what is wrong with it by itself."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field

from portal.pdf import missing_glyphs
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Departure
from portal.spreadsheets import Row, Sheet

# the first is how the portal calls it, the others are how offices head the column
HEADINGS: dict[str, tuple[str, ...]] = {
    "username": ("工号", "职工号", "人员编号"),
    "name": ("姓名",),
    "unit": ("单位", "用人单位", "所在单位"),
    "department": ("工作部门", "部门", "科室"),
    "title_series": ("职称系列",),
    "title": ("职称", "职称名称"),
    "phone": ("手机", "手机号", "手机号码", "联系电话"),
    "state": ("状态", "人员状态", "在职状态"),
}
NEEDED = ("username", "name", "unit", "department")
MOST = {
    "username": 32,
    "name": 60,
    "unit": 80,
    "department": 80,
    "title_series": 40,
    "title": 40,
    "phone": 32,
}
STATES: dict[str, str | None] = {
    "": None,
    "在职": None,
    "退休": Departure.RETIRED.value,
    "离职": Departure.LEFT.value,
    "调出": Departure.LEFT.value,
    "辞职": Departure.LEFT.value,
}
MOST_ROWS = 20_000
_USERNAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]*")
_ROUNDED = re.compile(r"[0-9.]+[Ee]\+?[0-9]+")


@dataclass(slots=True)
class Draft:
    """A row as read: what it states (only columns the file has) and what is wrong with it."""

    number: int
    facts: dict[str, str]
    problems: list[str] = field(default_factory=list)


def drafts(sheet: Sheet) -> list[Draft]:
    """Every row of the roster. Raises RuleBroken when needed columns are missing or it is far too long."""
    if len(sheet.rows) > MOST_ROWS:
        raise RuleBroken(f"名册有 {len(sheet.rows)} 行，一次最多导入 {MOST_ROWS} 行，请分成几个文件。")
    columns = {
        name: next((heading for heading in known if heading in sheet.headings), None)
        for name, known in HEADINGS.items()
    }
    missing = [HEADINGS[name][0] for name in NEEDED if columns[name] is None]
    if missing:
        raise RuleBroken(
            f"名册缺少列：{'、'.join(missing)}。第一行应为列名，须有工号、姓名、单位、工作部门，"
            "可以有职称系列、职称、手机、状态。"
        )
    read = [
        _draft(row, {name: heading for name, heading in columns.items() if heading}) for row in sheet.rows
    ]
    _doubles(read)
    return read


def _draft(row: Row, columns: dict[str, str]) -> Draft:
    facts = {
        name: " ".join(unicodedata.normalize("NFC", row.cells.get(heading, "")).split())
        for name, heading in columns.items()
    }
    draft = Draft(row.number, facts)
    formulas = [heading for heading in columns.values() if heading in row.formulas]
    if formulas:
        draft.problems.append(f"“{'”“'.join(formulas)}”是公式，请改为数值或文字。")
        return draft
    for name in NEEDED:
        if not facts[name]:
            draft.problems.append(f"{HEADINGS[name][0]}为空。")
    for name, most in MOST.items():
        if len(facts.get(name, "")) > most:
            draft.problems.append(f"{HEADINGS[name][0]}超过 {most} 个字符。")
    if any(unicodedata.category(sign) in ("Cc", "Cf", "Cs") for text in facts.values() for sign in text):
        draft.problems.append("含有看不见的控制字符，请删去。")
    _username(draft)
    _name(draft)
    if facts.get("state", "") not in STATES:
        draft.problems.append(f"状态“{facts['state'][:20]}”无法识别，应为在职、退休或离职。")
    return draft


def _username(draft: Draft) -> None:
    text = draft.facts["username"]
    if _ROUNDED.fullmatch(text):
        draft.problems.append(f"工号“{text}”是科学计数法，位数已经丢失，请把这一列设为文本后重新填写。")
    elif text and not _USERNAME.fullmatch(text):
        draft.problems.append(f"工号“{text[:40]}”含有字母、数字、连字符以外的字符。")


def _name(draft: Draft) -> None:
    missing = missing_glyphs(draft.facts["name"])
    if missing:
        signs = "、".join(f"“{sign}”（U+{ord(sign):04X}）" for sign in missing)
        draft.problems.append(f"姓名中的{signs}无法印在证书上，请核对用字。")


def _doubles(read: list[Draft]) -> None:
    """Which of two rows is meant is not ours to guess: both are told."""
    by_username: dict[str, list[Draft]] = defaultdict(list)
    for draft in read:
        if draft.facts["username"]:
            by_username[draft.facts["username"]].append(draft)
    for username, same in by_username.items():
        for draft in same if len(same) > 1 else ():
            others = "、".join(str(other.number) for other in same if other is not draft)
            draft.problems.append(f"工号 {username} 与第 {others} 行重复。")
