"""Prints: PDF from HTML with Chinese set right, and the certificate of a year.

The one place that knows xhtml2pdf. The engine is imported at first need, because it takes a third
of a second that no other page of the portal and no command should pay for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.pdf.coverage import missing_glyphs
from portal.pdf.errors import PdfFailed, Unprintable

__all__ = [
    "PdfFailed",
    "Unprintable",
    "certificate",
    "missing_glyphs",
    "refuse_unfit",
    "register_fonts",
    "render",
]


def register_fonts() -> None:
    """Open the faces once per process. Call it before forking, so that workers share them."""
    from portal.pdf import engine

    engine.register_fonts()


def render(html: str, *, title: str, author: str) -> bytes:
    """The PDF of `html` on the paper its @page names.

    Raises PdfFailed when the renderer logged any problem: a missing glyph, a blocked file, a frame too
    small. Text of people must come in escaped, and never in an attribute or in CSS.
    """
    from portal.pdf import engine

    return engine.render(html, title=title, author=author)


def refuse_unfit(holder: Mapping[str, str]) -> None:
    """Raises Unprintable when a certificate has no room, or no glyph, for its holder's particulars.

    `holder`: name, username, unit, department, title_series, title.
    """
    from portal.pdf import certificates

    certificates.refuse_unfit(holder)


def certificate(snapshot: Mapping[str, Any], *, verify_url: str, seal: bytes | None) -> bytes:
    """The one-page certificate of a frozen snapshot; the same arguments give the same bytes.

    `snapshot` holds text as issued: number, year, name, username, unit, department, title_series, title,
    issued_on (ISO date), subjects [{label, need, have, met}, ...], categories [{label, public,
    professional, total}, ...], total, policy {id, sha256}, school, code. Hours are text already.
    `verify_url` goes into the QR; `seal` is the university's own as PNG, or None for a place to stamp.
    Raises Unprintable when a character has no glyph or a text does not fit its place, else PdfFailed.
    """
    from portal.pdf import certificates

    return certificates.certificate(snapshot, verify_url=verify_url, seal=seal)
