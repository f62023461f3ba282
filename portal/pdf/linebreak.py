"""Repairs xhtml2pdf's breaking of Chinese lines: page crossings, `<br>`, and what may start or end a line.

xhtml2pdf 0.2.28 with `-pdf-word-wrap: CJK` raises LayoutError when a paragraph of one fragment crosses
a page, drops `<br>`, lets a line start with 》 or end with （, and cuts Latin words and numbers. All four
live in one method, so one replacement of it mends them. tests/pdf says when upstream has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from reportlab.pdfbase.pdfmetrics import getAscentDescent, stringWidth
from xhtml2pdf.reportlab_paragraph import FragLine, Paragraph, ParaLines

# GB/T 15834-2011 5.1: these stand neither at the start nor, the opening ones, at the end of a line.
NO_START = frozenset("》〉」』】〕〗）］｝”’，。、；：？！…—～·％‰℃!),.:;?]}%°′″")
NO_END = frozenset("《〈「『【〔〖（［｛“‘([{￥＄$№§")
# 5.1.10: the dash and the ellipsis take two cells and are not cut in the middle.
_PAIRED = frozenset("—…")
_SLACK = 1e-4  # points; widths are sums of floats


class Glyph(NamedTuple):
    """One character of a fragment, or an image or marker of it as a whole (`char` empty)."""

    char: str
    frag: Any
    width: float


@lru_cache(maxsize=16384)
def _width(char: str, font: str, size: float) -> float:
    return float(stringWidth(char, font, size))


def _joined(before: str, after: str) -> bool:
    """Whether no line may break between two neighbours."""
    if not before or not after:
        return False
    if after in NO_START or before in NO_END:
        return True
    if before in _PAIRED and before == after:
        return True
    return before < "⺀" and after < "⺀" and not before.isspace() and not after.isspace()


def _object_width(frag: Any) -> float:
    """What an image takes of its line, or the padding of an inline box's edge; 0 for text."""
    defined = getattr(frag, "cbDefn", None)
    return float(getattr(defined, "width", 0) or getattr(defined, "advance", 0))


def _glyphs(frags: Sequence[Any]) -> Iterator[Glyph]:
    for frag in frags:
        if hasattr(frag, "cbDefn"):
            yield Glyph("", frag, _object_width(frag))
        elif hasattr(frag, "lineBreak"):
            yield Glyph("\n", frag, 0)
        else:
            text = frag.text if hasattr(frag, "text") else "".join(frag.words)
            text = text.decode() if isinstance(text, bytes) else text
            for char in text:
                yield Glyph(char, frag, _width(char, frag.fontName, frag.fontSize))


def _clusters(glyphs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """Runs between which a line may break; a space belongs to the run before it."""
    run: list[Glyph] = []
    for glyph in glyphs:
        if run and glyph.char != " " and not _joined(run[-1].char, glyph.char):
            yield run
            run = []
        run.append(glyph)
    if run:
        yield run


def _printed_width(run: Sequence[Glyph]) -> float:
    """Width of a run at the end of a line, where its trailing spaces do not count."""
    end = len(run)
    while end and run[end - 1].char == " ":
        end -= 1
    return sum(glyph.width for glyph in run[:end])


def _line(glyphs: Sequence[Glyph], room: float, forced: bool, measured: bool) -> Any:
    """A line as xhtml2pdf draws it: neighbours of one fragment joined again."""
    words: list[Any] = []
    previous: Any = None
    for glyph in glyphs:
        if glyph.frag is previous and glyph.char:
            words[-1].text += glyph.char
        else:
            word = glyph.frag.clone()
            word.text = glyph.char
            words.append(word)
        previous = glyph.frag
    size, ascent, descent = 0.0, 0.0, 0.0
    for word in words:
        size = max(size, word.fontSize)
        up, down = getAscentDescent(word.fontName, word.fontSize)
        if measured and _object_width(word):
            up = max(up, getattr(word.cbDefn, "height", 0.0))
        ascent, descent = max(ascent, up), min(descent, down)
    return FragLine(
        kind=1,
        extraSpace=room - _printed_width(glyphs),
        wordCount=1,
        words=words,
        fontSize=size,
        ascent=ascent,
        descent=descent,
        lineBreak=forced,
    )


def break_lines(frags: Sequence[Any], widths: Sequence[float], measured: bool = False) -> list[Any]:
    """Lines for fragments; `widths` are points for the first line, the second, and so on (last repeats).

    `measured` takes the height of images into a line's ascent, as autoLeading wants it.
    """
    lines: list[Any] = []
    current: list[Glyph] = []
    used = 0.0

    def room() -> float:
        return widths[min(len(lines), len(widths) - 1)]

    def close(forced: bool) -> None:
        nonlocal current, used
        lines.append(_line(current, room(), forced, measured))
        current, used = [], 0.0

    for run in _clusters(list(_glyphs(frags))):
        if run[0].char == "\n":
            if not current:
                current = [Glyph("", run[0].frag, 0)]
            close(forced=True)
            continue
        if current and used + _printed_width(run) > room() + _SLACK:
            close(forced=False)
        for glyph in run:
            # Only a run wider than a whole line gets here with a full line: it is cut where it must be.
            if current and glyph.char != " " and used + glyph.width > room() + _SLACK:
                close(forced=False)
            current.append(glyph)
            used += glyph.width
    if current:
        close(forced=False)
    return lines


def _break_cjk(self: Any, width: Any) -> Any:
    """Replaces Paragraph.breakLinesCJK. A part cut off at a page end keeps the lines it was cut into."""
    if getattr(self, "_splitpara", 0) and hasattr(self, "blPara"):
        return self.blPara
    leading = getattr(self, "autoLeading", None) or getattr(self.style, "autoLeading", "")
    widths = width if isinstance(width, list | tuple) else [width]
    return ParaLines(kind=1, lines=break_lines(self.frags, widths, leading not in {"", "off"}))


def _unbroken(lines: Any, start: int, stop: int) -> list[Any]:
    """The fragments of some lines again, without the spaces upstream puts where lines met."""
    frags: list[Any] = []
    for line in lines.lines[start:stop]:
        frags.extend(line.words)
        if line.lineBreak and line.words:
            frags.append(line.words[-1].clone(text="", lineBreak=True))
    return frags


def install() -> None:
    """Put the repair in place; a second call changes nothing."""
    if Paragraph.breakLinesCJK is _break_cjk:
        return
    upstream = Paragraph._get_split_blParaFunc

    def split_function(self: Any) -> Any:
        return _unbroken if self.style.wordWrap == "CJK" else upstream(self)

    Paragraph.breakLinesCJK = _break_cjk
    Paragraph._get_split_blParaFunc = split_function
