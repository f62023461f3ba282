"""The one list of course records the demo campus took in: rows left out and why, one that waits for hr2."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from portal.database import write_tx
from portal.demo.people import Staff
from portal.demo.situations import TODAY
from portal.rules.access import Actor
from portal.rules.policy import PolicySet
from portal.rules.vocabulary import Hat
from portal.services import course_imports, course_previews
from portal.spreadsheets import Row, Sheet

FILE_NAME = "山东开放大学2025年11月课程学时.xlsx"
_DIGEST = "7a2c" * 16  # of the invented file
_COURSES = (
    ("专业技术人员职业道德和能力建设", "公需科目", "2"),
    ("数字技术", "公需科目", "1.5"),
    ("医学统计与真实世界研究", "专业科目", "4"),
)
_HEADINGS = ("记录编号", "工号", "姓名", "学习平台", "课程名称", "科目类型", "学时", "完成日期")


def settle(
    people: list[Staff],
    actor: Callable[[Staff, Hat], Actor],
    minutes: Callable[[int], datetime],
    *,
    policies: PolicySet,
    folder: Path,
) -> None:
    """Import it through the services, to its end; `minutes(n)` tells when."""
    hr = actor(next(person for person in people if person.username == "hr"), Hat.HR)
    rows = []
    for number, person in enumerate([one for one in people if one.role is None][-60:]):
        title, subject, hours = _COURSES[number % len(_COURSES)]
        day = f"2025-11-{number % 25 + 1:02d}"
        code = f"SDOU2511{number:05d}"
        rows.append([code, person.username, person.name, "山东开放大学", title, subject, hours, day])
    rows[7][6] = "四学时"
    rows[12][7] = "2025-11-31"
    rows[19][2] = "王小明"
    rows[26][1] = "20990001"
    rows[33][6] = "1.3"
    rows[41][0] = ""
    rows.append(list(rows[3]))
    rows.append([*rows[5][:6], "8", rows[5][7]])
    rows.append([f"SDOU2511{len(rows):05d}", hr.username, hr.name, *rows[0][3:7], "2025-11-20"])  # her own
    sheet = Sheet(
        _HEADINGS,
        tuple(
            Row(number, dict(zip(_HEADINGS, row, strict=True))) for number, row in enumerate(rows, start=2)
        ),
        _DIGEST,
    )
    batch = course_previews.preview(
        hr,
        sheet,
        FILE_NAME,
        year=TODAY.year,
        policies=policies,
        folder=folder,
        now=minutes(264),
        today=TODAY,
    )
    with write_tx() as session:
        course_imports.agree(hr, session, batch, chosen=(), now=minutes(265))
    course_imports.write(hr, batch, policies=policies, folder=folder, clock=lambda: minutes(266))
