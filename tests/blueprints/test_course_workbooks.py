"""Course lists as offices really save them: date cells, numbers for texts, merged headings, two sheets."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import select
from strict import StrictClient

from portal import jobs
from portal.extensions import db
from portal.models import CourseRecord

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
PLACE = "/hr/imports/courses"
HEADINGS = ("记录编号", "工号", "姓名", "学习平台", "课程名称", "科目类型", "学时", "完成日期")
GOOD = ("K1", 20120001, "陈晓", "蟹壳云学", "药物警戒", "专业科目", 2, "2025-03-01")
MARCH = date(2025, 3, 1)


def but(**cells: Any) -> tuple[Any, ...]:
    """The good row with other cells."""
    return tuple(cells.get(heading, cell) for heading, cell in zip(HEADINGS, GOOD, strict=True))


def fill(book: Any, rows: list[tuple[Any, ...]], top: int = 0, heads: tuple[str, ...] = HEADINGS) -> Any:
    """A sheet with headings in row `top`; dates become date cells."""
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": 'yyyy"年"m"月"d"日"'})
    sheet.write_row(top, 0, heads)
    for line, row in enumerate(rows, top + 1):
        for place, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(line, place, value, day)
            else:
                sheet.write(line, place, value)
    return sheet


def workbook(make: Callable[[Any], Any]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        make(book)
    return file.getvalue()


@pytest.fixture
def hr(sign_in: Any) -> StrictClient:
    return sign_in("周敏")  # type: ignore[no-any-return]


def upload(hr: StrictClient, content: bytes, name: str = "课程.xlsx") -> Any:
    data = {"file": (io.BytesIO(content), name)}
    return hr.post(PLACE, data=data, content_type="multipart/form-data")


def faults(hr: StrictClient, content: bytes, name: str = "课程.xlsx") -> dict[int, str]:
    """Row number -> reason, as the file to download tells them."""
    address = upload(hr, content, name).headers["Location"]
    lines = hr.get(f"{address}/faults.csv", strict=False).data.decode("utf-8-sig").splitlines()[1:]
    return {int(line.split(",")[0]): line.split(",")[-1] for line in lines}


def taken(app: Any, hr: StrictClient, content: bytes, name: str = "课程.xlsx") -> Iterator[Any]:
    """What is there after the list was agreed to."""
    address = upload(hr, content, name).headers["Location"]
    hr.post(f"{address}/commit", status=303)
    jobs.run_all(app)
    with app.app_context():
        yield from db.session.execute(
            select(CourseRecord.record_id, CourseRecord.completed_on, CourseRecord.quarters).order_by(
                CourseRecord.id
            )
        ).all()


@pytest.mark.parametrize(
    "day",
    [
        MARCH,
        datetime(2025, 3, 1, 23, 59),
        45717,
        "2025年3月1日",
        "2025 年 03 月 01 日",
        "2025年3月1日 08:30",
        "2025/3/1 8:05:00",
    ],
)
def test_a_day_is_read_however_the_cell_holds_it(app: Any, hr: StrictClient, day: Any) -> None:
    content = workbook(lambda book: fill(book, [but(完成日期=day)]))
    assert list(taken(app, hr, content)) == [("K1", MARCH, 8)]


def test_numbers_written_with_a_point_are_the_same_person_and_the_same_record(
    app: Any, hr: StrictClient
) -> None:
    first = workbook(lambda book: fill(book, [but(记录编号=1001, 工号="20120001.0")]))
    assert list(taken(app, hr, first)) == [("1001", MARCH, 8)]
    other = ",".join(HEADINGS) + "\n1001.0,20120001.0,陈晓,蟹壳云学,药物警戒,专业科目,2.0,2025年3月1日\n"
    page = hr.get(upload(hr, other.encode("gb18030"), "课程.csv").headers["Location"], status=200)
    assert "已有，无变化 1 行" in page.words, "the other format of the list adds nothing"


@pytest.mark.parametrize("number", [12345678901234567890, 1234567890123456])
def test_a_record_number_that_lost_its_digits_is_a_fault(hr: StrictClient, number: int) -> None:
    told = faults(hr, workbook(lambda book: fill(book, [GOOD, but(记录编号=number)])))
    assert "位数已经丢失" in told[3]
    assert list(told) == [3]


def test_a_record_number_cut_short_in_a_csv_is_a_fault_and_a_code_is_not(hr: StrictClient) -> None:
    rest = ",20120001,陈晓,蟹壳云学,药物警戒,专业科目,2,2025-03-01\n"
    text = ",".join(HEADINGS) + f"\n1.23457E+19{rest}12E34{rest}"
    assert list(faults(hr, text.encode(), "课程.csv")) == [2]


def test_a_formula_is_told_by_row_and_column(hr: StrictClient) -> None:
    def make(book: Any) -> None:
        sheet = fill(book, [GOOD, but(记录编号="K2"), but(记录编号="K3")])
        sheet.write_formula(2, 6, "=1+1", None, 2)
        sheet.write_formula(3, 7, "=TODAY()", None, 45717)

    told = faults(hr, workbook(make))
    assert {row: why[: why.index("，")] for row, why in told.items()} == {
        3: "“学时”是公式",
        4: "“完成日期”是公式",
    }


def _title(book: Any) -> None:
    fill(book, [GOOD], top=1).merge_range(0, 0, 0, 7, "2025年课程学时汇总表")


def _two_rows_of_headings(book: Any) -> None:
    sheet = fill(book, [GOOD], top=1)
    sheet.merge_range(0, 0, 0, 2, "人员")
    sheet.merge_range(0, 3, 0, 7, "课程")


def _one_heading_over_two_columns(book: Any) -> None:
    fill(book, [GOOD]).merge_range(0, 5, 0, 6, "科目及学时")


def _two_sheets(book: Any) -> None:
    fill(book, [GOOD])
    fill(book, [but(记录编号="K2")])


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (_title, "列名在第 2 行"),
        (_two_rows_of_headings, "列名在第 2 行"),
        (_one_heading_over_two_columns, "“科目及学时”"),
        (_two_sheets, "不止一个工作表"),
        (
            lambda book: fill(book, [GOOD], heads=("编号", "员工号", *HEADINGS[2:])),
            "缺少列：记录编号、工号。文件第一行的列名是：“编号”、“员工号”",
        ),
    ],
    ids=["title", "two rows of headings", "merged heading", "two sheets", "renamed columns"],
)
def test_a_sheet_that_cannot_be_read_is_refused_with_the_mend(
    hr: StrictClient, make: Callable[[Any], Any], sentence: str
) -> None:
    answer = upload(hr, workbook(make))
    assert answer.status_code == 422
    assert sentence in answer.words
