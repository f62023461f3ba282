"""Cuts the vendored faces from their full sources; run by hand, never by the portal.

    pip install fonttools
    apt-get install fonts-lxgw-wenkai fonts-hanazono unicode-data
    npm pack @expo-google-fonts/noto-serif-sc && tar xzf expo-google-fonts-noto-serif-sc-*.tgz
    python -m portal.fonts.subset package

Writes the four TTFs, manifest.json and coverage.json (what any of them can print) beside this file.
Same sources, same bytes: no clock is written.
Only `glyf` outlines are taken, because reportlab does not embed CFF; hinting and layout tables go,
because reportlab reads neither and the faces only grow by them.
"""

from __future__ import annotations

import argparse
import bz2
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
UNIHAN = Path("/usr/share/unicode")
DEBIAN = Path("/usr/share/fonts/truetype")

# Unihan sources of characters that stand in registered names, places and school dictionaries but in
# neither main face: the Ministry of Public Security's identity register (GIDC), press and dictionary
# corpora, national standards after GB 2312, and the Hong Kong set.
NAME_SOURCES = frozenset(
    (
        *("GIDC", "GGH", "GXC", "GXH", "GXHZ", "GRM", "GOCD", "GCE", "GCH", "GCY", "GFC", "GFZ"),
        *("GBK", "G4K", "GKJ", "GJZ", "GPGLG", "GU", "G3"),
    )
)
NAME_PROPERTIES = frozenset(("kHKSCS", "kUnihanCore2020", "kXHC1983", "kJinmeiyoKanji", "kDefinition"))
ALSO_PRINTED = "𠮷𣇉"  # common variants of 吉 and 晃 that none of those sources lists
DROPPED = ["GSUB", "GPOS", "GDEF", "BASE", "STAT", "gasp", "prep", "fpgm", "cvt ", "DSIG", "FFTM", "prop"]
DROPPED += ["vhea", "vmtx"]


class Face(NamedTuple):
    """One vendored face: its file and family, where it was cut from, and what it may not be called."""

    file: str
    family: str
    source: Path
    origin: str
    licence: str


def unihan(table: str) -> Iterator[tuple[int, str, str]]:
    """(code point, property, value) for every row of one Unihan table of Debian's unicode-data."""
    with bz2.open(UNIHAN / f"Unihan_{table}.txt.bz2", "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("U+"):
                code, name, value = line.rstrip("\n").split("\t")
                yield int(code[2:], 16), name, value


def common() -> set[int]:
    """Everything outside the ideographs, the 8105 characters of 通用规范汉字表, and GB 2312."""
    plain = set(range(0x20, 0x3400)) | set(range(0xFE30, 0xFFEF))
    table = {code for code, name, _ in unihan("OtherMappings") if name == "kTGH"}
    gb2312 = {
        ord(bytes((row, cell)).decode("gb2312"))
        for row in range(0xB0, 0xF8)
        for cell in range(0xA1, 0xFF)
        if not (row == 0xD7 and cell > 0xF9)
    }
    return plain | table | gb2312


def in_names() -> set[int]:
    """Ideographs the name sources vouch for, whatever face has them."""
    found = {ord(char) for char in ALSO_PRINTED}
    for table in ("IRGSources", "OtherMappings", "DictionaryLikeData", "Readings"):
        for code, name, value in unihan(table):
            if name in NAME_PROPERTIES or (
                name == "kIRG_GSource" and value.partition("-")[0] in NAME_SOURCES
            ):
                found.add(code)
    return found


def open_face(path: Path) -> Any:
    """The source font. fontTools is imported here: the portal itself runs without it."""
    from fontTools.ttLib import TTFont

    return TTFont(path, recalcTimestamp=False)


def rename(font: Any, family: str, style: str) -> None:
    """Give the cut face a name of its own: the licences reserve the originals for the originals."""
    postscript = family + ("-Bold" if style == "Bold" else "-Regular")
    names = {1: family, 2: style, 3: postscript, 4: f"{family} {style}", 6: postscript}
    for record in list(font["name"].names):
        if record.nameID in (0, 13, 14) and record.platformID == 3 and record.langID == 0x409:
            continue
        font["name"].removeNames(nameID=record.nameID)
    for name_id, text in names.items():
        font["name"].setName(text, name_id, 3, 1, 0x409)


def cut(face: Face, wanted: set[int] | None) -> set[int]:
    """Write one face with the wanted code points (None: all it has); returns those it has."""
    from fontTools.subset import Options, Subsetter

    font = open_face(face.source)
    kept = set(font.getBestCmap()) if wanted is None else wanted & set(font.getBestCmap())
    options = Options()
    options.hinting = False
    options.layout_features = []
    options.drop_tables = [*options.drop_tables, *DROPPED]
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.glyph_names = False
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=kept)
    subsetter.subset(font)
    rename(font, face.family.removesuffix("Bold"), "Bold" if face.family.endswith("Bold") else "Regular")
    font.save(HERE / face.file)
    return kept


