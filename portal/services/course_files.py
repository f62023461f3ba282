"""The files HR takes away from an import of course records: the template, and the rows left out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from portal.services.course_rows import HEADINGS

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
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def template() -> bytes:
    """An .xlsx to fill in: headings with their notes, frozen, each column wide enough, numbers as text."""
    import xlsxwriter  # imported here: only HR needs it, a few times a year

    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, {"in_memory": True}) as book:
        heading = book.add_format({"bold": True, "bg_color": "#E8EEF6", "border": 1})
        text, hours = book.add_format({"num_format": "@"}), book.add_format({"num_format": "0.0"})
        sheet = book.add_worksheet("课程学时")
        sheet.freeze_panes(1, 0)
        notes = dict(_NOTES)
        for column, ((name, known), width) in enumerate(zip(HEADINGS.items(), _WIDTHS, strict=True)):
            sheet.set_column(column, column, width, hours if name == "hours" else text)
            sheet.write_string(0, column, known[0], heading)
            sheet.write_comment(0, column, notes[known[0]], {"x_scale": 2})
        sheet.data_validation(*(1, 5, 200_000, 5), {"validate": "list", "source": ["公需科目", "专业科目"]})
        sheet.data_validation(
            *(1, 6, 200_000, 6),
            {
                "validate": "decimal",
                "criteria": ">",
                "value": 0,
                "error_title": "学时",
                "error_message": "请填写大于 0 的数字。",
            },
        )
    return kept.getvalue()


def faults_csv(rows: Iterable[Any]) -> Iterator[str]:
    """The rows left out as csv with a byte order mark: number, what the row said, why."""
    names = [name for name in HEADINGS if name not in ("subject", "hours", "date")]
    yield "\ufeff" + _line(["行", *(HEADINGS[name][0] for name in names), "原因"])
    for row in rows:
        yield _line([str(row.number), *(row.facts.get(name, "") for name in names), "".join(row.problems)])


def _line(cells: list[str]) -> str:
    """One line; what a spreadsheet would take for a formula becomes text."""
    kept = io.StringIO()
    csv.writer(kept).writerow([f"'{cell}" if cell.startswith(_DANGEROUS) else cell for cell in cells])
    return kept.getvalue()
