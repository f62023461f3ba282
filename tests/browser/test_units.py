"""HR appoints a unit's admin and prints the sheet; the admin finds the new hat and prints the same one."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

pytestmark = pytest.mark.browser

UNIT, PHONE = "学报编辑部", "0536-8462099"


def sheet(page: Page) -> str:
    """The text of the sheet the page offers, without line ends."""
    with page.expect_download() as loading:
        page.get_by_role("link", name="打印附件2").click()
    data = Path(loading.value.path()).read_bytes()
    (only,) = PdfReader(io.BytesIO(data)).pages
    return only.extract_text().replace("\n", "")


@pytest.mark.parametrize("scripted", [True, False], ids=["script", "no script"])
def test_appoint_then_print_annex_2(
    new_page: Callable[..., Page],
    enter: Callable[..., None],
    axe: Callable[[Page], None],
    scripted: bool,
) -> None:
    page = new_page(java_script_enabled=scripted)
    enter(page, "hr", "hr")
    menu = page.get_by_role("navigation", name="主菜单", exact=True)
    menu.get_by_text("人员与单位", exact=True).click()
    menu.get_by_role("link", name="单位", exact=True).click()
    row = page.locator("tr[data-unit=XBBJ]")
    expect(row).to_contain_text("无平台管理员" if scripted else UNIT)
    if scripted:
        axe(page)
    row.get_by_role("link", name=UNIT).click()
    option = page.locator("#people-of-unit option").nth(0 if scripted else 1)
    username, name = option.get_attribute("value") or "", option.text_content() or ""
    page.fill("#username-appoint", username)
    page.fill("#desk_phone-appoint", "未填")
    page.get_by_role("button", name="任命", exact=True).click()
    expect(page.locator("#desk_phone-appoint-errors")).to_contain_text("座机号由数字")
    assert page.input_value("#username-appoint") == username
    page.fill("#desk_phone-appoint", PHONE)
    page.get_by_role("button", name="任命", exact=True).click()
    expect(page.locator(f"tr[data-admin='{username}']")).to_contain_text(PHONE)
    if scripted:
        axe(page)
    printed = sheet(page)
    for words in ("山东省继续教育平台管理人员信息表", "所在单位（公章）：", "负责人：", UNIT, name, PHONE):
        assert words in printed, words


def test_an_admin_prints_the_own_sheet_and_marks_an_absence(
    page: Page, enter: Callable[..., None], axe: Callable[[Page], None]
) -> None:
    enter(page, "other-admin", "unit")
    menu = page.get_by_role("navigation", name="主菜单", exact=True)
    menu.get_by_text("本单位", exact=True).click()
    menu.get_by_role("link", name="管理员与请假").click()
    axe(page)
    assert "基础医学院" in sheet(page)
    page.fill("#first_day", "2025-12-20")
    page.fill("#last_day", "2025-12-22")
    page.get_by_role("button", name="登记").click()
    expect(page.locator("main")).to_contain_text("2025-12-20 至 2025-12-22")
    axe(page)
    page.get_by_role("button", name="取消").click()
    expect(page.locator("main")).not_to_contain_text("2025-12-20 至 2025-12-22")


def test_a_second_officer_confirms_a_role(
    page: Page, enter: Callable[..., None], axe: Callable[[Page], None]
) -> None:
    enter(page, "hr", "hr")
    page.goto("/hr/roles")
    axe(page)
    waiting = page.locator("tr[data-proposal]").filter(has_text="待确认")
    waiting.get_by_role("button", name="确认").click()
    expect(page.locator("tr[data-proposal]").filter(has_text="已确认")).to_have_count(1)
    expect(waiting).to_have_count(0)
