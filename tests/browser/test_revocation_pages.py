"""HR takes hours back in a real browser: the effect before, the certificate at once, the person's message."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

Enter = Callable[..., None]
HOLDER, YEAR = "admin2", "2024"


def verdict(page: Page) -> Locator:
    return page.locator("[data-verify]")


def test_a_false_training_is_revoked_and_its_certificate_falls_at_once(
    new_page: Callable[..., Page], enter: Enter, axe: Callable[[Page], None]
) -> None:
    hr, anybody, holder = new_page(), new_page(), new_page()
    enter(hr, "hr", "hr")
    hr.goto(f"/hr/certificates?q={HOLDER}")
    paper = hr.locator("[data-certificate]", has_text=f"{YEAR}-").get_by_role("link").first
    number, address = paper.inner_text(), paper.get_attribute("href") or ""
    anybody.goto(address)
    expect(verdict(anybody)).to_have_attribute("data-verify", "valid")

    hr.goto(f"/admin/claims?status=approved&scope=all&category=training&q={HOLDER}")
    hr.locator("[data-claim]", has_text=f"{YEAR}-08").locator("[data-open]").click()
    hr.get_by_role("link", name="撤销或调低学时").click()
    falls = hr.locator("[data-falls]")
    expect(falls).to_have_attribute("data-falls", number)
    expect(hr.locator("main")).to_contain_text("计入学时由 24 变为 0")
    axe(hr)
    hr.set_viewport_size({"width": 390, "height": 800})
    assert hr.evaluate("document.documentElement.scrollWidth") <= 390
    anybody.reload()
    expect(verdict(anybody)).to_have_attribute("data-verify", "valid")  # looking changes nothing

    hr.get_by_label("虚假材料").check()
    hr.get_by_role("button", name="撤销这项申报").click()
    expect(hr.locator(".faults")).to_contain_text("须说明查实的情况")
    expect(hr.get_by_label("虚假材料")).to_be_checked()
    hr.get_by_label("撤销原因").fill("经举办单位核实，没有参加这期培训。")
    hr.get_by_role("button", name="撤销这项申报").click()
    expect(hr.locator("[data-claim]")).to_have_attribute("data-status", "revoked")

    anybody.reload()
    expect(verdict(anybody)).to_have_attribute("data-verify", "revoked")
    expect(verdict(anybody)).to_contain_text("撤销，不再有效")
    expect(verdict(anybody)).not_to_contain_text("没有参加")  # the reason is between HR and the person
    enter(holder, HOLDER)
    holder.goto("/messages")
    told = holder.locator("[data-message]", has_text="虚假材料").first
    for words in ("没有参加这期培训", "计入学时由 24 变为 0", number):
        expect(told).to_contain_text(words)
    holder.goto("/certificates")
    expect(holder.locator(f"tr[data-year='{YEAR}']")).to_contain_text("撤销")


def test_many_at_once_wait_for_the_other_officer_who_sees_what_they_change(
    new_page: Callable[..., Page], enter: Enter, axe: Callable[[Page], None]
) -> None:
    proposer, second = new_page(), new_page()
    enter(proposer, "hr", "hr")
    proposer.goto("/hr/")
    expect(proposer.locator(".alert a[href='/hr/revocations']")).to_have_count(0)  # not one's own to confirm
    enter(second, "hr2", "hr")
    second.goto("/hr/")
    second.locator(".alert a[href='/hr/revocations']").click()
    second.locator("[data-proposal] a").first.click()
    expect(second.locator("h1")).to_have_text("批量撤销 24 项申报")
    expect(second.locator("main section")).to_have_count(24)
    axe(second)
    second.get_by_role("button", name="确认并执行").click()
    expect(second.locator("main")).to_contain_text("已确认")

    def done() -> bool:
        second.reload()
        return "24 项全部办理完毕" in second.locator("main").inner_text()

    for _ in range(60):
        if done():
            break
        second.wait_for_timeout(500)  # the runner looks for work every second
    assert done()
    proposer.goto("/messages")
    expect(proposer.locator("[data-message]").first).to_contain_text("您提出的批量撤销（24 项）已由孙悦确认")
