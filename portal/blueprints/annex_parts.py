"""The annex sheet 《山东省继续教育平台管理人员信息表》 as a PDF, one page a unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, current_app, make_response, render_template

from portal import pdf
from portal.rules.offices import ANNEX_TITLE, MOST_ADMINS
from portal.rules.refusals import RuleBroken


def annex_sheets(units: Sequence[tuple[str, Sequence[Any]]], *, file: str) -> Response:
    """The sheets of (unit name, its admins) pairs as a download; empty rows where nobody is appointed.

    Raises RuleBroken when there is no unit at all, or a character no face can print.
    """
    if not units:
        raise RuleBroken("没有可以打印的单位。请先新增单位。")
    for name, admins in units:
        missing = pdf.missing_glyphs(name + "".join(f"{a.name}{a.desk_phone}" for a in admins))
        if missing:
            raise RuleBroken(f"{name}的信息表含有字库中没有的文字“{'、'.join(missing)}”，无法打印。")
    html = render_template("hr/units/pdf.html", units=units, rows=MOST_ADMINS, title=ANNEX_TITLE)
    author = current_app.extensions["portal.settings"].school
    made = make_response(pdf.render(html, title=ANNEX_TITLE, author=author))
    made.headers["Content-Type"] = "application/pdf"
    made.headers["Content-Disposition"] = f'attachment; filename="{file}.pdf"'
    return made
