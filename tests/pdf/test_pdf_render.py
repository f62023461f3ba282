"""render(): strict about everything the renderer only logs, and closed to the file system and the net."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from pypdf import PdfReader

from portal import pdf

STYLE = """<style>@page { size: a6; margin: 1cm }
html { font-family: song, plain, rare, kai } p { -pdf-word-wrap: CJK; font-size: 12pt }</style>"""


def page(body: str) -> str:
    return f"<html><head>{STYLE}</head><body>{body}</body></html>"


def test_title_and_author_are_set_in_chinese() -> None:
    printed = pdf.render(page("<p>学时</p>"), title="年度学时", author="人事处")
    metadata = PdfReader(io.BytesIO(printed)).metadata
    assert metadata is not None
    assert (metadata.title, metadata.author) == ("年度学时", "人事处")


def test_a_missing_glyph_is_a_failure() -> None:
    with pytest.raises(pdf.PdfFailed, match=re.escape("U+1F600")):
        pdf.render(page("<p>张😀</p>"), title="甲", author="乙")
    with pytest.raises(pdf.Unprintable):
        pdf.render(page("<p>张</p>"), title="😀", author="乙")


@pytest.mark.parametrize(
    "source",
    [
        "/etc/passwd",
        "file:///etc/passwd",
        "../../pdf/engine.py",
        "../../../pyproject.toml",
        "http://127.0.0.1:9/x.png",
        "https://example.org/x.png",
        "ftp://example.org/x.png",
        "absent.png",
    ],
)
def test_a_blocked_or_absent_file_is_a_failure(source: str) -> None:
    with pytest.raises(pdf.PdfFailed):
        pdf.render(page(f'<p>甲<img src="{source}"></p>'), title="甲", author="乙")


def test_a_blocked_stylesheet_is_a_failure() -> None:
    html = page("<p>甲</p>").replace("<head>", '<head><link rel="stylesheet" href="/etc/hostname">')
    with pytest.raises(pdf.PdfFailed):
        pdf.render(html, title="甲", author="乙")


def test_a_failed_render_leaves_the_next_one_alone() -> None:
    with pytest.raises(pdf.PdfFailed):
        pdf.render(page('<p><img src="/etc/passwd"></p>'), title="甲", author="乙")
    assert pdf.render(page("<p>甲</p>"), title="甲", author="乙").startswith(b"%PDF-")


def test_text_outside_the_basic_plane_is_found_again(pdftotext: Callable[[bytes], str]) -> None:
    assert "𠮷田𣇉𬭎" in pdftotext(pdf.render(page("<p>𠮷田𣇉𬭎</p>"), title="甲", author="乙"))


def test_bold_falls_back_to_the_plain_face() -> None:
    assert pdf.render(page("<p><b>㛃鿍𠮷</b></p>"), title="甲", author="乙").startswith(b"%PDF-")


def test_missing_glyphs_names_each_once_in_order() -> None:
    assert pdf.missing_glyphs("张😀三🀄😀 ·　") == ["😀", "🀄"]
    assert pdf.missing_glyphs("欧阳䶮买买提·阿不都热合曼𠮷田㛃龑𬭎𣇉喆堃頔玥珺") == []
    assert pdf.missing_glyphs("张\n三\x00") == ["\n", "\x00"]
