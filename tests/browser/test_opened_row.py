"""The opened row in a real browser: days, duplicates, proofs switched in place, one row at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

Enter = Callable[..., None]


def show(page: Page, words: str) -> Any:
    """Find a waiting claim by its title and open it."""
    page.goto("/admin/claims")
    page.goto(f"/admin/claims?q={words}")
    page.locator("[data-claim] [data-open]").first.click()
    row = page.locator("[data-claim].open").first
    expect(row.locator(".panel")).to_be_visible()
    return row


@pytest.mark.parametrize("width", [1280, 390])
def test_days_and_duplicates_stand_beside_the_proof(
    new_page: Callable[..., Page], enter: Enter, axe: Callable[[Page], None], width: int
) -> None:
    page = new_page(viewport={"width": width, "height": 900})
    enter(page, "admin", "unit")
    row = show(page, "护理教学比赛集训")
    strip = row.locator("[data-strip] svg.strip")
    expect(strip).to_be_visible()
    assert "临床护理师资培训班" in (strip.get_attribute("aria-label") or "")
    row = show(page, "重症患者早期活动的多中心研究")
    expect(row.locator("[data-duplicate=work][data-foreign]").first).to_be_visible()
    expect(row.locator("[data-duplicates]")).to_contain_text("其他单位人员")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    button = row.locator("button[value=approve]")
    button.scroll_into_view_if_needed()
    expect(button).to_be_in_viewport()
    axe(page)


def test_proofs_are_switched_in_place_without_script_too(new_page: Callable[..., Page], enter: Enter) -> None:
    for scripted in (True, False):
        page = new_page(java_script_enabled=scripted)
        enter(page, "admin", "unit")
        row = show(page, "新生儿专科护理进修") if scripted else None
        if row is None:
            page.goto("/admin/claims?q=新生儿专科护理进修")
            page.locator("[data-open]").first.click()
            row = page.locator("[data-claim].open")
        first, second = row.locator(".proof").nth(0), row.locator(".proof").nth(1)
        expect(first).to_be_visible()
        expect(second).to_be_hidden()
        row.locator(".proofs > label").nth(1).click()
        expect(second).to_be_visible()
        expect(first).to_be_hidden()
        keys = row.locator(".decision kbd").first
        expect(keys).to_be_visible() if scripted else expect(keys).to_be_hidden()


def test_opening_a_row_closes_the_other_by_mouse_and_by_key(page: Page, enter: Enter) -> None:
    enter(page, "admin", "unit")
    page.goto("/admin/claims")
    links = page.locator("[data-claim] [data-open]")
    links.nth(0).click()
    opened = page.locator("[data-claim].open .panel")
    expect(opened).to_have_count(1)
    first = page.locator("[data-claim].open").get_attribute("id")
    links.nth(2).click()
    expect(page.locator(f"#{first}")).not_to_have_class("open")
    expect(opened).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("[data-claim]").nth(3)).to_have_class("open")
    expect(opened).to_have_count(1)
    expect(page.locator("[data-claim]").nth(3)).to_be_focused()


def test_a_row_asked_for_later_gives_up_the_one_still_on_its_way(page: Page, enter: Enter) -> None:
    enter(page, "admin", "unit")
    page.goto("/admin/claims")
    slow = page.locator("[data-claim]").nth(0).get_attribute("data-claim") or ""
    page.route(f"**/admin/claims/{slow}*", lambda _route: None)  # not answered while the next is asked for
    links = page.locator("[data-claim] [data-open]")
    links.nth(0).click()
    with page.expect_event("requestfailed", lambda request: slow in request.url):
        links.nth(1).click()
    expect(page.locator("[data-claim]").nth(1)).to_have_class("open")
    expect(page.locator("[data-claim].open .panel")).to_have_count(1)


def test_closing_that_hangs_keeps_no_second_row_open(page: Page, enter: Enter) -> None:
    enter(page, "admin", "unit")
    page.goto("/admin/claims")
    page.route("**/admin/claims/*open=0*", lambda _route: None)  # never answered
    links = page.locator("[data-claim] [data-open]")
    for number in range(3):
        links.nth(number).click()
        expect(page.locator("[data-claim]").nth(number)).to_have_class("open")
        expect(page.locator("[data-claim].open .panel")).to_have_count(1)
