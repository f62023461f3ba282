"""HR takes lists of course records in: upload, look, agree, watch, report, take back."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from flask import Response, current_app, flash, request

from portal import hx
from portal.blueprints.hr import bp
from portal.blueprints.hr.received import one_file
from portal.queries import course_imports as queries
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Hat
from portal.security import RECENT, actor, clock, needs, who
from portal.services import course_files, course_holds, course_jobs

FIELDS = {
    "username": "工号",
    "title": "课程名称",
    "subject": "科目类型",
    "quarters": "学时",
    "completed_on": "完成日期",
}
YEARS = 5  # offered for choosing, this one first
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/imports/courses")
@needs(Hat.HR)
def course_imports() -> Response:
    """What was taken in before, and the form for another list."""
    return _list()


@bp.post("/imports/courses")
@needs(Hat.HR, files=frozenset({"file"}))
def course_imports_upload() -> Response:
    """Look at a list; nobody's hours change yet."""
    chosen = request.form.get("year", "")
    if chosen and chosen not in _years():
        return _list("请选择列表中的年度。")
    try:
        with one_file("请选择课程学时文件（.xlsx 或 .csv）。") as (staged, name):
            batch = course_jobs.begin(
                actor(),
                staged,
                name,
                year=int(chosen) if chosen else None,
                policies=current_app.extensions["portal.policies"],
                folder=Path(current_app.instance_path) / course_jobs.FOLDER,
                now=clock().now(),
                today=clock().today(),
            )
    except RuleBroken as refused:
        return _list(refused.message)
    return hx.go_to("hr.course_imports_show", batch=batch)


@bp.get("/imports/courses/template.xlsx")
@needs(Hat.HR)
def course_imports_template() -> Response:
    """The file to fill in."""
    return _download(course_files.template(), XLSX, "template.xlsx")


@bp.get("/imports/courses/<uuid:batch>")
@needs(Hat.HR)
def course_imports_show(batch: UUID) -> Response:
    """A preview to agree to, the progress, or the report of what happened."""
    report = queries.report(batch, viewer=actor().person_id)
    return hx.render(
        "hr/course_imports/show.html",
        report=report,
        faults=list(queries.faults(report.id, most=queries.SHOWN)),
        changes=queries.changes(report.id),
        held=queries.held(report.id) if report.counts["held"] else (),
        touched=report.stage in ("written", "writing") and queries.touches(report.id, actor()),
        outcomes=queries.OUTCOMES,
        fields=FIELDS,
        shown=queries.SHOWN,
        confirmed=clock().now() - who().confirmed_at <= RECENT,
    )


@bp.get("/imports/courses/<uuid:batch>/progress")
@needs(Hat.HR)
def course_imports_progress(batch: UUID) -> Response:
    """The bar alone while it moves; the whole page once it has come to its end."""
    report = queries.report(batch, viewer=actor().person_id)
    if not report.running or not hx.wants_fragment():
        return hx.go_to("hr.course_imports_show", batch=batch)
    return hx.render("hr/course_imports/_progress.html", report=report)


@bp.get("/imports/courses/<uuid:batch>/faults.csv")
@needs(Hat.HR)
def course_imports_faults(batch: UUID) -> Response:
    """Every row that was left out, and why."""
    report = queries.report(batch, viewer=actor().person_id)
    text = "".join(course_files.faults_csv(queries.faults(report.id)))
    return _download(text.encode(), "text/csv; charset=utf-8", "faults.csv")


@bp.post("/imports/courses/<uuid:batch>/commit")
@needs(Hat.HR, recent=True)
def course_imports_commit(batch: UUID) -> Response:
    """Start writing the good rows, and the changed ones that were ticked."""
    ticked = [int(text) for text in request.form.getlist("apply") if text.isdecimal() and len(text) < 8]
    chosen = None if request.form.get("apply_all") == "yes" else ticked
    course_jobs.start(actor(), batch, chosen=chosen, now=clock().now())
    return hx.go_to("hr.course_imports_show", batch=batch)


@bp.post("/imports/courses/<uuid:batch>/resume")
@needs(Hat.HR, recent=True)
def course_imports_resume(batch: UUID) -> Response:
    """Go on with one that stopped."""
    course_jobs.resume(actor(), batch, now=clock().now())
    flash("已继续。", "success")
    return hx.go_to("hr.course_imports_show", batch=batch)


@bp.post("/imports/courses/<uuid:batch>/held")
@needs(Hat.HR, recent=True)
def course_imports_held(batch: UUID) -> Response:
    """Take the rows about the importer in, or leave them out, as another officer."""
    match request.form.get("action"):
        case "confirm":
            policies = current_app.extensions["portal.policies"]
            course_holds.confirm(actor(), batch, policies=policies, now=clock().now())
            flash("已确认，这些行已写入。", "success")
        case "refuse":
            course_holds.refuse(actor(), batch, now=clock().now())
            flash("这些行没有写入。", "success")
        case _:
            raise RuleBroken("请选择确认写入或不写入。")
    return hx.go_to("hr.course_imports_show", batch=batch)


@bp.post("/imports/courses/<uuid:batch>/undo")
@needs(Hat.HR, recent=True)
def course_imports_undo(batch: UUID) -> Response:
    """Start taking the batch back."""
    course_jobs.start_undo(actor(), batch, now=clock().now())
    return hx.go_to("hr.course_imports_show", batch=batch)


def _years() -> list[str]:
    this = clock().today().year
    return [str(year) for year in range(this, this - YEARS, -1)]


def _list(problem: str = "") -> Response:
    return hx.render(
        "hr/course_imports/list.html",
        status=422 if problem else 200,
        rows=queries.batches(viewer=actor().person_id),
        waiting=queries.own_preview(actor().person_id),
        problem=problem,
        outcomes=queries.OUTCOMES,
        years=_years(),
    )


def _download(content: bytes, media_type: str, name: str) -> Response:
    answer = current_app.make_response(content)
    answer.headers["Content-Type"] = media_type
    answer.headers["Content-Disposition"] = f'attachment; filename="courses-{name}"'
    return answer
