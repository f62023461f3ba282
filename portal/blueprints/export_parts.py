"""The page of exports, for HR and for a unit's admin: which lists there are, and handing one out."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import quote
from uuid import UUID

from flask import Response, current_app, flash, request

from portal import hx
from portal.blueprints.staff.workspace import policies
from portal.forms.exports import FORMS, ExportForm
from portal.queries import exports as queries
from portal.queries.exports import Wanted
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Hat
from portal.security import RECENT, actor, clock, who
from portal.services import exports as services
from portal.workbooks import TYPES, Form

YEARS = 5


def page(form: ExportForm | None = None, status: int = 200) -> Response:
    """Every list the hat may take; `form` is a refused one, shown as sent."""
    lists = [queries.STANDINGS, queries.CLAIMS]
    if actor().hat is Hat.HR:
        lists += [queries.UNITS, queries.ADMINS]
    forms = {what: form if form and form.what == what else _form(what, None) for what in lists}
    return hx.render(
        "exports/page.html",
        status=status,
        forms=forms,
        titles=services.TITLES,
        most=services.AT_ONCE,
        confirmed=actor().hat is not Hat.HR or clock().now() - who().confirmed_at <= RECENT,
    )


def hand_out() -> Response:
    """The list asked for: the file, or the job that makes it."""
    what, form_of_file = request.form.get("what", ""), request.form.get("form", "xlsx")
    if what not in services.TITLES or form_of_file not in FORMS:
        raise RuleBroken("要导出的内容无法识别。请刷新页面后重新选择。")
    form = _form(what, request.form)
    if not form.validate():
        return page(form, 422)
    wanted = Wanted(
        what=what,
        years=form.span_of(policies().years),
        unit=form.chosen("unit"),
        status=form.chosen("status"),
        phone=form.chosen("phone") == "True",
    )
    folder = current_app.extensions["portal.settings"].instance / "exports"
    made = services.hand_out(actor(), wanted, cast(Form, form_of_file), folder=folder, now=clock().now())
    if isinstance(made, UUID):
        flash("内容较多，已在后台生成；完成后在这里下载。", "success")
        return hx.go_to("jobs.show", job=made)
    answer = Response(made, content_type=TYPES[form_of_file])
    name = quote(f"{services.label(wanted)}.{form_of_file}")
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=\"{what}-{wanted.year}.{form_of_file}\"; filename*=UTF-8''{name}"
    )
    return answer


def _form(what: str, sent: Any) -> ExportForm:
    this_year = clock().today().year
    years = [year for year in range(this_year, this_year - YEARS, -1) if year in policies().years]
    units = [(row.uuid, row.name) for row in queries.units()] if actor().hat is Hat.HR else None
    return ExportForm(sent, what=what, years=years, units=units)
