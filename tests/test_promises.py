"""The pages of docs/ name tests as proof: each is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))
FOUND = {
    name
    for file in (ROOT / "tests").rglob("*.py")
    for name in re.findall(r"^\s*def (test_\w+)", file.read_text("utf-8"), re.M)
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"`(test_\w+)`", page.read_text("utf-8")))
    assert named <= FOUND, sorted(named - FOUND)


def test_privacy_and_security_name_their_proof() -> None:
    for name in ("privacy.md", "security.md"):
        assert len(re.findall(r"`test_\w+`", (ROOT / "docs" / name).read_text("utf-8"))) > 20


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_a_page_leads_to_exists(page: Path) -> None:
    led = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    assert [one for one in led if not (page.parent / one).exists()] == []
