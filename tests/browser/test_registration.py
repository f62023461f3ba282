"""From nobody to a first claim in a real browser: register, be approved by keyboard, file; and a transfer."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from forms_sent import pdf
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

Enter = Callable[..., None]
PASSWORD = "lantern-over-the-sea"


def register(page: Page, username: str, name: str) -> str:
    """Fill in the form from the login page; the progress code's address."""
    page.goto("/login")
    page.get_by_role("link", name="注册").click()
    page.fill("#username", username)
    page.fill("#name", name)
    page.select_option("#unit", label="护理学院")
    page.fill("#department", "专业教研室")
    page.fill("#title_series", "高校教师")
    page.fill("#title", "助教")
    page.fill("#phone", "0536-8460000")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.get_by_role("button", name="提交注册").click()
    expect(page).to_have_url(re.compile("/register/[A-Z2-7]{16}$"))
    return page.url


def sign_in(page: Page, username: str) -> None:
    page.goto("/login")
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url(re.compile("/standing"))


def file_claim(page: Page, title: str, proof: Path) -> None:
    """A first training of eight hours, sent."""
    page.goto("/claims/new?category=training&kind=研修")
    page.select_option("#subject", "professional")
    page.fill("#organizer", "山东省护理学会")
    page.fill("#title", title)
    page.fill("#start", "2025-11-03")
    page.fill("#end", "2025-11-03")
    page.fill("#hours", "8")
    page.select_option("#approval", "organised")
    page.check("#truthful")
    page.set_input_files("#evidence_hours", proof)
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator("main")).to_contain_text("待审核")


def settled(page: Page) -> None:
    """Wait until what was swapped in answers to script; before that its forms work as plain ones."""
    expect(page.locator(".htmx-added, .htmx-settling, .htmx-request")).to_have_count(0)


@pytest.fixture
def proof(tmp_path: Path) -> Path:
    """A real PDF to attach."""
    file = tmp_path / "学时证明.pdf"
    file.write_bytes(pdf().getvalue())
    return file


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_registration_approval_and_first_claim(
    new_page: Callable[..., Page], enter: Enter, proof: Path, script: bool
) -> None:
    username, name = ("20259901", "沈初雪") if script else ("20259902", "沈初晴")
    newcomer = new_page(java_script_enabled=script)
    progress = register(newcomer, username, name)
    expect(newcomer.locator("main")).to_contain_text("待审核")

    admin = new_page(java_script_enabled=script)
    enter(admin, "admin", "unit")
    waiting = admin.locator("nav.menu a[href='/admin/people'] .dot")
    before = int(waiting.inner_text())
    admin.get_by_role("navigation", name="主菜单").get_by_role("link", name="人员审核").click()
    row = admin.locator("[data-claim]", has_text=name)
    expect(row).to_have_attribute("data-status", "pending")
    row.locator("[data-open]").click()
    expect(admin.locator(".panel")).to_contain_text("专业教研室")
    if script:
        settled(admin)
        row.focus()
        admin.keyboard.press("a")
        expect(row).to_have_attribute("data-status", "approved")
        following = admin.locator("[data-claim].open[data-waiting]")
        expect(following).to_have_count(1)
        expect(following).to_be_focused()
    else:
        admin.get_by_role("button", name="通过").click()
        expect(admin.locator("#notices")).to_contain_text(f"已通过：{name}的注册申请")
    admin.goto("/admin/people")
    assert int(waiting.inner_text()) == before - 1

    newcomer.goto(progress)
    expect(newcomer.locator("main")).to_contain_text("注册已通过")
    sign_in(newcomer, username)
    file_claim(newcomer, f"{name}的第一次培训", proof)
    admin.goto(f"/admin/claims?q={name}的第一次培训")
    expect(admin.locator("[data-claim]")).to_have_count(1)


def test_a_return_by_keyboard_asks_for_the_reason_first(new_page: Callable[..., Page], enter: Enter) -> None:
    newcomer, name = new_page(), "许见山"
    progress = register(newcomer, "20259903", name)
    admin = new_page()
    enter(admin, "admin", "unit")
    admin.goto("/admin/people?kind=registration")
    row = admin.locator("[data-claim]", has_text=name)
    row.locator("[data-open]").click()
    expect(row.locator(".decision")).to_be_visible()
    settled(admin)
    row.focus()
    admin.keyboard.press("r")
    expect(row.locator("select")).to_be_focused()
    row.get_by_role("button", name="退回").click()
    expect(row).to_contain_text("退回须说明原因")
    settled(admin)
    row.locator("select").select_option(index=1)
    row.get_by_role("button", name="退回").click()
    expect(row).to_have_attribute("data-status", "returned")
    newcomer.goto(progress)
    expect(newcomer.locator("main")).to_contain_text("工号与姓名不符")


def test_axe_finds_nothing_on_the_pages_about_people(
    new_page: Callable[..., Page], enter: Enter, axe: Callable[[Page], None]
) -> None:
    page = new_page(viewport={"width": 390, "height": 800})
    register(page, "20259904", "顾长风")
    axe(page)
    page.goto("/register")
    page.get_by_role("button", name="提交注册").evaluate("button => button.form.noValidate = true")
    page.get_by_role("button", name="提交注册").click()
    expect(page.locator(".faults")).to_be_visible()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    enter(page, "staff2")
    page.goto("/account/record")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    admin = new_page()
    enter(admin, "admin", "unit")
    for address in ("/admin/people", "/admin/people?status=approved", "/admin/people?status=returned"):
        admin.goto(address)
        axe(admin)
    admin.goto("/admin/people")
    for number in range(admin.locator("[data-open]").count()):
        admin.locator("[data-open]").nth(number).click()
        expect(admin.locator("[data-claim]").nth(number).locator(".panel")).to_be_visible()
        expect(admin.locator(".panel")).to_have_count(1)  # opening one closes the other
        axe(admin)
