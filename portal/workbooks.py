"""Writes lists people take away, as .xlsx or .csv: real numbers, no formulas, and who took them when.

The one place that writes workbooks. Rows may come from a generator: memory does not grow with them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from portal.clock import SHANGHAI
from portal.rules.amounts import PER_HOUR, show_hours

Form = Literal["xlsx", "csv"]
Kind = Literal["text", "hours", "count", "day", "instant"]
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
MOST_ROWS = 1_000_000  # of one sheet; a workbook takes 1,048,576
LONGEST = 32_767  # characters a cell takes
_NOTE = "导出说明"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")
_NUMBERS = {"hours": "0.0", "count": "0", "day": "yyyy-mm-dd", "instant": "yyyy-mm-dd hh:mm"}


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, its width in characters, and what its cells hold: hours are integer quarters."""

    heading: str
    width: int = 12
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Asked:
    """A column of a template to fill in: a note beside the heading, words to choose from."""

    heading: str
    width: int
    note: str
    kind: Literal["text", "hours"] = "text"
    choices: tuple[str, ...] = ()


def write(
    file: Path,
    form: Form,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    *,
    title: str,
    stamp: Sequence[tuple[str, str]],
) -> int:
    """Write the list and return how many rows it has; `None` leaves a cell empty.

    `stamp` says who exported it, when and what: a second sheet and the page footer of a workbook, the last
    line of a csv (utf-8 with a mark).
    """
    return (_xlsx if form == "xlsx" else _csv)(file, columns, rows, title, stamp)


def clean(value: str) -> str:
    """The text without control characters; every character that can be printed stays, rare ones too."""
    return _UNFIT.sub(" ", value) if _UNFIT.search(value) else value


def cell(value: str) -> str:
    """Text for a csv that no spreadsheet takes for a formula."""
    text = clean(value)
    return f"'{text}" if value.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text


def line(cells: Iterable[str]) -> str:
    """One safe line of a csv, line end included."""
    kept = io.StringIO()
    csv.writer(kept).writerow([cell(one) for one in cells])
    return kept.getvalue()


def template(title: str, columns: Sequence[Asked]) -> bytes:
    """An .xlsx to fill in: headings with notes, frozen; text columns keep leading zeros."""
    import xlsxwriter  # imported here: writing a workbook is rare, starting the portal is not

    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, {"in_memory": True}) as book:
        heading = book.add_format({"bold": True, "bg_color": "#E8EEF6", "border": 1})
        shapes = {
            "text": book.add_format({"num_format": "@"}),
            "hours": book.add_format({"num_format": "0.0"}),
        }
        sheet = book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        for place, one in enumerate(columns):
            sheet.set_column(place, place, one.width, shapes[one.kind])
            sheet.write_string(0, place, one.heading, heading)
            sheet.write_comment(0, place, one.note, {"x_scale": 2})
            if one.choices:
                sheet.data_validation(
                    *(1, place, 200_000, place), {"validate": "list", "source": list(one.choices)}
                )
            if one.kind == "hours":
                above = {"validate": "decimal", "criteria": ">", "value": 0}
                told = {"error_title": one.heading, "error_message": "请填写大于 0 的数字。"}
                sheet.data_validation(*(1, place, 200_000, place), above | told)
    return kept.getvalue()


def _xlsx(
    file: Path,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    title: str,
    stamp: Sequence[tuple[str, str]],
) -> int:
    import xlsxwriter  # imported here: writing a workbook is rare, starting the portal is not

    options = {
        "constant_memory": True,
        "tmpdir": str(file.parent),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(file), options) as book:
        heading = book.add_format({"bold": True, "bg_color": "#E8EEF6", "bottom": 1})
        shapes = {kind: book.add_format({"num_format": shape}) for kind, shape in _NUMBERS.items()}
        footer = "&L" + "  ".join(text for _, text in stamp[:2]).replace("&", "&&")[:200] + "&R&P / &N"
        sheet: Any = None
        puts: list[Callable[[int, int, Any], Any]] = []
        count = at = 0
        for row in rows:
            if sheet is None or at == MOST_ROWS:
                sheet, at = _sheet(book, title, columns, heading, footer), 0
                puts = [_put(sheet, column, shapes) for column in columns]
            at += 1
            for place, value in enumerate(row):
                if value is not None and value != "":
                    puts[place](at, place, value)
            count += 1
        if sheet is None:
            _sheet(book, title, columns, heading, footer)
        note = book.add_worksheet(_NOTE)
        note.set_column(0, 0, 14)
        note.set_column(1, 1, 80)
        for at, (label, text) in enumerate([*stamp, ("行数", str(count))]):
            note.write_string(at, 0, label, heading)
            note.write_string(at, 1, clean(text))
    return count


def _sheet(book: Any, title: str, columns: Sequence[Column], heading: Any, footer: str) -> Any:
    number = len(book.worksheets())
    sheet = book.add_worksheet(title if not number else f"{title} {number + 1}")
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(footer)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(0, place, column.heading, heading)
    return sheet


def _put(sheet: Any, column: Column, shapes: dict[str, Any]) -> Callable[[int, int, Any], Any]:
    shape = shapes.get(column.kind)
    match column.kind:
        case "text":
            return lambda row, place, value: sheet.write_string(row, place, clean(value)[:LONGEST])
        case "hours":
            return lambda row, place, value: sheet.write_number(row, place, value / PER_HOUR, shape)
        case "count":
            return lambda row, place, value: sheet.write_number(row, place, value, shape)
        case "day":
            return lambda row, place, value: sheet.write_datetime(row, place, value, shape)
        case "instant":
            return lambda row, place, value: sheet.write_datetime(row, place, _local(value), shape)


def _csv(
    file: Path,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    title: str,
    stamp: Sequence[tuple[str, str]],
) -> int:
    tell = [_TOLD[column.kind] for column in columns]
    count = 0
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        table = csv.writer(opened)
        table.writerow([cell(column.heading) for column in columns])
        for row in rows:
            table.writerow(
                ["" if value is None else say(value) for say, value in zip(tell, row, strict=True)]
            )
            count += 1
        noted = [*stamp, ("行数", str(count))]
        table.writerow([cell(f"{title}。" + "；".join(f"{label}：{text}" for label, text in noted))])
    return count


def _local(value: datetime) -> datetime:
    return value.astimezone(SHANGHAI).replace(tzinfo=None)


def _day(value: date) -> str:
    return value.isoformat()


def _instant(value: datetime) -> str:
    return _local(value).strftime("%Y-%m-%d %H:%M")


_TOLD: dict[str, Callable[[Any], str]] = {
    "text": cell,
    "hours": show_hours,
    "count": str,
    "day": _day,
    "instant": _instant,
}
