"""Knows which characters the vendored faces can print, without opening a face."""

from __future__ import annotations

import json
from bisect import bisect_right
from functools import cache
from pathlib import Path

FONTS = Path(__file__).parent.parent / "fonts"


@cache
def _ranges() -> tuple[list[int], list[int]]:
    rows: list[list[int]] = json.loads((FONTS / "coverage.json").read_text(encoding="utf-8"))
    return [first for first, _ in rows], [last for _, last in rows]


def missing_glyphs(text: str) -> list[str]:
    """Characters of `text` that no vendored face can print, each once, in order; spaces always can."""
    first, last = _ranges()
    missing: dict[str, None] = {}
    for char in text:
        place = bisect_right(first, ord(char)) - 1
        if char != " " and (place < 0 or last[place] < ord(char)):
            missing[char] = None
    return list(missing)
