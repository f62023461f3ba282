"""HR uploads a roster, looks, agrees, reads the report and takes it back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

ROSTER = """工号,姓名,单位,工作部门,职称,状态
20269801,柳新来,护理学院,基础教研室,讲师,在职
20269802,柳无处,飞行学院,基础教研室,讲师,在职
,柳无号,护理学院,基础教研室,讲师,在职
"""


@pytest.mark.parametrize("scripted", [True, False], ids=["script", "no script"])
def test_upload_look_agree_and_take_back(
    new_page: Callable[..., Page],
    enter: Callable[..., None],
    axe: Callable[[Page], None],
    scripted: bool,
) -> None:
    page = new_page(java_script_enabled=scripted)
    enter(page, "hr", "hr")
    menu = page.get_by_role("navigation", name="主菜单", exact=True)
    menu.get_by_text("人员与单位", exact=True).click()
    menu.get_by_role("link", name="人员", exact=True).click()
    page.get_by_role("link", name="导入名册").click()
    if scripted:
        axe(page)
    upload = {"name": "新名册.csv", "mimeType": "text/csv", "buffer": ROSTER.encode()}
    page.set_input_files("#file", upload)  # type: ignore[arg-type]
    page.get_by_role("button", name="上传并预览").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("名册预览")
    expect(page.locator("main")).to_contain_text("单位“飞行学院”尚不存在。")
    expect(page.get_by_role("row", name="柳无号")).to_be_visible()
    if scripted:
        axe(page)
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("导入结果")
    report = page.url
    assert found(page, "柳新来") == 1
    assert found(page, "柳无处") == 0
    page.goto(report)
    if scripted:
        axe(page)
    page.get_by_text("撤销这次导入").click()
    page.get_by_role("button", name="撤销整批").click()
    expect(page.locator("main")).to_contain_text("撤销 1 行")
    assert found(page, "柳新来") == 0


def found(page: Page, name: str) -> int:
    """How many people of that name HR finds."""
    page.goto(page.url.split("/hr/")[0] + f"/hr/people?q={name}")
    expect(page.get_by_role("heading", level=1)).to_have_text("人员")
    return page.get_by_role("link", name=name).count()
