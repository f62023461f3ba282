"""The main job in a real browser: file, see what counts, review by keyboard, print; also without script."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from forms_sent import pdf
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

Enter = Callable[..., None]


@pytest.fixture
def certificate_of_hours(tmp_path: Path) -> Path:
    """A real PDF to attach."""
    file = tmp_path / "学时证明.pdf"
    file.write_bytes(pdf().getvalue())
    return file


def fill(page: Page, title: str, start: str, end: str) -> None:
    """Everything of a training but hours and file; the form must show that kind already."""
    page.select_option("#subject", "professional")
    page.fill("#organizer", "山东省护理学会")
    page.fill("#title", title)
    page.fill("#start", start)
    page.fill("#end", end)
    page.select_option("#approval", "organised")
    page.check("#truthful")


def choose(page: Page, kind: str) -> None:
    """Another kind; done when the form for it has taken the old one's place."""
    page.evaluate("document.getElementById('claim-workspace').dataset.outdated = 'yes'")
    page.select_option("#kind", kind)
    expect(page.locator("#claim-workspace[data-outdated]")).to_have_count(0)
    expect(page.locator(".htmx-added, .htmx-settling, .htmx-request")).to_have_count(0)


def professional(page: Page) -> float:
    """The credited hours of the professional subject on one's standing."""
    page.goto("/standing?year=2025")
    return float(page.get_attribute("[data-subject=professional]", "data-hours") or "nan")


def save_certificate(page: Page) -> bytes:
    """Issue this year's certificate if it was not yet, and download it."""
    page.goto("/certificates")
    year = page.locator("tr[data-year='2025']")
    make = year.get_by_role("button", name="生成证书")
    if make.count():
        make.click()
        page.wait_for_load_state()
        page.goto("/certificates")
    with page.expect_download() as loading:
        year.get_by_role("link", name="下载 PDF").click()
    return Path(loading.value.path()).read_bytes()


def test_typing_moves_the_feedback_and_never_the_input(page: Page, enter: Enter) -> None:
    enter(page, "staff")
    page.goto("/claims/new?category=training&kind=学术交流")
    fill(page, "全国重症护理学术年会", "2025-07-02", "2025-07-04")
    page.evaluate("document.getElementById('hours').marked = true")
    page.locator("#hours").press_sequentially("20", delay=60)
    feedback = page.locator("#feedback[data-counts-now='8']")
    expect(feedback).to_contain_text("不超过8学时/天")
    expect(feedback.locator("[data-rule=day]")).to_contain_text("每天最多")
    assert page.evaluate("document.activeElement.id") == "hours"
    page.keyboard.type(".5")
    expect(page.locator("#feedback")).to_contain_text("申报 20.5")
    assert page.input_value("#hours") == "20.5"
    assert page.evaluate("document.activeElement.marked") is True
    page.fill("#hours", "7.3")
    expect(page.locator("#feedback")).to_contain_text("不是 0.5 的倍数")
    assert page.get_attribute("#feedback", "data-counts-now") is None


def test_choosing_a_kind_keeps_what_was_typed_and_the_chosen_file(
    page: Page, enter: Enter, certificate_of_hours: Path
) -> None:
    enter(page, "staff")
    page.goto("/claims/new?category=training&kind=研修")
    page.fill("#title", "教学能力研修")
    page.set_input_files("#evidence_hours", certificate_of_hours)
    choose(page, "远程教育")
    choose(page, "学术交流")
    assert page.input_value("#title") == "教学能力研修"
    assert page.evaluate("document.getElementById('evidence_hours').files.length") == 1
    choose(page, "进修")
    expect(page.locator("#evidence_dispatch")).to_be_visible()
    expect(page.locator("#evidence_hours")).to_have_count(0)


def test_a_claim_that_counts_nothing_keeps_its_tick_while_typing(page: Page, enter: Enter) -> None:
    enter(page, "staff")
    page.goto("/claims/new?category=training&kind=研修")
    fill(page, "同一时段的另一项", "2025-07-01", "2025-07-03")
    page.locator("#hours").press_sequentially("8", delay=60)
    expect(page.locator("#feedback")).to_have_attribute("data-counts-now", "0")
    page.check("#keep_zero")
    page.locator("#title").press_sequentially("（补充）", delay=60)
    expect(page.locator(".htmx-request")).to_have_count(0)
    expect(page.locator("#keep_zero")).to_be_checked()
    page.fill("#end", "2025-07-20")
    expect(page.locator("#keep_zero")).to_have_count(0)


def test_a_refused_form_keeps_everything_and_moves_to_its_draft(
    page: Page, enter: Enter, certificate_of_hours: Path
) -> None:
    enter(page, "staff")
    page.goto("/claims/new?category=training&kind=研修")
    fill(page, "缺一项的申报", "2025-03-03", "2025-03-03")
    page.fill("#hours", "4")
    page.uncheck("#truthful")
    page.set_input_files("#evidence_hours", certificate_of_hours)
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator("#refused")).to_contain_text("已存为草稿")
    expect(page.locator("#refused")).to_be_focused()
    expect(page).to_have_url(re.compile("/edit$"))
    expect(page.locator("[data-evidence]")).to_contain_text("学时证明.pdf")
    page.locator("[data-evidence]").get_by_role("button", name="移除").click()
    expect(page.locator("[data-evidence]")).to_have_count(0)
    assert page.input_value("#title") == "缺一项的申报"


