"""Imports of course records as background work: started with the deed, continued after a crash."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal import spreadsheets
from portal.clock import shanghai_date
from portal.database import write_tx
from portal.models import CourseImport, ImportBatch, Job
from portal.rules.access import Actor
from portal.rules.policy import PolicySet, shipped
from portal.rules.refusals import Conflict, NotFound
from portal.rules.vocabulary import UNDER_WAY
from portal.services import course_imports, course_previews, course_spool, course_undo, jobs
from portal.services.course_rows import columns_of
from portal.services.jobs import Task

FOLDER = "imports"  # below the instance
AT_ONCE = 5_000  # rows looked at while their officer waits; a longer list is looked at in the background
LOOK, WRITE, UNDO = "course-look", "course-import", "course-undo"
_TITLES = {LOOK: "读取课程学时", WRITE: "导入课程学时", UNDO: "撤销课程导入"}


def begin(
    actor: Actor,
    staged: Path,
    file_name: str,
    *,
    year: int | None,
    policies: PolicySet,
    folder: Path,
    now: datetime,
    today: date,
) -> UUID:
    """Look at an uploaded list, or queue the look at a long one; the batch, whose preview tells.

    Raises RuleBroken for another list, however long.
    """
    sheet = spreadsheets.read(staged, file_name)
    if len(sheet.rows) <= AT_ONCE:
        return course_previews.preview(
            actor, sheet, file_name, year=year, policies=policies, folder=folder, now=now, today=today
        )
    columns_of(sheet)
    uuid = uuid4()
    course_spool.keep_list(folder, uuid, staged)
    try:
        with write_tx() as session:
            gone = course_previews.open_batch(session, actor, uuid, sheet, file_name, year=year, now=now)
            _queue(session, actor, LOOK, uuid, now)
    except BaseException:
        course_spool.remove(folder, [uuid])
        raise
    course_spool.remove(folder, gone)
    return uuid


def start(actor: Actor, uuid: UUID, *, chosen: Collection[int] | None, now: datetime) -> None:
    """Agree to a preview and queue the writing. Raises as `course_imports.agree`."""
    with write_tx() as session:
        course_imports.agree(actor, session, uuid, chosen=chosen, now=now)
        _queue(session, actor, WRITE, uuid, now)


def start_undo(actor: Actor, uuid: UUID, *, now: datetime) -> None:
    """Queue taking a batch back. Raises as `course_undo.agree`."""
    with write_tx() as session:
        course_undo.agree(actor, session, uuid, now=now)
        _queue(session, actor, UNDO, uuid, now)


def resume(actor: Actor, uuid: UUID, *, now: datetime) -> None:
    """Queue again what was cancelled or failed. Raises NotFound, Conflict while it is still at work."""
    with write_tx() as session:
        batch = course_imports.locked(session, uuid)
        if batch.stage not in ("writing", "undoing"):
            raise Conflict("这次导入已经处理完毕，无需继续。")
        state = session.scalar(select(Job.state).where(Job.uuid == batch.job_uuid))
        if state in UNDER_WAY:
            raise Conflict("这次导入正在处理，请稍候。")
        _queue(session, actor, WRITE if batch.stage == "writing" else UNDO, uuid, now)


def run_look(task: Task) -> None:
    """Look at a long list, from its beginning: a look that was cut off has decided nothing."""
    uuid, folder = UUID(task.payload["batch"]), task.folder.parents[1] / FOLDER
    file = course_spool.list_of(folder, uuid)
    if file.exists():  # else another upload has taken its place
        course_previews.look_over(
            uuid,
            spreadsheets.read(file, file.name),
            policies=shipped(),
            folder=folder,
            today=shanghai_date(task.now()),
            advance=task.advance,
        )
        file.unlink(missing_ok=True)
    task.finish({"link": f"/hr/imports/courses/{uuid}"})


def run(task: Task) -> None:
    """Write an agreed batch from where it stands."""
    uuid = UUID(task.payload["batch"])
    course_imports.write(
        task.owner,
        uuid,
        policies=shipped(),
        folder=task.folder.parents[1] / FOLDER,
        clock=task.now,
        advance=task.advance,
    )
    task.finish({"link": f"/hr/imports/courses/{uuid}"})


def run_undo(task: Task) -> None:
    """Take a batch back from where it stands."""
    uuid = UUID(task.payload["batch"])
    course_undo.undo(task.owner, uuid, policies=shipped(), clock=task.now, advance=task.advance)
    task.finish({"link": f"/hr/imports/courses/{uuid}"})


def _queue(session: Session, actor: Actor, kind: str, uuid: UUID, now: datetime) -> None:
    batch = session.execute(
        select(ImportBatch.id, ImportBatch.file_name, CourseImport.total)
        .join(CourseImport, CourseImport.batch_id == ImportBatch.id)
        .where(ImportBatch.uuid == uuid)
    ).one_or_none()
    if batch is None:
        raise NotFound
    job = jobs.enqueue(
        session,
        actor,
        kind,
        {"batch": str(uuid)},
        title=f"{_TITLES[kind]}：{batch.file_name}",
        now=now,
        total=batch.total,
    )
    session.execute(update(CourseImport).where(CourseImport.batch_id == batch.id).values(job_uuid=job))
