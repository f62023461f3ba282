"""Lists people take away: what a spreadsheet makes of them."""

from __future__ import annotations

import csv
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from portal import workbooks
from portal.workbooks import Column

STAMP = [("导出人", "周敏（20050008）"), ("导出时间", "2025-12-01 08:00")]
COLUMNS = [
    Column("工号"),
    Column("姓名"),
    Column("学时", kind="hours"),
    Column("人数", kind="count"),
    Column("日期", kind="day"),
    Column("时间", kind="instant"),
]
ROW = ("00120001", "𠮷田䶮", 30, 7, date(2025, 7, 1), datetime(2025, 7, 1, 16, 30, tzinfo=UTC))
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", '=HYPERLINK("http://a")']


def written(tmp_path: Path, form: Any, rows: Any, columns: Any = COLUMNS) -> Path:
    file = tmp_path / f"list.{form}"
    workbooks.write(file, form, columns, rows, title="清单", stamp=STAMP)
    return file


def sheets(file: Path) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_path(file)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_a_workbook_holds_text_numbers_and_days(tmp_path: Path) -> None:
    found = sheets(written(tmp_path, "xlsx", [ROW, (None, "", None, None, None, None)]))
    assert found["清单"][0] == [column.heading for column in COLUMNS]
    assert found["清单"][1] == [
        *("00120001", "𠮷田䶮", 7.5, 7.0),
        *(date(2025, 7, 1), datetime(2025, 7, 2, 0, 30)),
    ]
    assert found["导出说明"] == [*map(list, STAMP), ["行数", "2"]]


def test_the_heading_of_a_workbook_stays_in_sight_and_on_every_page(tmp_path: Path) -> None:
    with zipfile.ZipFile(written(tmp_path, "xlsx", [ROW])) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        book = parts.read("xl/workbook.xml").decode()
    assert 'state="frozen"' in sheet
    assert 'ySplit="1"' in sheet
    assert "_xlnm.Print_Titles" in book
    assert "周敏" in sheet.partition("<oddFooter>")[2]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula(tmp_path: Path, text: str) -> None:
    columns = [Column("题目")]
    with zipfile.ZipFile(written(tmp_path, "xlsx", [(text,)], columns)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "hyperlink" not in sheet
    line = written(tmp_path, "csv", [(text,)], columns).read_text("utf-8-sig").splitlines()[1]
    assert next(csv.reader([line]))[0].startswith("'")


def test_control_characters_go_and_rare_ones_stay(tmp_path: Path) -> None:
    name = "䶮\x00𠮷\x1b\ud800\ue863\uffff"
    found = sheets(written(tmp_path, "xlsx", [(name,)], [Column("姓名")]))
    assert found["清单"][1] == ["䶮 𠮷  \ue863 "]
    lines = written(tmp_path, "csv", [(name,)], [Column("姓名")]).read_text("utf-8-sig").splitlines()
    assert lines[1] == "䶮 𠮷  \ue863 "


def test_a_csv_opens_in_a_spreadsheet_and_says_who_took_it(tmp_path: Path) -> None:
    file = written(tmp_path, "csv", [ROW])
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(file.read_text("utf-8-sig").splitlines()))
    assert lines[1] == ["00120001", "𠮷田䶮", "7.5", "7", "2025-07-01", "2025-07-02 00:30"]
    assert lines[2] == ["清单。导出人：周敏（20050008）；导出时间：2025-12-01 08:00；行数：1"]


def test_an_empty_list_still_has_its_headings(tmp_path: Path) -> None:
    assert sheets(written(tmp_path, "xlsx", []))["清单"] == [[column.heading for column in COLUMNS]]


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_memory_does_not_grow_with_the_rows(tmp_path: Path, form: str) -> None:
    def rows(count: int) -> Iterator[tuple[Any, ...]]:
        return ((f"{n:08d}", f"姓名{n}", n % 9, n, ROW[4], ROW[5]) for n in range(count))

    peaks = []
    for count in (200, 4_000):
        tracemalloc.start()
        written(tmp_path, form, rows(count))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5 + 300_000, "a row is kept after it was written: use constant memory"