def test_file_review_with_the_keyboard_and_see_the_standing_move(
    new_page: Callable[..., Page], enter: Enter, certificate_of_hours: Path
) -> None:
    staff = new_page()
    enter(staff, "staff")
    before = professional(staff)
    staff.goto("/claims/new?category=training&kind=研修")
    fill(staff, "键盘审核的研修", "2025-09-10", "2025-09-11")
    staff.fill("#hours", "12")
    staff.set_input_files("#evidence_hours", certificate_of_hours)
    expect(staff.locator("#feedback")).to_have_attribute("data-counts-now", "12")
    staff.get_by_role("button", name="提交审核").click()
    expect(staff.locator("main")).to_contain_text("待审核")
    assert professional(staff) == before

    admin = new_page()
    enter(admin, "admin", "unit")
    admin.goto("/admin/claims?q=键盘审核的研修")
    row = admin.locator("[data-claim]")
    expect(row).to_have_count(1)
    menu = admin.locator("nav.menu a[aria-current] .dot")
    waiting = int(menu.inner_text())
    admin.keyboard.press("j")
    admin.keyboard.press("Enter")
    frame = admin.frame_locator("iframe[sandbox]")
    expect(frame.locator("img").first).to_be_visible()
    admin.keyboard.press("a")
    expect(admin.locator("[data-claim][data-status=pending]")).to_have_count(0)
    expect(menu).to_have_text(str(waiting - 1))
    assert professional(staff) == before + 12


def test_a_row_opened_by_the_keyboard_shows_what_will_be_decided(page: Page, enter: Enter) -> None:
    enter(page, "admin", "unit")
    for _ in range(8):
        page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("[data-claim].open")).to_be_focused()
    expect(page.locator("[data-claim].open [data-key='a']")).to_be_in_viewport()


def test_fields_rest_while_another_kind_is_fetched(page: Page, enter: Enter) -> None:
    enter(page, "staff")
    page.goto("/claims/new?category=training&kind=研修")
    held: list[Any] = []
    page.route("**/claims/new?**", lambda route: held.append(route))
    page.select_option("#kind", "学术交流")
    expect(page.locator("#title")).to_be_disabled()
    held[0].continue_()
    expect(page.locator("#title")).to_be_enabled()
    assert page.input_value("#kind") == "学术交流"


def test_the_certificate_downloads(page: Page, enter: Enter) -> None:
    enter(page, "staff2")
    assert save_certificate(page).startswith(b"%PDF-")


def test_the_same_path_without_script(
    new_page: Callable[..., Page], enter: Enter, certificate_of_hours: Path
) -> None:
    staff = new_page(java_script_enabled=False)
    enter(staff, "staff")
    before = professional(staff)
    staff.goto("/claims/new")
    staff.select_option("#kind", "研修")
    staff.get_by_role("button", name="按所选形式更新表单").click()
    fill(staff, "无脚本的研修", "2025-07-02", "2025-07-04")
    staff.fill("#hours", "20")
    staff.get_by_role("button", name="试算").click()
    assert staff.get_attribute("#feedback", "data-counts-now") == "8"
    assert staff.input_value("#title") == "无脚本的研修"
    staff.set_input_files("#evidence_hours", certificate_of_hours)
    staff.get_by_role("button", name="提交审核").click()
    expect(staff.locator("main")).to_contain_text("待审核")

    admin = new_page(java_script_enabled=False)
    enter(admin, "admin", "unit")
    admin.goto("/admin/claims?q=无脚本的研修")
    admin.locator("[data-open]").click()
    admin.get_by_role("button", name="通过").first.click()
    assert "无脚本的研修" not in admin.locator("[data-claim][data-status=pending]").all_inner_texts()
    assert professional(staff) == before + 8

    printer = new_page(java_script_enabled=False)
    enter(printer, "staff2")
    assert save_certificate(printer).startswith(b"%PDF-")


# states of pages that no menu leads to; the menu's own are looked at in test_every_menu_page.py
STATES = (
    "/standing",
    "/standing?year=2023",
    "/claims?status=withdrawn",
    "/claims/new?category=training&kind=进修&start=2025-07-02&end=2025-07-04&hours=20&subject=professional",
    "/claims/new?category=training&start=2024-12-30&end=2025-01-04&hours=20&subject=professional",
    "/claims/new?category=self_study&kind=自学考试&year=2025&hours=60",
    "/claims/new?category=achievement&kind=课题",
    "/claims/new?category=publication",
)


def test_axe_finds_nothing_and_a_phone_is_wide_enough(
    new_page: Callable[..., Page], enter: Enter, axe: Callable[[Page], None]
) -> None:
    page = new_page(viewport={"width": 390, "height": 800})
    enter(page, "staff")
    for path in STATES:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        axe(page)


def test_axe_finds_nothing_on_claims_in_any_state(
    new_page: Callable[..., Page], enter: Enter, axe: Callable[[Page], None]
) -> None:
    page = new_page(viewport={"width": 390, "height": 800})
    enter(page, "staff")
    page.goto("/claims")
    hrefs = page.eval_on_selector_all(
        "[data-claim] a", "links => links.map(link => link.getAttribute('href'))"
    )
    assert len(hrefs) >= 4
    for href in hrefs:
        page.goto(href)
        axe(page)
        edit = page.locator(f"a[href='{href}/edit']")
        if edit.count():
            page.goto(f"{href}/edit")
            page.get_by_role("button", name="提交审核").click()
            page.wait_for_load_state("networkidle")
            axe(page)


def test_axe_finds_nothing_outside_and_on_errors(
    page: Page, enter: Enter, axe: Callable[[Page], None]
) -> None:
    for path in ("/login", "/verify", "/nowhere"):
        page.goto(path)
        axe(page)
    enter(page, "staff")
    page.goto("/claims/00000000-0000-4000-8000-000000000000")
    axe(page)
