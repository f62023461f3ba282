"""The name a file is shown and downloaded under; on disk it is a uuid, so no name can do harm there."""

from __future__ import annotations

import unicodedata

LONGEST = 120  # characters, extension included
NAMELESS = "未命名"
# Marks that reorder or hide text. The zero-width joiner stays: emoji and some scripts are spelled with it.
_HIDDEN = frozenset("\u00ad\u061c\u200b\u200e\u200f\u2028\u2029\u2060\ufeff") | frozenset(
    chr(code) for start, stop in ((0x202A, 0x202F), (0x2066, 0x206A)) for code in range(start, stop)
)


def clean_name(raw: str) -> str:
    """A display name: last path part, NFC, no control or direction marks, at most 120 characters.

    The extension survives shortening; an empty name becomes 未命名.pdf.
    """
    last = raw.replace("\\", "/").rpartition("/")[2]
    shown = "".join(sign for sign in unicodedata.normalize("NFC", last) if _visible(sign))
    shown = " ".join(shown.split()).rstrip(" .")
    stem, ending = _divide(shown)
    stem = stem.strip(" .")[: LONGEST - len(ending)].rstrip(" .\u200d")
    if not stem and not ending:
        return f"{NAMELESS}.pdf"
    return (stem or NAMELESS) + ending


def extension(name: str) -> str:
    """The extension in small letters with its dot, or an empty string."""
    return _divide(name)[1].lower()


def _divide(name: str) -> tuple[str, str]:
    stem, dot, ending = name.rpartition(".")
    if not dot or not ending.isascii() or not ending.isalnum() or len(ending) > 10:
        return name, ""
    return stem, f".{ending}"


def _visible(sign: str) -> bool:
    # A tab or line break in a name is dropped like every control; lone surrogates cannot be stored.
    return unicodedata.category(sign) not in {"Cc", "Cs"} and sign not in _HIDDEN
