"""Ticks, undo and their keys in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_enter_on_a_tick_decides_nothing_and_u_takes_a_decision_back(
    page: Page, enter: Callable[..., None]
) -> None:
    enter(page, "admin", "unit")
    page.goto("/admin/claims")
    tick = page.locator("[data-claim] [name=ids]").first
    tick.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.locator("[data-open]").nth(1).click()  # the queue is still there to work in
    row = page.locator("[data-claim].open")
    expect(row.locator(".panel")).to_be_visible()
    expect(tick).to_be_checked()
    number = row.get_attribute("id")
    row.locator("button[value=return]").scroll_into_view_if_needed()
    row.locator("textarea[name=reason]").fill("请核对日期。")
    row.locator("button[value=return]").click()
    decided = page.locator(f"#{number}")
    expect(decided).to_have_attribute("data-status", "returned")
    expect(decided.locator("[data-undo]")).to_be_visible()
    page.locator("[data-claim].open").focus()
    page.keyboard.press("u")
    expect(decided).to_have_attribute("data-status", "pending")
    expect(page.locator("[data-status=approved]")).to_have_count(0)
