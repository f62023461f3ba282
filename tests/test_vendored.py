"""The files the tests bring along are the ones their manifest names."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest

VENDOR = Path(__file__).parent / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text("utf-8"))


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["file"])
def test_a_vendored_test_file_is_the_one_of_the_manifest(entry: dict[str, str]) -> None:
    content = (VENDOR / entry["file"]).read_bytes()
    found = "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()
    assert found == entry["sha384"], f"tests/vendor/{entry['file']} was changed: copy it anew from npm"
    assert (VENDOR / entry["licence_file"]).is_file()


def test_nothing_else_lies_beside_them() -> None:
    here = {path.name for path in VENDOR.iterdir()} - {"manifest.json"}
    assert here == {entry["file"] for entry in MANIFEST}
