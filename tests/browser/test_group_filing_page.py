"""An admin pastes a list, sees name by name what counts, files it, and the other admin finds it waiting."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from forms_sent import pdf
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_a_list_is_pasted_checked_and_filed(
    new_page: Callable[..., Page],
    enter: Callable[..., None],
    axe: Callable[[Page], None],
    tmp_path: Path,
) -> None:
    proof = tmp_path / "学时证明.pdf"
    proof.write_bytes(pdf().getvalue())
    page = new_page()
    enter(page, "admin", "unit")
    page.goto("/admin/standing?sort=gap")
    numbers = page.locator("tr[data-person] th small").all_text_contents()[:3]
    page.goto("/admin/grants/new?kind=学术交流")
    page.fill("#title", "护理科研方法培训班")
    page.fill("#start", "2025-11-22")
    page.fill("#end", "2025-11-23")
    page.fill("#hours", "20")
    page.select_option("#subject", "professional")
    page.select_option("#approval", "organised")
    page.fill("#numbers", "，".join([*(one.strip() for one in numbers), "99999999"]))
    lines = page.locator("tr[data-username]")
    expect(lines).to_have_count(4)
    expect(lines.first).to_have_attribute("data-counts-now", "16")
    expect(lines.last).to_contain_text("本单位没有这个工号")
    axe(page)
    page.locator("tr[data-username] input[type=checkbox]").first.uncheck()
    page.set_input_files("#evidence_hours", proof)
    page.check("#truthful")
    page.get_by_role("button", name="提交名单").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("护理科研方法培训班")
    expect(page.locator("tr[data-claim]")).to_have_count(2)
    address = page.url
    other = new_page()
    enter(other, "admin2", "unit")
    other.goto(address)
    other.get_by_role("link", name="在审核列表中查看").click()
    expect(other.locator("[data-waiting]")).to_have_count(2)
