"""The school at a glance in a browser: bars read on a phone, the table opens, a list comes down."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

pytestmark = pytest.mark.browser
PAGES = ("/hr/", "/hr/oversight/years", "/hr/oversight/pace", "/hr/oversight/reviewers", "/hr/exports")


@pytest.mark.parametrize("width", [1280, 390])
def test_charts_read_at_every_width(
    new_page: Callable[..., Page], enter: Callable[..., None], axe: Callable[[Page], None], width: int
) -> None:
    page = new_page()
    page.set_viewport_size({"width": width, "height": 900})
    enter(page, "hr", "hr")
    for path in PAGES:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} scrolls sideways"
        axe(page)
    page.goto("/hr/")
    bars = page.locator(".bars li")
    assert bars.count() > 10
    for part in ("a", "svg", ".n"):
        box = bars.nth(4).locator(part).first.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= width
    drawn = bars.nth(4).locator("svg").bounding_box()
    assert drawn is not None
    assert drawn["width"] >= 280
    page.get_by_text("数据表").click()
    expect(page.locator("#unit-table")).to_be_visible()


def test_hr_takes_a_list_home(new_page: Callable[..., Page], enter: Callable[..., None]) -> None:
    page = new_page()
    enter(page, "hr", "hr")
    page.goto("/hr/exports")
    card = page.locator("form", has=page.locator("input[value='standings']"))
    card.get_by_label("年数").select_option("5")
    with page.expect_download() as coming:
        card.get_by_role("button", name="导出 Excel").click()
    assert re.fullmatch(r"年度完成情况2021-2025\.xlsx", coming.value.suggested_filename)
    sheet = CalamineWorkbook.from_path(Path(coming.value.path())).get_sheet_by_name("年度完成情况")
    assert len(sheet.to_python()) > 200
