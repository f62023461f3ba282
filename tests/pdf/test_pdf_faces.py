"""The vendored faces: exactly the files the manifest names, embeddable, licensed, and covered as said."""

from __future__ import annotations

import hashlib
import json
import struct

import pytest
from reportlab.pdfbase.ttfonts import TTFontFile

from portal.pdf.coverage import FONTS, missing_glyphs

MANIFEST = json.loads((FONTS / "manifest.json").read_text(encoding="utf-8"))


def tables(file: str) -> set[bytes]:
    data = (FONTS / file).read_bytes()
    (count,) = struct.unpack(">H", data[4:6])
    return {data[12 + 16 * n : 16 + 16 * n] for n in range(count)}


def test_manifest_names_every_face_and_no_other() -> None:
    assert {row["file"] for row in MANIFEST} == {path.name for path in FONTS.glob("*.ttf")}


@pytest.mark.parametrize("row", MANIFEST, ids=lambda row: row["name"])
def test_face_is_the_one_that_was_vendored(row: dict[str, str]) -> None:
    assert hashlib.sha384((FONTS / row["file"]).read_bytes()).hexdigest() == row["sha384"]
    assert row["version"]
    assert row["licence"] == "OFL-1.1"
    assert "SIL OPEN FONT LICENSE" in (FONTS / row["licence_file"]).read_text(encoding="utf-8")


@pytest.mark.parametrize("row", MANIFEST, ids=lambda row: row["name"])
def test_face_can_be_embedded_and_carries_no_layout_tables(row: dict[str, str]) -> None:
    found = tables(row["file"])
    assert b"glyf" in found
    assert not found & {b"CFF ", b"GSUB", b"GPOS", b"fpgm"}


@pytest.mark.parametrize("row", MANIFEST, ids=lambda row: row["name"])
def test_face_does_not_use_a_reserved_name(row: dict[str, str]) -> None:
    name = TTFontFile(str(FONTS / row["file"])).name.decode()
    assert name.startswith("Portal")


def test_coverage_is_what_the_faces_have() -> None:
    printable: set[int] = set()
    for row in MANIFEST:
        printable.update(TTFontFile(str(FONTS / row["file"])).charToGlyph)
    everything = [code for code in range(0x21, 0x32400) if not 0xD800 <= code < 0xE000]
    missing = set(missing_glyphs("".join(map(chr, everything))))
    assert missing == {chr(code) for code in everything if code not in printable}


def test_all_faces_together_stay_small() -> None:
    assert sum(path.stat().st_size for path in FONTS.glob("*.ttf")) < 27_000_000
