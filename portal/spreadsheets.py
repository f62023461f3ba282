"""Reads lists people bring as .xlsx or .csv into rows of text, and says in a sentence what it cannot read."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from portal.intake import sandbox
from portal.rules.refusals import RuleBroken

LARGEST = 24 * 1024 * 1024  # bytes; 200,000 course records in UTF-8 are 22 MB
MOST_ROWS = 200_000  # below the heading
MOST_COLUMNS = 64
LONGEST_CELL = 500  # characters
LONGEST_LINE = MOST_COLUMNS * 2 * LONGEST_CELL  # characters, of a csv
MEMORY = 1024 * 1024 * 1024  # bytes of address space for reading a workbook

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_AS_TEXT = re.compile(r'="(.*)"')  # how some programs keep leading zeros in a csv
_CELL = re.compile(r"([A-Z]+)([0-9]+)")
_SAVE_AS = "请用 Excel 或 WPS 打开，另存为“Excel 工作簿（.xlsx）”后再上传。"


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the heading: its number in the sheet, and each column's text by heading.

    `formulas` names the columns that held a formula instead of a value.
    """

    number: int
    cells: dict[str, str]
    formulas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list: its headings, its rows that are not empty, the SHA-256 (hex) of the file."""

    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    sha256: str = field(default="")


def read(file: Path, name: str) -> Sheet:
    """The list in the file; `name` is what the person calls it. The first filled row is the heading.

    Numbers become text without .0, text stays as typed. Raises RuleBroken with what to do about it.
    """
    size = file.stat().st_size
    if size == 0:
        raise RuleBroken(f"“{name}”是空文件，没有任何内容。")
    if size > LARGEST:
        raise RuleBroken(f"“{name}”超过 24 MB 的上限，请删去无关的工作表和图片，或分成几个文件。")
    with file.open("rb") as opened:
        head = opened.read(8)
        opened.seek(0)
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    if head.startswith(_OLE):
        raise RuleBroken(
            f"“{name}”是旧版 Excel（.xls）格式，或设有打开密码，改扩展名不会改变格式。{_SAVE_AS}"
        )
    if head.startswith(_ZIP):
        lines, formulas = _workbook(file, name)
    elif name.lower().endswith((".xlsx", ".xls")):
        raise RuleBroken(f"“{name}”的内容不是 Excel 工作簿，改扩展名不会改变格式。{_SAVE_AS}")
    else:
        lines, formulas = _csv(file.read_bytes(), name), {}
    return _sheet(lines, formulas, name, digest)


def _workbook(file: Path, name: str) -> tuple[list[tuple[int, list[str]]], dict[int, list[int]]]:
    limits = (str(MOST_ROWS + 1), str(MOST_COLUMNS), str(LONGEST_CELL))
    verdict = sandbox.inspect("sheet_child", str(file), *limits, memory=MEMORY)
    if "refused" in verdict:
        _refuse(verdict, name)
    formulas: dict[int, list[int]] = {}
    for cell in verdict["formulas"]:
        found = _CELL.fullmatch(cell)
        if found:
            formulas.setdefault(int(found[2]), []).append(_column(found[1]))
    return [(number, texts) for number, texts in verdict["rows"]], formulas


def _refuse(verdict: dict[str, object], name: str) -> NoReturn:
    match verdict["refused"]:
        case "sheets":
            names = "、".join(f"“{one}”" for one in verdict["names"])  # type: ignore[attr-defined]
            raise RuleBroken(f"“{name}”有不止一个工作表里有内容（{names}），请只保留要导入的一个。")
        case "extent":
            raise RuleBroken(
                f"“{name}”的表格范围有 {verdict['rows']} 行、{verdict['columns']} 列，"
                f"超过 {MOST_ROWS} 行、{MOST_COLUMNS} 列的上限。"
                "请删除数据下方和右侧的空行、空列（或把数据复制到新的工作簿）后再上传。"
            )
        case "formulas":
            raise RuleBroken(
                f"“{name}”里有大量公式（如 {verdict['cell']}）。"
                "请全选、复制，用“选择性粘贴—数值”贴到新的工作簿后再上传。"
            )
        case "heavy":
            raise RuleBroken(
                f"“{name}”解开后过大或无法在限定时间内读完。请把数据复制到新的工作簿，只保留需要的行和列，再上传。"
            )
        case "cell":
            raise RuleBroken(_too_long(name, verdict["row"], verdict["column"]))
        case "other":
            raise RuleBroken(f"“{name}”是压缩包或其他文档，不是 Excel 工作簿。{_SAVE_AS}")
    raise RuleBroken(f"“{name}”已损坏或不完整，无法读取。{_SAVE_AS}")


def _too_long(name: str, row: object, column: object) -> str:
    return f"“{name}”第 {row} 行第 {column} 列超过 {LONGEST_CELL} 个字符，请核对是否填错。"


def _lines(text: str, name: str) -> Iterator[str]:
    """Line by line: a reader given megabytes without a line break would hold millions of cells at once."""
    start, number = 0, 0
    while start < len(text):
        number += 1
        end = text.find("\n", start) + 1 or len(text)
        if end - start > LONGEST_LINE:
            raise RuleBroken(
                f"“{name}”第 {number} 行过长（超过 {LONGEST_LINE} 个字符），不像表格的一行。{_SAVE_AS}"
            )
        yield text[start:end]
        start = end


def _csv(data: bytes, name: str) -> list[tuple[int, list[str]]]:
    text = _decoded(data, name)
    if "\x00" in text:
        raise RuleBroken(f"“{name}”不是文本表格（CSV），也不是 Excel 工作簿。{_SAVE_AS}")
    first = text.lstrip("\r\n").split("\n", 1)[0]
    separator = max(",\t;", key=first.count)
    lines: list[tuple[int, list[str]]] = []
    try:
        for number, cells in enumerate(csv.reader(_lines(text, name), delimiter=separator, strict=True), 1):
            if number > MOST_ROWS + 1 or len(cells) > MOST_COLUMNS:
                _refuse({"refused": "extent", "rows": number, "columns": len(cells)}, name)
            texts = [_unwrapped(cell.strip()) for cell in cells]
            if any(texts):
                lines.append((number, texts))
    except csv.Error:
        raise RuleBroken(f"“{name}”第 {len(lines) + 1} 行附近的引号不成对，无法读取。{_SAVE_AS}") from None
    return lines


def _decoded(data: bytes, name: str) -> str:
    """UTF-8 with or without a mark, else GB18030, each strictly."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RuleBroken(f"“{name}”的文字编码无法识别（应为 UTF-8 或 GB18030）。{_SAVE_AS}")


