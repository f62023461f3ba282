"""HR takes rosters in: upload, look, agree, report, take back."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, request

from portal import hx, spreadsheets
from portal.blueprints.hr import bp
from portal.blueprints.hr.received import one_file
from portal.queries import imports as queries
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Hat
from portal.security import RECENT, actor, clock, needs, who
from portal.services import roster, roster_rows, roster_undo


@bp.get("/imports")
@needs(Hat.HR)
def imports() -> Response:
    """What was taken in before, and the form for another roster."""
    return _list()


@bp.post("/imports")
@needs(Hat.HR, files=frozenset({"file"}))
def imports_upload() -> Response:
    """Look at a roster; nobody's record changes yet."""
    try:
        with one_file("请选择名册文件（.xlsx 或 .csv）。") as (staged, name):
            sheet = spreadsheets.read(staged, name)
            batch = roster.preview(actor(), sheet, name, now=clock().now(), today=clock().today())
    except RuleBroken as refused:
        return _list(refused.message)
    return hx.go_to("hr.imports_show", batch=batch)


@bp.get("/imports/<uuid:batch>")
@needs(Hat.HR)
def imports_show(batch: UUID) -> Response:
    """A preview to agree to, or the report of what happened."""
    report = queries.report(batch, previewer=actor().person_id)
    return hx.render(
        "hr/imports/show.html",
        report=report,
        outcomes=roster.OUTCOMES,
        fields={name: headings[0] for name, headings in roster_rows.HEADINGS.items()},
        confirmed=clock().now() - who().confirmed_at <= RECENT,
    )


@bp.post("/imports/<uuid:batch>/commit")
@needs(Hat.HR, recent=True)
def imports_commit(batch: UUID) -> Response:
    """Write the good rows."""
    create_units = request.form.get("create_units") == "yes"
    roster.commit(actor(), batch, create_units=create_units, now=clock().now(), today=clock().today())
    flash("名册已导入。有问题的行没有写入，更正后可以再次导入同一名册。", "success")
    return hx.go_to("hr.imports_show", batch=batch)


@bp.post("/imports/<uuid:batch>/undo")
@needs(Hat.HR, recent=True)
def imports_undo(batch: UUID) -> Response:
    """Take the batch back."""
    counts = roster_undo.undo(actor(), batch, now=clock().now(), today=clock().today())
    kept = f"，{counts['kept']} 行因后来有变更或记录而保留" if counts["kept"] else ""
    flash(f"已撤销 {counts['undone']} 行{kept}。", "success")
    return hx.go_to("hr.imports_show", batch=batch)


def _list(problem: str = "") -> Response:
    return hx.render(
        "hr/imports/list.html",
        status=422 if problem else 200,
        rows=queries.batches(roster.KIND),
        problem=problem,
        outcomes=roster.OUTCOMES,
    )
