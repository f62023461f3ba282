"""The provincial platform in a browser: a list is compared, its difference becomes a task, and is settled."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_a_difference_is_found_and_settled(
    page: Page, enter: Callable[..., None], axe: Callable[[Page], None]
) -> None:
    enter(page, "hr", "hr")
    page.goto("/hr/provincial")
    axe(page)
    line = page.locator("tr[data-difference]").first
    username, subject = line.get_attribute("data-difference"), line.get_attribute("data-subject")
    text = f"工号,年度,公需学时,专业学时\n{username},2025,1.11,2.22\n20990001,2025,1,1\n"
    page.set_input_files("#file", {"name": "省平台.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.get_by_role("button", name="导入并核对").click()
    expect(page.locator("tr[data-row='3']")).to_contain_text("20990001")
    axe(page)
    page.get_by_role("link", name="查看待处理的差异").click()
    task = page.locator(f"tr[data-difference='{username}'][data-subject='{subject}']")
    expect(task).to_contain_text("1.11" if subject == "public" else "2.22")
    task.locator("summary").click()
    task.locator("input[name=note]").fill("已与省平台联系更正")
    task.get_by_role("button", name="处理完毕").click()
    expect(page.locator(".notices")).to_contain_text("差异已处理")
    expect(task).to_have_count(0)
    page.goto("/hr/provincial?stand=settled")
    expect(task).to_contain_text("已与省平台联系更正")
    axe(page)


def test_rows_are_ticked_and_marked(
    page: Page, enter: Callable[..., None], axe: Callable[[Page], None]
) -> None:
    enter(page, "other-admin", "unit")
    page.goto("/admin/provincial")
    axe(page)
    row = page.locator("tr[data-entry]").first
    claim = row.get_attribute("data-entry")
    row.locator("input[type=checkbox]").check()
    page.get_by_role("button", name="标记已录入省平台").click()
    expect(page.locator(".notices")).to_contain_text("已标记 1 条")
    expect(page.locator(f"tr[data-entry='{claim}']")).to_have_count(0)
    page.get_by_role("link", name="已录入省平台").click()
    expect(page.locator("tr[data-entry]").first).to_be_visible()
    axe(page)
