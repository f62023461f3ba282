"""Every page of every menu, at a desk and on a phone: axe finds nothing, and no page scrolls sideways."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from portal.presentation import MENUS, Group
from portal.rules.vocabulary import Hat

pytestmark = pytest.mark.browser

WHO = {Hat.PERSON: "staff2", Hat.UNIT: "admin2", Hat.HR: "hr", Hat.AUDIT: "auditor"}
WIDTHS = (1280, 390)
LINKS = "nav.menu a, .bar-end, .account-menu a, .foot a"  # read at a desk: a phone has the same ones


@pytest.mark.parametrize("hat", WHO, ids=lambda hat: str(hat.value))
def test_every_page_of_the_menu_is_accessible_and_fits(
    page: Page, enter: Callable[..., None], axe: Callable[[Page], None], hat: Hat
) -> None:
    enter(page, WHO[hat], hat.value)
    addresses = page.eval_on_selector_all(LINKS, "links => links.map(link => link.getAttribute('href'))")
    paths = list(dict.fromkeys(addresses))
    listed = sum(len(entry.entries) if isinstance(entry, Group) else 1 for entry in MENUS[hat])
    assert len(paths) > listed, f"only {len(paths)} links were found beside a menu of {listed}; mend LINKS."
    for path in paths:
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{path} scrolls sideways at {width}: it is {wide} wide; let it wrap."
            axe(page)
