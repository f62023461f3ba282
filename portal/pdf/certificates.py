"""Lays a frozen certificate out on its one page: fits the text, draws the QR, fills the template."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from PIL import Image

from portal.pdf import engine
from portal.pdf.errors import PdfFailed, Unprintable
from portal.rules.certificates import notes

TEMPLATES = Path(__file__).parent.parent / "templates"
MM = 72 / 25.4
TEXT_WIDTH = 247 * MM - 4  # the holder's frame, less what rounding may take
QR_QUIET = 2  # modules of the printed 30 mm, which leaves the symbol 27 mm; the paper is white as well
PX = 0.75  # points in the pixel that an image's size attributes are in
SEAL_LIMIT = 42 * MM  # a university's round seal is 42 mm across
SEAL_BYTES = 2_000_000
NAME_SIZES = (36, 30, 24, 20, 16)
POST_SIZES = (12, 11, 10, 9)
MOST_LINES = {12: 2, 11: 2, 10: 2, 9: 3}
VALUE_GAP, PAIR_GAP = 7.0, 20.0  # points; certificate.css sets the same
AIRY_ROWS, ROOMY_ROWS, MOST_ROWS = 3, 6, 9  # categories the table takes set wide, normally and tightly
CODE_GROUP = 4


@cache
def _template() -> Template:
    loader = FileSystemLoader(TEMPLATES)
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    return environment.get_template("certificates/pdf.html")


def certificate(snapshot: Mapping[str, Any], *, verify_url: str, seal: bytes | None) -> bytes:
    """See portal.pdf.certificate."""
    if not all(subject["met"] for subject in snapshot["subjects"]):
        raise PdfFailed(["the snapshot does not meet its year's standards"])
    if len(snapshot["categories"]) > MOST_ROWS:
        raise PdfFailed([f"{len(snapshot['categories'])} categories do not fit the table"])
    engine.refuse_missing("".join(_texts(snapshot)))
    name_size = _name_size(snapshot["name"])
    post_size, lines = _post_lines(snapshot)
    html = _template().render(
        c=snapshot,
        name_class=f"n{name_size}",
        post_class=f"s{post_size}",
        lines=lines,
        statement=_statement(snapshot),
        qr=_qr(verify_url),
        code_lines=_code_lines(snapshot["code"]),
        table_class=_table_class(len(snapshot["categories"])),
        issued_on=_chinese_date(snapshot["issued_on"]),
        notes=notes(snapshot),
        **_seal(seal),
    )
    title = f"山东省专业技术人员继续教育证书 {snapshot['number']}"
    return engine.render(html, title=title, author=snapshot["school"])


def refuse_unfit(holder: Mapping[str, Any]) -> None:
    """See portal.pdf.refuse_unfit."""
    engine.refuse_missing("".join(_texts(holder)))
    _name_size(holder["name"])
    _post_lines(holder)


def _table_class(rows: int) -> str:
    return "airy" if rows <= AIRY_ROWS else "roomy" if rows <= ROOMY_ROWS else "dense"


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for part in value.values() for text in _texts(part)]
    if isinstance(value, Sequence):
        return [text for part in value for text in _texts(part)]
    return []


def _name_size(name: str) -> int:
    for size in NAME_SIZES:
        if engine.text_width(name, size, "kai", "song", "rare") <= TEXT_WIDTH:
            return size
    raise Unprintable(f"姓名“{name[:10]}…”过长，证书上排不下。")


def _post_lines(snapshot: Mapping[str, Any]) -> tuple[int, list[list[tuple[str, str]]]]:
    """Largest size at which the holder's particulars fit, and how they share the lines."""
    pairs = [
        ("工号", snapshot["username"]),
        ("单位", snapshot["unit"]),
        ("工作部门", snapshot["department"]),
        ("职称系列", snapshot["title_series"]),
        ("职称", snapshot["title"]),
    ]
    pairs = [(label, value) for label, value in pairs if value]
    for size in POST_SIZES:
        lines = _shared(pairs, size)
        if lines is not None and len(lines) <= MOST_LINES[size]:
            return size, lines
    raise Unprintable("单位、工作部门或职称名称过长，证书上排不下。")


def _shared(pairs: Sequence[tuple[str, str]], size: int) -> list[list[tuple[str, str]]] | None:
    """The pairs in lines of at most the text's width, never cut; None when one alone is too wide."""
    lines: list[list[tuple[str, str]]] = []
    used = 0.0
    for label, value in pairs:
        width = VALUE_GAP + engine.text_width(f"{label}{value}", size, "song", "rare", "kai")
        if width > TEXT_WIDTH:
            return None
        if lines and used + PAIR_GAP + width <= TEXT_WIDTH:
            lines[-1].append((label, value))
            used += PAIR_GAP + width
        else:
            lines.append([(label, value)])
            used = width
    return lines


def _statement(snapshot: Mapping[str, Any]) -> str:
    subjects = snapshot["subjects"]
    have = "、".join(f"{subject['label']} {subject['have']} 学时" for subject in subjects)
    need = "、".join(f"{subject['label']}不少于 {subject['need']} 学时" for subject in subjects)
    return (
        f"该同志 {snapshot['year']} 年度继续教育学时经审核认定为：{have}，合计 {snapshot['total']} 学时，"
        f"达到{need}的年度要求，特此证明。"
    )


def _chinese_date(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def _code_lines(code: str) -> list[str]:
    groups = [code[start : start + CODE_GROUP] for start in range(0, len(code), CODE_GROUP)]
    half = -(-len(groups) // 2)
    return (
        [" ".join(groups[:half]), " ".join(groups[half:])] if len(groups) > CODE_GROUP else [" ".join(groups)]
    )


def _embedded(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _qr(url: str) -> str:
    code = segno.make(url, error="m", micro=False)
    out = io.BytesIO()
    code.save(out, kind="png", scale=8, border=QR_QUIET)
    return _embedded(out.getvalue())


def _seal(png: bytes | None) -> dict[str, str]:
    """The uploaded seal and its size in print; nothing is drawn when there is none."""
    if png is None:
        return {"seal": "", "seal_width": "", "seal_height": ""}
    if len(png) > SEAL_BYTES:
        raise PdfFailed(["the seal's file is larger than 2 MB"])
    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
            width, height = image.size
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise PdfFailed(["the seal is not a readable PNG"]) from error
    scale = SEAL_LIMIT / max(width, height)
    return {
        "seal": _embedded(png),
        "seal_width": f"{width * scale / PX:.2f}",
        "seal_height": f"{height * scale / PX:.2f}",
    }
