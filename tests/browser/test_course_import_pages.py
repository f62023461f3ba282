"""A list of course hours in a browser: looked at, written with its bar, confirmed by a second, taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
ROWS = 1000  # of somebody who has met the year: five chunks, so that the bar is seen moving


def listed() -> Iterator[str]:
    yield "记录编号,工号,姓名,学习平台,课程名称,科目类型,学时,完成日期"
    yield "Y-STAFF,staff,,蟹壳云学,药物警戒,专业科目,2,2025年3月1日"
    yield "Y-HR,hr,,蟹壳云学,药物警戒,公需科目,6,2025-06-01"
    yield "Y-BAD,staff,,蟹壳云学,药物警戒,专业科目,四,2025-06-01"
    for number in range(ROWS):
        yield f"Y{number},staff2,,蟹壳云学,药物警戒,专业科目,0.5,2025-06-01"


def hours(page: Page, subject: str) -> float:
    """What the person's standing says."""
    page.goto("/standing?year=2025")
    return float(page.locator(f"[data-subject='{subject}']").get_attribute("data-hours") or "")


def test_a_list_is_written_with_progress_and_the_standing_moves(
    new_page: Callable[..., Page], enter: Callable[..., None], axe: Callable[[Page], None]
) -> None:
    staff, officer, hr, hr2 = (new_page() for _ in range(4))
    enter(staff, "staff", "person")
    enter(officer, "hr", "person")
    before = hours(staff, "professional"), hours(officer, "public")
    enter(hr, "hr", "hr")
    hr.goto("/hr/imports/courses")
    content = "\n".join(listed()).encode("gb18030")
    hr.set_input_files("#file", {"name": "课程.csv", "mimeType": "text/csv", "buffer": content})
    hr.get_by_role("button", name="上传并预览").click()
    expect(hr.get_by_role("heading", level=1)).to_have_text("课程导入预览")
    expect(hr.locator("main")).to_contain_text("“四”不是学时数")
    axe(hr)
    hr.get_by_role("button", name="导入", exact=True).click()
    expect(hr.locator("#import-progress progress")).to_be_visible()
    expect(hr.locator("#import-progress")).to_have_count(0, timeout=60_000)
    expect(hr.locator("dl.facts")).to_contain_text(f"{ROWS + 1} 行")
    expect(hr.locator("#held")).to_contain_text("另一位同事")
    axe(hr)
    assert (hours(staff, "professional"), hours(officer, "public")) == (before[0] + 2, before[1])
    enter(hr2, "hr2", "hr")
    hr2.goto(hr.url)
    axe(hr2)
    hr2.locator("#held").get_by_role("button", name="确认写入").click()
    expect(hr2.locator("#held")).to_have_count(0)
    assert hours(officer, "public") == before[1] + 6
    hr2.locator("summary", has_text="撤销这次导入").click()
    hr2.get_by_role("button", name="撤销整批").click()
    expect(hr2.locator("main")).to_contain_text(f"撤销 {ROWS + 2} 行", timeout=60_000)
    assert (hours(staff, "professional"), hours(officer, "public")) == before
