"""省平台录入: what a unit (or HR) still has to type into the provincial platform, and what was typed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app, flash, request

from portal import hx
from portal.blueprints.admin import bp
from portal.blueprints.provincial_parts import download, form_asked
from portal.forms.provincial import SheetForm, uuid_of
from portal.queries import provincial_entries as queries
from portal.queries.provincial_entries import Filters, Show
from portal.rules.records import REGION
from portal.rules.vocabulary import Category, Hat
from portal.security import RECENT, actor, clock, needs, who
from portal.services import provincial_entries as services
from portal.services import provincial_sheets

YEARS = 5  # offered for choosing, this one first
_TICKED = frozenset({"ids"})


@bp.get("/provincial")
@needs(Hat.UNIT, Hat.HR)
def provincial() -> Response:
    """The entry sheet of a year."""
    form = _form(request.args)
    filters = _filters(form)
    rows = queries.page(actor(), filters)
    counts = queries.counts(actor(), filters)
    shown = rows[: queries.PAGE]
    return hx.render(
        "admin/provincial/sheet.html",
        form=form,
        rows=shown,
        proofs=queries.proofs([row.id for row in shown]),
        after=str(shown[-1].uuid) if len(rows) > queries.PAGE else "",
        counts=counts,
        filters=filters,
        Show=Show,
        most=services.MOST,
        region=REGION,
        platform_category=provincial_sheets.platform_category,
        confirmed=clock().now() - who().confirmed_at <= RECENT,
    )


@bp.post("/provincial/sheet")
@needs(Hat.UNIT, Hat.HR, recent=True)
def provincial_sheet() -> Response:
    """The whole filter as a file to type from."""
    form = _form(request.form)
    kind = form_asked()
    data = provincial_sheets.entry_sheet(actor(), _filters(form), kind, now=clock().now())
    return download(data, kind, f"provincial-entry-{form.chosen('year')}")


@bp.post("/provincial/entries")
@needs(Hat.UNIT, Hat.HR, many=_TICKED)
def provincial_enter() -> Response:
    """Mark one row, the ticked ones, or all of the filter (`all=1`) as typed in."""
    form = _form(request.form)
    filters = _filters(form)
    now = clock().now()
    if single := uuid_of(request.form.get("one")):
        marked, left = services.enter(actor(), [single], filters.year, now=now)
    elif request.form.get("all") == "1":
        marked, left = services.enter_all(actor(), filters, now=now)
    else:
        ticked = [uuid for text in request.form.getlist("ids") if (uuid := uuid_of(text))]
        marked, left = services.enter(actor(), ticked, filters.year, now=now)
    told = f"，{left} 条已标记过或不在录入清单中，没有改动" if left else ""
    flash(f"已标记 {marked} 条为“已录入省平台”{told}。", "success" if marked else "warning")
    return _back(form)


@bp.post("/provincial/entries/<uuid:entry>/unmark")
@needs(Hat.UNIT, Hat.HR)
def provincial_unmark(entry: UUID) -> Response:
    """It was not typed in after all."""
    services.unmark(actor(), entry, reason=request.form.get("reason", ""), now=clock().now())
    flash("已取消“已录入省平台”标记，这项申报回到未录入。", "success")
    return _back(_form(request.form))


@bp.post("/provincial/entries/<uuid:entry>/correct")
@needs(Hat.UNIT, Hat.HR)
def provincial_correct(entry: UUID) -> Response:
    """The platform shows now what counts here."""
    services.correct(actor(), entry, now=clock().now())
    flash("已记录：省平台中的学时已更正。", "success")
    return _back(_form(request.form))


def _form(given: Any) -> SheetForm:
    this = clock().today().year
    known = current_app.extensions["portal.policies"].years
    form = SheetForm(given, years=[year for year in range(this, this - YEARS, -1) if year in known])
    form.offer_units(queries.units(actor()))
    return form


def _filters(form: SheetForm) -> Filters:
    category = form.chosen("category")
    return Filters(
        year=int(form.chosen("year")),
        show=Show(form.chosen("show")),
        category=Category(category) if category else None,
        unit=form.unit_id,
        after=uuid_of(form.after.data),
    )


def _back(form: SheetForm) -> Response:
    return hx.go_to("admin.provincial", **form.address(after=""))
