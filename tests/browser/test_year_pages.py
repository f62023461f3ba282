"""The year in a browser: HR opens a year again for somebody, who then sees the day on the standing page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_a_reopening_is_seen_by_the_person(
    new_page: Callable[..., Page], enter: Callable[..., None], axe: Callable[[Page], None]
) -> None:
    staff = new_page()
    enter(staff, "staff", "person")
    staff.get_by_role("link", name="2024").click()
    expect(staff.locator("[data-deadline='2025-12-12']")).to_have_count(0)
    hr = new_page()
    enter(hr, "hr", "hr")
    hr.goto("/hr/years")
    expect(hr.locator("tr[data-year='2024']")).to_have_attribute("data-phase", "review")
    axe(hr)
    hr.locator("tr[data-year='2024']").get_by_role("link", name="2024").click()
    hr.fill("#again-username", "staff")
    hr.fill("#again-files_until", "2025-12-12")
    hr.fill("#again-review_until", "2025-12-31")
    hr.fill("#again-reason", "外派支援")
    hr.get_by_role("button", name="重新开放").click()
    expect(hr.locator(".notices")).to_contain_text("重新开放 2024 年度")
    axe(hr)
    staff.reload()
    expect(staff.locator("[data-deadline='2025-12-12']")).to_contain_text("外派支援")
    axe(staff)
