"""Draws the first pages of a PDF as JPEG pictures; run by `child.py`, never imported by the portal."""

from __future__ import annotations

import base64
import io
from typing import Any

import pypdfium2

TALLEST = 3  # a page is drawn at most three times as tall as wide


def inspect(file: str, most: str, width: str) -> dict[str, Any]:
    """The verdict: `pictures`, base64 of a JPEG per page; `refused` when not even one page can be drawn."""
    pictures: list[str] = []
    try:
        document = pypdfium2.PdfDocument(file)
        for number in range(min(int(most), len(document))):
            page = document[number]
            wide, tall = page.get_size()
            if wide <= 0 or not 0 < tall <= wide * TALLEST:
                continue
            made = io.BytesIO()
            page.render(scale=int(width) / wide).to_pil().convert("RGB").save(made, "JPEG", quality=82)
            pictures.append(base64.b64encode(made.getvalue()).decode())
    except (pypdfium2.PdfiumError, OSError, ValueError):
        return {"refused": "broken"}
    return {"pictures": pictures} if pictures else {"refused": "broken"}
