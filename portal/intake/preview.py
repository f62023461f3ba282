"""Pictures of a PDF's first pages, because browsers do not show a PDF inside a sandboxed frame.

The drawing happens in a child process with limits on memory and time: the bytes came from outside.
"""

from __future__ import annotations

from pathlib import Path

from portal.intake.sandbox import inspect

PAGES = 5
WIDTH = 1000  # pixels
MEMORY = 1024 * 1024 * 1024  # bytes of address space


class CannotDraw(Exception):
    """The file could not be drawn within the limits; it can still be downloaded."""


def page_pictures(file: Path, *, pages: int = PAGES, width: int = WIDTH) -> list[str]:
    """Base64 of a JPEG for each of the first pages. Raises CannotDraw."""
    verdict = inspect("pages_child", str(file), str(pages), str(width), memory=MEMORY)
    if "pictures" not in verdict:
        raise CannotDraw(verdict.get("refused", ""))
    return list(verdict["pictures"])
