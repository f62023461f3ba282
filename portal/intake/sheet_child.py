"""Reads the one sheet of an .xlsx as text; run by `child.py`, never imported by the portal."""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

MOST_PARTS = 200
MOST_UNPACKED = 200 * 1024 * 1024  # bytes
MOST_RATIO = 200  # real sheets of repeated words reach 40
MOST_FORMULAS = 200  # told; a sheet with more is refused whole
MOST_CELLS = 4_000_000  # of all rows with something in them; the verdict is held in the server's memory
MOST_TEXT = 40_000_000  # characters
EXACT = 1e15  # integers in a spreadsheet's numbers are exact below this
_FORMULA = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3}[0-9]{1,7})"[^>]*>\s*<(?:\w+:)?f[\s/>]')


def inspect(file: str, most_rows: str, most_columns: str, longest: str) -> dict[str, Any]:
    """The verdict: `rows` [[number, [text, …]], …] and `formulas` [cell, …]; or `refused` and why.

    `longest` is the most characters of a cell.
    """
    try:
        with zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
            if _bomb(parts):
                return {"refused": "heavy"}
            names = [part.filename for part in parts]
            if "xl/workbook.xml" not in names:
                return {"refused": "other"}
            formulas = _formulas(packed, names)
        if len(formulas) > MOST_FORMULAS:
            return {"refused": "formulas", "cell": formulas[0]}
        verdict = _rows(file, int(most_rows), int(most_columns))
        if "refused" in verdict:
            return verdict
        return _told(verdict["rows"], int(longest)) or {**verdict, "formulas": formulas}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, CalamineError, OSError, ValueError, KeyError):
        return {"refused": "broken"}


def _bomb(parts: list[zipfile.ZipInfo]) -> bool:
    whole = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    return len(parts) > MOST_PARTS or whole > MOST_UNPACKED or whole > max(packed, 5000) * MOST_RATIO


def _formulas(packed: zipfile.ZipFile, names: list[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            found += [cell.decode() for cell in _FORMULA.findall(packed.read(name))]
    return found


def _rows(file: str, most_rows: int, most_columns: int) -> dict[str, Any]:
    book = CalamineWorkbook.from_path(file)
    filled: list[tuple[str, list[Any]]] = []
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        last_row, last_column = sheet.end or (0, 0)
        if last_row >= most_rows or last_column >= most_columns:
            return {"refused": "extent", "rows": last_row + 1, "columns": last_column + 1}
        rows = [
            [number, texts]
            for number, cells in enumerate(sheet.to_python(skip_empty_area=False), start=1)
            if any(texts := [_text(cell) for cell in cells])
        ]
        if rows:
            filled.append((name, rows))
    if len(filled) > 1:
        return {"refused": "sheets", "names": [name for name, _ in filled]}
    return {"rows": filled[0][1] if filled else []}


def _told(rows: list[Any], longest: int) -> dict[str, Any] | None:
    """Why the rows are too much to be told, if they are."""
    cells = characters = 0
    for number, texts in rows:
        sizes = [len(text) for text in texts]
        if max(sizes) > longest:
            column = next(place for place, size in enumerate(sizes, 1) if size > longest)
            return {"refused": "cell", "row": number, "column": column}
        cells, characters = cells + len(sizes), characters + sum(sizes)
    return {"refused": "heavy"} if cells > MOST_CELLS or characters > MOST_TEXT else None


def _text(cell: Any) -> str:
    """A cell as a person reads it; a number without .0."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < EXACT else repr(cell)
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, (datetime, date, time)):
        return cell.isoformat(" ") if isinstance(cell, datetime) else cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell).strip()
