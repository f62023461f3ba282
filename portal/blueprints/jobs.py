"""A background job as its owner sees it: how far it is, stop it, take its files; and HR's list of all."""

from __future__ import annotations

from pathlib import PurePath
from uuid import UUID

from flask import Blueprint, Response, current_app, flash, request, send_file

from portal import hx
from portal.blueprints.hr.paging import asked
from portal.queries import jobs as queries
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import Hat
from portal.security import actor, clock, needs
from portal.services import jobs

bp = Blueprint("jobs", __name__)


@bp.get("/jobs/<uuid:job>")
@needs(*Hat)
def show(job: UUID) -> Response:
    """The job; a fragment asked for again and again while it is under way."""
    return hx.render("jobs/show.html", "jobs/_progress.html", job=queries.job(actor(), job))


@bp.post("/jobs/<uuid:job>/cancel")
@needs(*Hat)
def cancel(job: UUID) -> Response:
    """Ask the job to stop after the chunk in hand."""
    jobs.cancel(actor(), job, now=clock().now())
    if hx.wants_fragment():
        return hx.render("jobs/show.html", "jobs/_progress.html", job=queries.job(actor(), job))
    flash("已请求停止，手上的一批处理完后生效。", "success")
    return hx.go_to("jobs.show", job=job)


@bp.get("/jobs/<uuid:job>/result")
@needs(*Hat)
def result(job: UUID) -> Response:
    """A file the job left, by its name in `?file=`; the only one when there is but one."""
    found = queries.job(actor(), job)
    files = found.result.get("files", [])
    name = request.args.get("file") or (files[0] if len(files) == 1 else "")
    place = current_app.extensions["portal.settings"].instance / "jobs" / str(job) / PurePath(name).name
    if name not in files or not place.is_file():
        raise NotFound("文件已清理或不存在，请重新生成。")
    shown = found.result.get("names", {}).get(name, name)
    answer = send_file(place, as_attachment=True, download_name=shown, max_age=0)
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@bp.get("/hr/jobs")
@needs(Hat.HR)
def everybody() -> Response:
    """All jobs, newest first, and whether a runner is alive."""
    _, before = asked()
    rows = queries.all_jobs(actor(), before)
    return hx.render(
        "jobs/list.html",
        jobs=rows[: queries.PAGE],
        more=rows[queries.PAGE - 1].id if len(rows) > queries.PAGE else None,
        first=before is None,
        alive=queries.last_sign_of_life(),
    )
