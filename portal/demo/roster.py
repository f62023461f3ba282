"""People of the demo campus who have left or retired, taken in by the one roster HR imported."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from portal.demo.people import Staff
from portal.demo.situations import TODAY
from portal.rules.access import Actor
from portal.rules.vocabulary import Hat
from portal.services import roster
from portal.spreadsheets import Row, Sheet

FILE_NAME = "2025年11月在职人员名册.xlsx"
_DIGEST = "5f1d" * 16  # of the invented file
_STATES = ("退休", "离职", "退休", "调出")  # the last of the list, who hold no role


def settle(
    people: list[Staff], actor: Callable[[Staff, Hat], Actor], minutes: Callable[[int], datetime]
) -> None:
    """Import it through the service, last of all; `minutes(n)` tells when."""
    hr = actor(next(person for person in people if person.username == "hr"), Hat.HR)
    plain = [person for person in reversed(people) if person.role is None]
    leaving, staying = plain[: len(_STATES)], plain[len(_STATES) : len(_STATES) + 12]
    rows = [
        *(_cells(person, state) for person, state in zip(leaving, _STATES, strict=True)),
        *(_cells(person, "在职") for person in staying),
        {**_cells(staying[0], "在职"), "工号": "20259001", "姓名": "贺新", "单位": "创新创业学院"},
    ]
    rows[len(_STATES)]["工作部门"] = "教学科研办公室"
    sheet = Sheet(
        tuple(rows[0]), tuple(Row(number, cells) for number, cells in enumerate(rows, start=2)), _DIGEST
    )
    batch = roster.preview(hr, sheet, FILE_NAME, now=minutes(260), today=TODAY)
    roster.commit(hr, batch, create_units=False, now=minutes(262), today=TODAY)


def _cells(person: Staff, state: str) -> dict[str, str]:
    return {
        "工号": person.username,
        "姓名": person.name,
        "单位": person.unit.name,
        "工作部门": person.department,
        "职称系列": person.series,
        "职称": person.title,
        "状态": state,
    }
