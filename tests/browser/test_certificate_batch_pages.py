"""HR prints a unit's certificates: the bar moves by itself, then the zip is there to download."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def test_start_a_batch_watch_it_and_download(
    page: Page, enter: Callable[..., None], axe: Callable[[Page], None]
) -> None:
    enter(page, "hr", "hr")
    page.goto(page.url.split("/hr")[0] + "/hr/certificates")
    page.get_by_role("link", name="批量打印").click()
    before = page.locator("[data-job]").count()
    page.select_option("#year", "2024")
    page.select_option("#unit", label="基础医学院")
    page.get_by_label("代为生成").check()
    page.get_by_role("button", name="开始打印").click()
    expect(page.locator("[data-job]")).to_have_count(before + 1)
    newest = page.locator("[data-job]").first
    expect(newest).to_have_attribute("data-state", "done", timeout=60_000)
    expect(newest).to_contain_text("已打印")
    axe(page)
    with page.expect_download() as loading:
        newest.get_by_role("link", name="certificates-2024.zip").click()
    with zipfile.ZipFile(Path(loading.value.path())) as found:
        printed = [name for name in found.namelist() if name.endswith(".pdf")]
        assert printed
        assert all(found.read(name).startswith(b"%PDF") for name in printed)
        assert "名单.csv" in found.namelist()