def entry(face: Face, glyphs: int) -> dict[str, object]:
    """The manifest's row for a face that was just written."""
    source = open_face(face.source)
    return {
        "file": face.file,
        "name": face.family,
        "source": face.origin,
        "version": source["name"].getDebugName(5),
        "licence": "OFL-1.1",
        "licence_file": face.licence,
        "characters": glyphs,
        "sha384": hashlib.sha384((HERE / face.file).read_bytes()).hexdigest(),
    }


def ranges(codes: set[int]) -> list[list[int]]:
    """Code points as [first, last] pairs in order."""
    pairs: list[list[int]] = []
    for code in sorted(codes):
        if pairs and pairs[-1][1] == code - 1:
            pairs[-1][1] = code
        else:
            pairs.append([code, code])
    return pairs


def main() -> None:
    """Cut all four faces, write the manifest and the coverage."""
    parser = argparse.ArgumentParser(description="Cut the vendored faces from their full sources.")
    parser.add_argument("noto", type=Path, help="the unpacked npm package @expo-google-fonts/noto-serif-sc")
    noto: Path = parser.parse_args().noto
    npm = "npm @expo-google-fonts/noto-serif-sc " + json.loads((noto / "package.json").read_text())["version"]
    song = Face(
        "PortalSong-Regular.ttf",
        "PortalSong",
        noto / "400Regular/NotoSerifSC_400Regular.ttf",
        npm,
        "OFL-NotoSerifSC.txt",
    )
    bold = Face(
        "PortalSong-Bold.ttf",
        "PortalSongBold",
        noto / "700Bold/NotoSerifSC_700Bold.ttf",
        npm,
        "OFL-NotoSerifSC.txt",
    )
    kai = Face(
        "PortalKai-Regular.ttf",
        "PortalKai",
        DEBIAN / "lxgw-wenkai/LXGWWenKai-Regular.ttf",
        "Debian fonts-lxgw-wenkai 1.250",
        "OFL-LXGWWenKai.txt",
    )
    rare = Face(
        "PortalRare-Regular.ttf",
        "PortalRare",
        DEBIAN / "hanazono/HanaMinB.ttf",
        "Debian fonts-hanazono 20170904",
        "OFL-Hanazono.txt",
    )
    usual, names = common(), in_names()
    has_song = cut(song, None)
    has = {
        song: has_song,
        bold: cut(bold, usual),
        kai: cut(kai, usual | {code for code in names if code >= 0x20000}),
        rare: cut(rare, names - has_song),
    }
    rows = [entry(face, len(codes)) for face, codes in has.items()]
    text = json.dumps(rows, ensure_ascii=False, indent=2)
    (HERE / "manifest.json").write_text(text + "\n", encoding="utf-8")
    covered = json.dumps(ranges(set().union(*has.values())), separators=(",", ":"))
    (HERE / "coverage.json").write_text(covered.replace("],[", "],\n[") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
