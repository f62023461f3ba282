"""Clears away what nobody will ask for again: results of old jobs, lists looked at but never taken in."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, or_, select

from portal.database import write_tx
from portal.extensions import db
from portal.models import CourseImport, ImportBatch, ImportRow, Job
from portal.services import course_spool

RESULTS_KEPT = timedelta(days=30)
PREVIEWS_KEPT = timedelta(days=1)
_AT_ONCE = 500


def drop_results(folder: Path, *, now: datetime) -> int:
    """Remove the folders below `folder` of jobs over for long; returns how many. Their rows stay."""
    named = [place for place in folder.iterdir() if place.is_dir()] if folder.is_dir() else []
    gone = 0
    for start in range(0, len(named), _AT_ONCE):
        places = {uuid: place for place in named[start : start + _AT_ONCE] if (uuid := _uuid(place.name))}
        old = db.session.scalars(
            select(Job.uuid).where(Job.uuid.in_(places), Job.finished_at < now - RESULTS_KEPT)
        ).all()
        db.session.rollback()
        for uuid in old:
            shutil.rmtree(places[uuid])
        gone += len(old)
    return gone


def drop_previews(folder: Path, *, now: datetime) -> int:
    """Remove imports somebody looked at and never agreed to; returns how many.

    `folder` holds the files of parsed rows. One whose writing was agreed to is left to its job.
    """
    stale = (
        select(ImportBatch.id, ImportBatch.uuid)
        .outerjoin(CourseImport, CourseImport.batch_id == ImportBatch.id)
        .where(
            ImportBatch.state == "preview",
            ImportBatch.uploaded_at < now - PREVIEWS_KEPT,
            or_(CourseImport.batch_id.is_(None), CourseImport.stage.in_(("reading", "ready"))),
        )
        .order_by(ImportBatch.id)
        .limit(1)
        .with_for_update(of=ImportBatch)
    )
    gone = 0
    while True:  # one at a time: each may hold a hundred thousand rows
        with write_tx() as session:
            batch = session.execute(stale).one_or_none()
            if batch is None:
                return gone
            for table in (ImportRow, CourseImport):
                session.execute(delete(table).where(table.batch_id == batch.id))
            session.execute(delete(ImportBatch).where(ImportBatch.id == batch.id))
        course_spool.remove(folder, [batch.uuid])
        gone += 1


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None
