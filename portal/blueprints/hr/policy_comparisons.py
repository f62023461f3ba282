"""HR tries a candidate policy on a past year and reads who would differ."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from flask import Response, current_app, flash, request

from portal import hx
from portal.blueprints.hr import bp
from portal.blueprints.staff.workspace import policies
from portal.forms.policy_comparisons import TrialForm
from portal.intake.names import clean_name
from portal.queries import jobs
from portal.queries import policy_comparisons as queries
from portal.rules.refusals import NotFound, RuleBroken
from portal.rules.vocabulary import Hat, JobState
from portal.security import actor, clock, needs
from portal.services import policy_comparisons as services

YEARS = 5


@bp.get("/policy/compare")
@needs(Hat.HR)
def policy_compare() -> Response:
    """The form, and the latest trials."""
    return _page(_form())


@bp.post("/policy/compare")
@needs(Hat.HR)
def policy_compare_start() -> Response:
    """Check the candidate and queue the trial, or tell every fault."""
    form = _form()
    if not form.validate():
        return _page(form, 422, form.year.errors[0])
    try:
        with _received("file", ".toml") as file, _received("notice", ".txt") as notice:
            if file is None:
                raise RuleBroken("请选择规则文件（.toml）。")
            job = services.start(
                actor(),
                file,
                notice,
                int(form.year.data),
                policies=policies(),
                folder=_folder(),
                now=clock().now(),
                today=clock().today(),
            )
    except services.Faulty as faulty:
        return _page(form, 422, faulty.message, faulty.faults)
    except RuleBroken as refused:
        return _page(form, 422, refused.message)
    flash("规则文件检查通过，已开始试算；试算不改动任何记录。", "success")
    return hx.go_to("hr.policy_compare_show", job=job)


@bp.get("/policy/compare/<uuid:job>")
@needs(Hat.HR)
def policy_compare_show(job: UUID) -> Response:
    """How far a trial is, then who would differ, a page at a time."""
    row = jobs.job(actor(), job)
    if row.kind != queries.KIND:
        raise NotFound()
    asked = request.args.get("page", "0")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0
    result = queries.page(actor(), _folder() / str(job), number) if row.state == JobState.DONE else None
    return hx.render("hr/policy/differences.html", job=row, result=result)


def _folder() -> Path:
    settings = current_app.extensions["portal.settings"]
    folder: Path = settings.instance / "jobs"
    return folder


def _form() -> TrialForm:
    form = TrialForm(request.form)
    today = clock().today().year
    form.offer([year for year in range(today, today - YEARS, -1) if year in policies().years])
    return form


@contextmanager
def _received(field: str, suffix: str) -> Iterator[Path | None]:
    """The upload under its own name in a folder of its own, so that no other file is its neighbour."""
    upload = request.files.get(field)
    if upload is None or not upload.filename:
        yield None
        return
    name = clean_name(upload.filename)
    if not name.lower().endswith(suffix):
        raise RuleBroken(f"“{name}”不是 {suffix} 文件，请重新选择。")
    with TemporaryDirectory(dir=current_app.extensions["portal.store"].stage_dir) as folder:
        file = Path(folder) / name
        upload.save(file)
        yield file


def _page(form: TrialForm, status: int = 200, problem: str = "", faults: list[str] | None = None) -> Response:
    return hx.render(
        "hr/policy/compare.html",
        status=status,
        form=form,
        problem=problem,
        faults=faults or [],
        trials=queries.trials(actor()),
    )
