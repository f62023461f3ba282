"""Floors under the packages with known holes: raising them is easy, falling below is not."""

from __future__ import annotations

import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]

# package: (lowest version without the hole, the hole)
FLOORS = {
    "flask": ("3.1.3", "missing Vary: Cookie (CVE-2026-27205), order of fallback keys (CVE-2025-47278)"),
    "gunicorn": ("23", "request smuggling (CVE-2024-1135, CVE-2024-6827)"),
    "pillow": ("13.0.0", "heap overflow in the JPEG decoder (CVE-2026-112403)"),
    "pypdf": ("6.16.1", "endless loops and memory exhaustion in its parsers"),
    "reportlab": ("4.4.9", "code execution through colour attributes (CVE-2023-33733)"),
    "werkzeug": ("3.1.6", "Windows device names (CVE-2026-27199), multipart parsing"),
    "xhtml2pdf": ("0.2.28", "reads local files and internal hosts; needs ResourceAccessPolicy.server"),
}


def declared() -> dict[str, Requirement]:
    lists = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    return {found.name: found for one in lists for found in map(Requirement, one)}


@pytest.mark.parametrize("package", FLOORS)
def test_what_is_installed_is_above_its_floor(package: str) -> None:
    floor, hole = FLOORS[package]
    assert Version(version(package)) >= Version(floor), f"{package} below {floor}: {hole}"


@pytest.mark.parametrize("package", FLOORS)
def test_what_is_declared_cannot_fall_below_its_floor(package: str) -> None:
    floor, hole = FLOORS[package]
    found = declared().get(package)
    if found is None:
        pytest.fail(f"{package} is gone from pyproject.toml: take its floor out of this test as well")
    below = [str(one.version) for one in found.specifier if one.operator in (">=", "==", "~=")]
    assert below, f"{package} has no lower bound in pyproject.toml: {hole}"
    assert max(map(Version, below)) >= Version(floor), f"{package}: raise the bound to {floor}: {hole}"


def test_the_htmx_bridge_is_exact() -> None:
    assert str(declared()["htmx-flask"].specifier) == "==0.1.0", (
        "unmaintained: portal/hx.py works around 0.1.0"
    )
