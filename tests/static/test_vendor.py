"""What the portal serves comes from this folder alone, and is what the manifest says it is."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

import portal

PORTAL = Path(portal.__file__).parent
STATIC = PORTAL / "static"
VENDOR = STATIC / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text("utf-8"))
PINS = json.loads((VENDOR / "package.json").read_text("utf-8"))["dependencies"]
OUR_OWN = {"manifest.json", "package.json", "update.py"}
OURS = sorted([*STATIC.glob("*.css"), *STATIC.glob("*.js"), *(PORTAL / "templates").rglob("*.html")])
NAMESPACE = "http://www.w3.org/2000/svg"


def short(path: Path) -> str:
    return str(path.relative_to(PORTAL.parent))


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["file"])
def test_a_vendored_file_is_the_one_of_the_manifest(entry):
    content = (VENDOR / entry["file"]).read_bytes()
    found = "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()
    assert (found, len(content)) == (entry["sha384"], entry["bytes"]), (
        f"{entry['file']}: not the file of {entry['name']} {entry['version']}. "
        "Never edit vendored files; run portal/static/vendor/update.py to change a version."
    )
    assert entry["version"] == PINS[entry["name"]], (
        f"{entry['file']}: manifest.json says {entry['version']}, package.json pins {PINS[entry['name']]}. "
        "Run portal/static/vendor/update.py."
    )
    assert entry["licence"], f"{entry['file']}: say its licence in manifest.json."
    assert (VENDOR / entry["licence_file"]).is_file(), f"{entry['file']}: its licence text is missing."


def test_every_vendored_file_is_in_the_manifest():
    here = {path.name for path in VENDOR.iterdir() if path.is_file()} - OUR_OWN
    listed = {entry["file"] for entry in MANIFEST}
    assert here == listed, (
        f"portal/static/vendor: {here ^ listed} is in only one of folder and manifest.json."
    )


def test_pins_are_exact():
    loose = {name: pin for name, pin in PINS.items() if not re.fullmatch(r"\d+\.\d+\.\d+", pin)}
    assert not loose, f"package.json: {loose} must be exact versions, so that a copy can be repeated."
    assert PINS["htmx.org"] == "2.0.11", "htmx 4 changes inheritance, swaps and headers the portal relies on."


@pytest.mark.parametrize("path", OURS, ids=short)
def test_nothing_comes_from_outside(path):
    text = path.read_text("utf-8").replace(NAMESPACE, "")
    found = re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"')]*|@import[^;]*", text)
    assert not found, f"{short(path)}: {found} is an outside address; vendor the file instead (intranet)."


def test_vendored_styles_load_nothing():
    text = (VENDOR / "bootstrap.min.css").read_text("utf-8")
    loaded = [
        address
        for address in re.findall(r"url\(([^)]*)", text)
        if not address.startswith(('"data:', "data:"))
    ]
    assert not loaded, f"bootstrap.min.css would load {loaded}."
    assert "@import" not in text


@pytest.mark.parametrize("path", [*STATIC.glob("*.css"), VENDOR / "bootstrap.min.css"], ids=short)
def test_styles_work_on_the_oldest_browser(path):
    text = path.read_text("utf-8")
    newer = [word for word in ("oklch(", "color-mix(", ":has(", "@scope", "light-dark(") if word in text]
    assert not newer, f"{short(path)}: {newer} is unknown to Chromium 109; write it the older way."


def test_the_script_stays_small_and_harmless():
    text = (STATIC / "portal.js").read_text("utf-8")
    lines = text.count("\n")
    assert lines < 80, f"portal.js has {lines} lines; what grows past 79 belongs on the server."
    for word in ("eval(", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "new Function"):
        assert word not in text, (
            f"portal.js: {word} turns text into code or markup; set text or clone a template."
        )


def test_every_icon_asked_for_is_in_the_sprite():
    there = set(re.findall(r'<symbol id="([^"]+)"', (VENDOR / "icons.svg").read_text("utf-8")))
    for path in sorted((PORTAL / "templates").rglob("*.html")):
        asked = set(re.findall(r"""icon\(["']([a-z0-9-]+)["']""", path.read_text("utf-8")))
        assert asked <= there, (
            f"{short(path)}: no icon {asked - there}; add it to ICONS in "
            "portal/static/vendor/update.py and run that."
        )


def test_the_first_visit_leaves_room_for_the_page():
    files = [
        "vendor/bootstrap.min.css",
        "portal.css",
        "vendor/htmx.min.js",
        "portal.js",
        "vendor/icons.svg",
        "favicon.svg",
    ]
    sizes = {name: len(gzip.compress((STATIC / name).read_bytes(), 6)) for name in files}
    assert sum(sizes.values()) <= 65_000, (
        f"static files weigh {sum(sizes.values())} bytes with gzip ({sizes}); "
        "the first visit may weigh 75 kB with its page."
    )