def _unwrapped(text: str) -> str:
    found = _AS_TEXT.fullmatch(text)
    return found[1] if found else text


def _sheet(
    lines: list[tuple[int, list[str]]], formulas: dict[int, list[int]], name: str, digest: str
) -> Sheet:
    if not lines:
        raise RuleBroken(f"“{name}”里没有内容。第一行应为列名，从第二行起每行一条。")
    (_, first), rest = lines[0], lines[1:]
    headings = tuple("".join(text.split()) for text in first)
    doubled = sorted({one for one in headings if one and headings.count(one) > 1})
    if doubled:
        raise RuleBroken(f"“{name}”的列名“{doubled[0]}”出现了两次，请删去多余的一列。")
    if not rest:
        raise RuleBroken(f"“{name}”只有列名，没有数据。")
    rows = []
    for number, texts in rest:
        for place, text in enumerate(texts):
            if len(text) > LONGEST_CELL:
                raise RuleBroken(_too_long(name, number, place + 1))
        cells = {heading: text for heading, text in zip(headings, texts, strict=False) if heading}
        written = {place for place, text in enumerate(texts) if text.startswith("=")}
        odd = sorted({*formulas.get(number, []), *written})
        rows.append(Row(number, cells, tuple(headings[one] for one in odd if one < len(headings))))
    return Sheet(headings, tuple(rows), digest)


def _column(letters: str) -> int:
    """A -> 0, Z -> 25, AA -> 26."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1
