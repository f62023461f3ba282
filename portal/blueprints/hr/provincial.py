"""省平台核对: what the provincial platform shows against what counts here, and the tasks that come of it."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from flask import Response, flash, request

from portal import hx, spreadsheets
from portal.blueprints.hr import bp
from portal.blueprints.hr.received import one_file
from portal.blueprints.provincial_parts import download, form_asked
from portal.forms.provincial import DifferencesForm
from portal.queries import jobs, provincial_entries
from portal.queries import provincial_differences as queries
from portal.queries.provincial_differences import Filters, Stand
from portal.rules.reconciliation import HUNDREDTHS, Cause
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import UNDER_WAY, Hat
from portal.security import RECENT, actor, clock, needs, who
from portal.services import provincial_differences as services
from portal.services import provincial_imports, provincial_sheets

SHOWN = 200  # bad rows of an import on its page
_ROW = re.compile(r"[0-9]{1,9}")


@bp.get("/provincial")
@needs(Hat.HR)
def provincial() -> Response:
    """The differences, and the form for another list."""
    return _page(_form(request.args))


@bp.post("/provincial/imports")
@needs(Hat.HR, files=frozenset({"file"}))
def provincial_import() -> Response:
    """Compare a list of the platform's; nobody's hours change."""
    try:
        with one_file("请选择从省平台导出的学时文件（.xlsx 或 .csv）。") as (staged, name):
            sheet = spreadsheets.read(staged, name)
            found = provincial_imports.take_in(actor(), sheet, name, now=clock().now())
    except RuleBroken as refused:
        return _page(_form(None), refused.message)
    return hx.go_to("hr.provincial_report", comparison=found)


@bp.get("/provincial/imports/<uuid:comparison>")
@needs(Hat.HR)
def provincial_report(comparison: UUID) -> Response:
    """What one list brought, and its bad rows."""
    report = queries.report(actor(), comparison)
    pending = report.finished_at is None
    job = jobs.job(actor(), report.job_uuid) if pending and report.job_uuid else None
    return hx.render(
        "hr/provincial/report.html",
        report=report,
        job=job,
        stopped=pending and (job is None or job.state not in UNDER_WAY),
        shown=SHOWN,
    )


@bp.post("/provincial/imports/<uuid:comparison>/resume")
@needs(Hat.HR)
def provincial_resume(comparison: UUID) -> Response:
    """Go on with a comparison that stopped."""
    provincial_imports.resume(actor(), comparison, now=clock().now())
    flash("已继续核对。", "success")
    return hx.go_to("hr.provincial_report", comparison=comparison)


@bp.post("/provincial/differences/<uuid:difference>/settle")
@needs(Hat.HR)
def provincial_settle(difference: UUID) -> Response:
    """Close a task with a note."""
    services.settle(actor(), difference, note=request.form.get("note", ""), now=clock().now())
    flash("差异已处理，说明已保存。", "success")
    return _back()


@bp.post("/provincial/differences/<uuid:difference>/reopen")
@needs(Hat.HR)
def provincial_reopen(difference: UUID) -> Response:
    """Open a settled task again."""
    services.reopen(actor(), difference, now=clock().now())
    flash("差异已重新打开，回到待处理。", "success")
    return _back()


@bp.post("/provincial/differences/sheet")
@needs(Hat.HR, recent=True)
def provincial_export() -> Response:
    """All differences of the filter as a file."""
    kind = form_asked()
    data = provincial_sheets.differences(actor(), _filters(_form(request.form)), kind, now=clock().now())
    return download(data, kind, f"provincial-differences-{clock().today()}")


def _form(given: Any) -> DifferencesForm:
    form = DifferencesForm(given)
    form.offer_units(provincial_entries.units(actor()))
    return form


def _filters(form: DifferencesForm) -> Filters:
    cause = form.chosen("cause")
    before = form.before.data or ""
    return Filters(
        stand=Stand(form.chosen("stand")),
        cause=Cause(cause) if cause else None,
        unit=form.unit_id,
        before=int(before) if _ROW.fullmatch(before) else None,
    )


def _page(form: DifferencesForm, problem: str = "") -> Response:
    filters = _filters(form)
    rows = queries.page(actor(), filters)
    shown = rows[: queries.PAGE]
    return hx.render(
        "hr/provincial/list.html",
        status=422 if problem else 200,
        form=form,
        filters=filters,
        rows=shown,
        more=shown[-1].id if len(rows) > queries.PAGE else None,
        titles=queries.titles(shown),
        causes=queries.by_cause(actor()),
        units=queries.by_unit(actor()),
        imports=queries.imports(actor()),
        problem=problem,
        Cause=Cause,
        Stand=Stand,
        HUNDREDTHS=HUNDREDTHS,
        show_hundredths=provincial_sheets.show_hundredths,
        confirmed=clock().now() - who().confirmed_at <= RECENT,
    )


def _back() -> Response:
    return hx.go_to("hr.provincial", **_form(request.form).address(before=""))
