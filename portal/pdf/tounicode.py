"""Repairs reportlab's ToUnicode maps, so that names outside the basic plane can be found and copied.

reportlab 5.1.0 writes U+20BB7 as `<20BB7>`; a bfchar wants UTF-16BE, and readers then extract nonsense.
It also puts more than the 100 entries in one block that Adobe's CMap specification allows.
"""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.pdfbase import ttfonts

_BLOCK = 100


def to_unicode(fontname: str, subset: Sequence[int]) -> str:
    """The CMap of one subset: code 0..255 -> the character, in UTF-16BE."""
    rows = [
        f"<{code:02X}> <{chr(char).encode('utf-16-be').hex().upper()}>" for code, char in enumerate(subset)
    ]
    blocks = []
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        blocks += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin",
            "12 dict begin",
            "begincmap",
            f"/CIDSystemInfo << /Registry ({fontname}) /Ordering ({fontname}) /Supplement 0 >> def",
            f"/CMapName /{fontname} def",
            "/CMapType 2 def",
            "1 begincodespacerange",
            f"<00> <{len(subset) - 1:02X}>",
            "endcodespacerange",
            *blocks,
            "endcmap",
            "CMapName currentdict /CMap defineresource pop",
            "end",
            "end",
        ]
    )


def install() -> None:
    """Put the repair in place; a second call changes nothing."""
    ttfonts.makeToUnicodeCMap = to_unicode
