"""Many decided at once in a real browser: results in the rows where they stood, and a page without script."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

Enter = Callable[..., None]
SECOND, PLAIN = "师德师风与课程思政专题培训", "老年护理案例精选"


def row(page: Page, title: str) -> Locator:
    return page.locator("[data-claim]", has_text=title)


@pytest.mark.parametrize(("width", "taken"), [(1280, "一种可调节护理教学模型"), (390, "护理学专业自学考试")])
def test_each_row_answers_in_the_queue(
    new_page: Callable[..., Page], enter: Enter, axe: Callable[[Page], None], width: int, taken: str
) -> None:
    page, colleague = new_page(viewport={"width": width, "height": 900}), new_page()
    enter(page, "admin", "unit")
    page.goto("/admin/claims")
    order = page.locator("[data-claim]").evaluate_all("rows => rows.map(row => row.id)")
    enter(colleague, "admin2", "unit")
    colleague.goto(f"/admin/claims?q={taken}")
    colleague.locator("[data-open]").click()
    colleague.locator(".open textarea[name=reason]").fill("请补充材料首页。")
    colleague.locator(".open button[value=return]").click()
    expect(row(colleague, taken)).to_have_attribute("data-status", "returned")
    for title in (taken, SECOND):
        row(page, title).locator("[name=ids]").check()
    page.get_by_role("button", name="批量通过").click()
    told = page.locator("[data-results]")
    expect(told).to_contain_text("已通过 1 项，1 项没有处理")
    expect(told).to_be_focused()
    assert page.url.endswith("/admin/claims")
    assert page.locator("[data-claim]").evaluate_all("rows => rows.map(row => row.id)")[: len(order)] == order
    expect(row(page, SECOND)).to_have_attribute("data-status", "approved")
    expect(row(page, taken)).to_contain_text(re.compile("没有处理：王芳 已于 .* 退回"))
    page.keyboard.press("u")
    expect(row(page, SECOND)).to_have_attribute("data-status", "pending")
    axe(page)


def test_without_script_the_results_are_a_page_and_lead_back(
    new_page: Callable[..., Page], enter: Enter
) -> None:
    page = new_page(java_script_enabled=False)
    enter(page, "admin", "unit")
    page.goto(f"/admin/claims?q={PLAIN}")
    row(page, PLAIN).locator("[name=ids]").check()
    page.get_by_role("button", name="批量通过").click()
    expect(page.locator("h1")).to_have_text("批量通过结果")
    expect(page.locator("[data-outcome]")).to_have_attribute("data-decided", "yes")
    page.get_by_role("link", name=PLAIN).click()
    page.get_by_role("button", name="撤销刚才的决定").click()
    expect(page.locator("[data-claim]")).to_have_attribute("data-status", "pending")
    page.goto("/admin/claims")
    expect(row(page, PLAIN)).to_have_count(1)
