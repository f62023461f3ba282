"""The four repairs: that each mends its fault, and that upstream still has the fault.

A failure of an `upstream_still` test is good news: drop that repair.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from portal import pdf
from portal.pdf.coverage import FONTS
from portal.pdf.linebreak import NO_END, NO_START

STYLE = """<style>@page { size: 80mm %dmm; margin: 5mm }
html { font-family: song, plain, rare, kai } p { -pdf-word-wrap: CJK; font-size: 12pt; margin: 0 }</style>"""
CROSSING = "<p>" + "甲乙丙丁，" * 10 + "</p><p>" + "继续教育学时。" * 60 + "</p>"
BREAK = "<p>第一行<br>第二行</p>"
KINSOKU = "<p>" + "".join("甲" * n + "《乙》（丙），" for n in range(1, 30)) + "</p>"
LATIN = "<p>" + "".join("甲" * n + " Engineering 12345.75 " for n in range(1, 14)) + "</p>"
RARE = "<p>𠮷田</p>"

# Plain xhtml2pdf with the vendored face and none of the repairs, in a process of its own.
UPSTREAM = """
import io, json, logging, sys
from pypdf import PdfReader
from reportlab.lib.fonts import addMapping
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from xhtml2pdf import default
from xhtml2pdf.document import pisaDocument
logging.disable(logging.CRITICAL)
fonts, pages = json.load(sys.stdin)
for family, file in (("song", "PortalSong-Regular.ttf"), ("kai", "PortalKai-Regular.ttf")):
    pdfmetrics.registerFont(TTFont(family, f"{fonts}/{file}"))
    addMapping(family, 0, 0, family)
    default.DEFAULT_FONT[family] = family
found = {}
for name, html in pages.items():
    out = io.BytesIO()
    try:
        pisaDocument(html.replace("song, plain, rare, kai", "song, kai"), out)
        found[name] = "\\n".join(page.extract_text() for page in PdfReader(out).pages)
    except Exception as error:
        found[name] = type(error).__name__
json.dump(found, sys.stdout)
"""


def html(body: str) -> str:
    return f"<html><head>{STYLE % (60 if body == CROSSING else 280)}</head><body>{body}</body></html>"


@pytest.fixture(scope="module")
def upstream() -> dict[str, str]:
    names = {"crossing": CROSSING, "break": BREAK, "kinsoku": KINSOKU, "latin": LATIN, "rare": RARE}
    pages = {name: html(body) for name, body in names.items()}
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", UPSTREAM],
        input=json.dumps([str(FONTS), pages]),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, str] = json.loads(ran.stdout)
    return found


@pytest.fixture
def lines(pdftotext: Callable[[bytes], str]) -> Callable[[str], list[str]]:
    """The printed lines of a body, top to bottom over all pages."""

    def printed(body: str) -> list[str]:
        text = pdftotext(pdf.render(html(body), title="甲", author="乙"))
        return [line.strip() for line in text.replace("\f", "\n").splitlines() if line.strip()]

    return printed


def badly_broken(lines: list[str]) -> list[str]:
    starts = [line for line in lines if line[0] in NO_START]
    return starts + [line for line in lines if line[-1] in NO_END]


def test_a_paragraph_crosses_pages(lines: Callable[[str], list[str]]) -> None:
    assert "".join(lines(CROSSING)) == "甲乙丙丁，" * 10 + "继续教育学时。" * 60


def test_upstream_still_fails_at_a_page_crossing(upstream: dict[str, str]) -> None:
    assert upstream["crossing"] == "LayoutError"


def test_a_forced_break_breaks(lines: Callable[[str], list[str]]) -> None:
    assert lines(BREAK) == ["第一行", "第二行"]
    assert lines("<p>甲<br><br><b>乙</b><br>丙</p>") == ["甲", "乙", "丙"]


def test_upstream_still_ignores_a_forced_break(upstream: dict[str, str]) -> None:
    assert "第一行第二行" in upstream["break"]


def test_no_line_starts_or_ends_with_the_wrong_mark(lines: Callable[[str], list[str]]) -> None:
    printed = lines(KINSOKU)
    assert len(printed) > 20
    assert badly_broken(printed) == []


def test_upstream_still_breaks_before_closing_marks(upstream: dict[str, str]) -> None:
    assert badly_broken([line.strip() for line in upstream["kinsoku"].splitlines() if line.strip()])


def test_words_and_numbers_stay_whole(lines: Callable[[str], list[str]]) -> None:
    printed = lines(LATIN)
    assert sum(line.count("Engineering") for line in printed) == 13
    assert sum(line.count("12345.75") for line in printed) == 13


def test_upstream_still_cuts_words(upstream: dict[str, str]) -> None:
    whole = sum(line.count("Engineering") + line.count("12345.75") for line in upstream["latin"].splitlines())
    assert 0 < whole < 26


def test_a_word_longer_than_the_line_is_cut_not_lost(lines: Callable[[str], list[str]]) -> None:
    assert "".join(lines("<p>" + "x" * 200 + "</p>")) == "x" * 200


def test_upstream_still_writes_five_digit_code_points(upstream: dict[str, str]) -> None:
    assert "田" in upstream["rare"]
    assert "𠮷" not in upstream["rare"]
