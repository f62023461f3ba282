"""Owns xhtml2pdf and reportlab in this process: faces, repairs, policy, and one strict render.

Importing this module costs about a third of a second and is left to the first need of a PDF.
"""

from __future__ import annotations

import copy
import io
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from reportlab import rl_config
from reportlab.graphics import shapes
from reportlab.lib.fonts import addMapping
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import tables
from svglib.svglib import svg2rlg
from xhtml2pdf import default, xhtml2pdf_reportlab
from xhtml2pdf.config.resources import ResourceAccessPolicy
from xhtml2pdf.document import pisaDocument

from portal.pdf import linebreak, tounicode
from portal.pdf.coverage import FONTS, missing_glyphs
from portal.pdf.errors import PdfFailed, Unprintable

ASSETS = Path(__file__).parent.parent / "static" / "certificates"

# CSS family -> (normal face, bold face). In CSS name all four, as `song, plain, rare, kai` or
# `kai, song, plain, rare`: `plain` lends its weight to a bold character the bold face lacks.
FAMILIES = {
    "song": ("PortalSong", "PortalSongBold"),
    "plain": ("PortalSong", "PortalSong"),
    "kai": ("PortalKai", "PortalKai"),
    "rare": ("PortalRare", "PortalRare"),
}
FILES = {
    "PortalSong": "PortalSong-Regular.ttf",
    "PortalSongBold": "PortalSong-Bold.ttf",
    "PortalKai": "PortalKai-Regular.ttf",
    "PortalRare": "PortalRare-Regular.ttf",
}
_LOGGERS = ("xhtml2pdf", "svglib", "reportlab")
_lock = threading.RLock()
_ready = False


def register_fonts() -> None:
    """Open the faces and put the repairs in place, once per process; call before forking workers."""
    global _ready
    with _lock:
        if _ready:
            return
        rl_config.invariant = 1  # no clock and no random id in the file: same facts, same bytes
        rl_config.useA85 = 0  # text-safe encoding only costs time and a quarter of the size
        for face, file in FILES.items():
            pdfmetrics.registerFont(TTFont(face, str(FONTS / file)))
        for family, (normal, bold) in FAMILIES.items():
            default.DEFAULT_FONT[family] = family
            for italic in (0, 1):
                addMapping(family, 0, italic, normal)
                addMapping(family, 1, italic, bold)
        # Drawings and table cells start from Helvetica, which no file here embeds, before they change it.
        rl_config.canvas_basefontname = rl_config.defaultGraphicsFontName = "PortalSong"
        shapes.STATE_DEFAULTS["fontName"] = tables.CellStyle.fontname = "PortalSong"
        linebreak.install()
        tounicode.install()
        xhtml2pdf_reportlab.svg2rlg = parsed_svg
        _ready = True


@lru_cache(maxsize=8)
def _svg(source: bytes) -> Any:
    return svg2rlg(io.BytesIO(source), resolve_entities=False)


def parsed_svg(source: io.BytesIO, resolve_entities: bool = False) -> Any:
    """svg2rlg, parsed once per picture. The caller scales what it gets, so it gets a copy of its own."""
    return copy.copy(_svg(source.getvalue()))


def text_width(text: str, size: float, *families: str) -> float:
    """Points `text` takes in one line, each character from the first family that has it."""
    register_fonts()
    faces = [pdfmetrics.getFont(FAMILIES[family][0]) for family in families]
    return sum(
        next((face for face in faces if ord(char) in face.face.charToGlyph), faces[0]).stringWidth(char, size)
        for char in text
    )


class _Complaints(logging.Handler):
    """Keeps what the renderer only logs: a missing glyph or a blocked file is no error to it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@contextmanager
def _complaints() -> Iterator[list[str]]:
    handler = _Complaints()
    for name in _LOGGERS:
        logging.getLogger(name).addHandler(handler)
    try:
        yield handler.messages
    finally:
        for name in _LOGGERS:
            logging.getLogger(name).removeHandler(handler)


def policy() -> ResourceAccessPolicy:
    """What a document may read: the certificate's own pictures and style, nothing else anywhere."""
    return ResourceAccessPolicy.server(base_dir=ASSETS, allow_remote=False, max_render_seconds=20)


def refuse_missing(text: str) -> None:
    """Raise Unprintable naming every character of `text` that no face has."""
    missing = missing_glyphs(text)
    if missing:
        named = "、".join(f"“{char}”（U+{ord(char):04X}）" for char in missing)
        raise Unprintable(f"字库中没有以下文字的字形，无法印制：{named}。", missing)


def render(html: str, *, title: str, author: str) -> bytes:
    """The PDF of `html`, sized by its @page; PdfFailed on anything the renderer complained about."""
    register_fonts()
    refuse_missing(title + author)
    out = io.BytesIO()
    with _lock, _complaints() as messages:
        try:
            context = pisaDocument(
                html,
                out,
                path=str(ASSETS / "document.html"),
                encoding="utf-8",
                context_meta={"title": title, "author": author},
                resource_policy=policy(),
            )
        except Exception as error:
            raise PdfFailed([*messages, f"{type(error).__name__}: {error}"]) from error
        if context.err or context.warn:
            messages.extend(str(entry[2]) for entry in context.log)
    if messages:
        raise PdfFailed(list(dict.fromkeys(messages)))
    return out.getvalue()
