"""Imports of course records as background work: started with the deed, continued after a crash."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import CourseImport, ImportBatch, Job
from portal.rules.access import Actor
from portal.rules.policy import shipped
from portal.rules.refusals import Conflict, NotFound
from portal.rules.vocabulary import JobState
from portal.services import course_imports, course_undo, jobs
from portal.services.jobs import Task

FOLDER = "imports"  # below the instance
WRITE, UNDO = "course-import", "course-undo"
_TITLES = {WRITE: "导入课程学时", UNDO: "撤销课程导入"}


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
        if state in (JobState.QUEUED.value, JobState.RUNNING.value):
            raise Conflict("这次导入正在处理，请稍候。")
        _queue(session, actor, WRITE if batch.stage == "writing" else UNDO, uuid, now)


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
