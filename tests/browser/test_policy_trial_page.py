"""A new policy tried on a past year in a browser: its faults told, then who would change; nothing written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from portal.rules.policy import SHIPPED

pytestmark = pytest.mark.browser
TEXT = (SHIPPED / "sdsmu_2025.toml").read_text("utf-8")


def try_it(page: Page, text: str) -> None:
    """Hand the candidate in."""
    page.goto("/hr/policy/compare")
    file = {"name": "candidate.toml", "mimeType": "application/toml", "buffer": text.encode()}
    page.set_input_files("input[name=file]", file)
    page.get_by_role("button", name="检查并试算").click()


def test_who_would_change_is_listed_and_nobody_changes(
    page: Page, enter: Callable[..., None], axe: Callable[[Page], None]
) -> None:
    enter(page, "hr", "hr")
    school = page.locator(".figure").text_content()
    try_it(page, TEXT.replace("min = 60", 'min = "60"'))
    expect(page.locator("[data-fault]")).to_contain_text("请去掉引号")
    axe(page)
    try_it(page, TEXT.replace("min = 60", "min = 80").replace("不少于60学时", "不少于80学时"))
    page.get_by_role("link", name="查看结果").click(timeout=60_000)
    expect(page.locator("main")).to_contain_text("由达标变为未达标")
    expect(page.locator("tr[data-person='staff2']")).to_contain_text("未达标")
    axe(page)
    with page.expect_download() as coming:
        page.get_by_role("link", name="规则试算-2025.xlsx").click()
    rows = CalamineWorkbook.from_path(Path(coming.value.path())).get_sheet_by_index(0).to_python()
    assert "staff2" in [row[0] for row in rows]
    page.goto("/hr/")
    assert page.locator(".figure").text_content() == school
