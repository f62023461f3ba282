"""Puts printed certificates together: single files or print files of at most 200 pages, and the list."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

PAGES = 200  # of one print file: merging holds all of a file's pages in memory
COLUMNS = ("工号", "姓名", "单位", "证书编号", "未打印原因")
STAMP = (2000, 1, 1, 0, 0, 0)  # of every entry: the same certificates give the same bundle


def bundle(
    folder: Path,
    printed: Sequence[tuple[str, Path]],
    rows: Sequence[Sequence[str]],
    *,
    name: str,
    merged: bool,
    beat: Callable[[], None],
) -> tuple[Path, int]:
    """A zip in `folder` of `printed` (number, its PDF) and of `rows` as a list; returns it and its parts.

    `beat` is called between parts and may raise to stop; then nothing is left under the name.
    """
    target = folder / f"{name}.zip"
    part = target.with_suffix(".part")
    parts = 0
    with zipfile.ZipFile(part, "w") as out:
        if merged:
            for start in range(0, len(printed), PAGES):
                beat()
                chunk = printed[start : start + PAGES]
                pages = merge([page for _, page in chunk])
                first, last = chunk[0][0], chunk[-1][0]
                _add(out, f"{start // PAGES + 1:03d}_{first}_{last}.pdf", pages)
                parts += 1
        else:
            for number, page in printed:
                if parts % PAGES == 0:
                    beat()
                _add(out, f"{number}.pdf", page.read_bytes())
                parts += 1
        _add(out, "名单.csv", _csv(rows))
    os.replace(part, target)
    return target, parts


def merge(pages: Sequence[Path]) -> bytes:
    """One file of several; signatures of the single files do not survive it, so it is for paper only."""
    import pikepdf  # lazy: 40 ms that only a print file needs

    out = io.BytesIO()
    with pikepdf.new() as merged:
        for page in pages:
            with pikepdf.open(page) as one:
                merged.pages.extend(one.pages)
        if "/AcroForm" in merged.Root:
            del merged.Root["/AcroForm"]
        merged.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _add(out: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, STAMP)
    entry.external_attr = 0o600 << 16
    entry.compress_type = zipfile.ZIP_STORED if name.endswith(".pdf") else zipfile.ZIP_DEFLATED
    out.writestr(entry, content)


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    """With a byte-order mark, so that spreadsheets open it as UTF-8; no cell begins a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([_tame(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _tame(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
