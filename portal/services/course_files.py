"""The files HR takes away from an import of course records: the template, and the rows left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from portal import workbooks
from portal.services.course_rows import HEADINGS
from portal.workbooks import Asked

_WIDTHS = (18, 12, 12, 16, 36, 12, 8, 14)
_NOTES = (
    ("记录编号", "学习平台给每条学习记录的编号，必填。同一平台的同一编号只计一次，可以重复导入。"),
    ("工号", "与人员名册一致。设为文本，以免丢失开头的 0。"),
    ("姓名", "与人员名册一致，用于核对工号。"),
    ("学习平台", "如山东开放大学、蟹壳云学。同一平台每次写法应相同。"),
    ("课程名称", "课程或课程包的名称。"),
    ("科目类型", "公需科目或专业科目。"),
    ("学时", "大于 0，0.5 的倍数，如 8 或 7.5。"),
    ("完成日期", "如 2025-07-29；学时计入完成日期所在的年度。"),
)


def template() -> bytes:
    """An .xlsx to fill in: headings with their notes, frozen, each column wide enough, numbers as text."""
    notes = dict(_NOTES)
    columns = [
        Asked(
            known[0],
            width,
            notes[known[0]],
            kind="hours" if name == "hours" else "text",
            choices=("公需科目", "专业科目") if name == "subject" else (),
        )
        for (name, known), width in zip(HEADINGS.items(), _WIDTHS, strict=True)
    ]
    return workbooks.template("课程学时", columns)


def faults_csv(rows: Iterable[Any]) -> Iterator[str]:
    """The rows left out as csv with a byte order mark: number, what the row said, why."""
    names = [name for name in HEADINGS if name not in ("subject", "hours", "date")]
    yield "\ufeff" + workbooks.line(["行", *(HEADINGS[name][0] for name in names), "原因"])
    for row in rows:
        yield workbooks.line(
            [str(row.number), *(row.facts.get(name, "") for name in names), "".join(row.problems)]
        )
