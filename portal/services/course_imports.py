"""Writes a platform's list that was looked at and agreed to, chunk by chunk.

A chunk, the place the next one starts at and the progress are one transaction, so an import that was
killed goes on where it stood.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.extensions import db
from portal.models import CourseHold, CourseImport, ImportBatch, ImportRow
from portal.rules.access import Actor
from portal.rules.policy import PolicySet
from portal.rules.refusals import Conflict, NotFound
from portal.services import course_records, course_spool, events, standings
from portal.services.course_previews import KIND, Advance, kept
from portal.services.course_records import APPLIED, BAD, CHANGED, HELD, Item

CHUNK = 200  # rows of one transaction: others wait for it
BREATH = 0.02  # seconds between two: SQLite's lock goes to whoever asks, and those who wait ask seldom


def agree(
    actor: Actor | None,
    session: Session,
    uuid: UUID,
    *,
    chosen: Collection[int] | None,
    now: datetime,
) -> None:
    """Start writing a preview, in the caller's transaction; `write` does the work afterwards.

    `chosen`: numbers of the changed rows that shall replace what is there (None: all of them).
    Raises NotFound for another's preview, Conflict when it was started already or holds nothing good.
    """
    batch = locked(session, uuid)
    if batch.importer_id != (actor.person_id if actor else None):
        raise NotFound
    if batch.state != "preview":
        raise Conflict("这个文件已经导入，没有重复写入。")
    if batch.stage != "ready":
        raise Conflict("这个文件没有读完，请重新上传。")
    if not any(count for outcome, count in batch.summary["counts"].items() if outcome != BAD):
        raise Conflict("这个文件里没有可以导入的行，请更正后重新上传。")
    different = set(
        session.scalars(
            select(ImportRow.number).where(ImportRow.batch_id == batch.id, ImportRow.outcome == CHANGED)
        )
    )
    agreed = sorted(different if chosen is None else different & set(chosen))
    session.execute(
        update(ImportBatch).where(ImportBatch.id == batch.id).values(state="committed", committed_at=now)
    )
    session.execute(
        update(CourseImport).where(CourseImport.batch_id == batch.id).values(stage="writing", chosen=agreed)
    )
    events.record(
        session, actor, "courses-import-agreed", "import", uuid, now=now, rows=batch.total, chosen=len(agreed)
    )


def write(
    actor: Actor | None,
    uuid: UUID,
    *,
    policies: PolicySet,
    folder: Path,
    clock: Callable[[], datetime],
    advance: Advance | None = None,
) -> None:
    """Write an agreed batch from where it stands to its end. Called again after a crash, it goes on.

    Raises NotFound; whatever `advance` raises leaves the chunk unwritten and the batch to be continued.
    """
    while _chunk(actor, uuid, policies, folder, clock(), advance):
        time.sleep(BREATH)
    course_spool.remove(folder, [uuid])


def unfinished(sha256: str) -> UUID | None:
    """A batch of the same file that was agreed to and has not come to its end."""
    return db.session.scalar(
        select(ImportBatch.uuid)
        .join(CourseImport, CourseImport.batch_id == ImportBatch.id)
        .where(ImportBatch.file_sha256 == sha256, CourseImport.stage == "writing")
        .limit(1)
    )


def locked(session: Session, uuid: UUID) -> Any:
    """The batch and how far it has come, nobody else changing either. Raises NotFound."""
    found = session.execute(
        select(
            ImportBatch.id,
            ImportBatch.state,
            ImportBatch.summary,
            ImportBatch.importer_id,
            CourseImport.stage,
            CourseImport.total,
            CourseImport.done,
            CourseImport.byte_offset,
            CourseImport.chosen,
            CourseImport.job_uuid,
        )
        .join(CourseImport, CourseImport.batch_id == ImportBatch.id)
        .where(ImportBatch.uuid == uuid, ImportBatch.kind == KIND)
        .with_for_update()
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def _chunk(
    actor: Actor | None,
    uuid: UUID,
    policies: PolicySet,
    folder: Path,
    now: datetime,
    advance: Advance | None,
) -> bool:
    """Write the next chunk; whether there may be another one."""
    standing = db.session.execute(
        select(CourseImport.stage, CourseImport.byte_offset)
        .join(ImportBatch, ImportBatch.id == CourseImport.batch_id)
        .where(ImportBatch.uuid == uuid)
    ).one_or_none()
    db.session.rollback()
    if standing is None:
        raise NotFound
    if standing.stage != "writing":
        return False
    records, next_offset = course_spool.read(folder, uuid, standing.byte_offset, CHUNK)
    with write_tx() as session:
        batch = locked(session, uuid)
        if batch.stage != "writing" or batch.byte_offset != standing.byte_offset:
            return bool(batch.stage == "writing")  # somebody else has written this chunk
        items, fallen = course_records.take(
            session,
            records,
            policies=policies,
            now=now,
            batch_id=batch.id,
            apply=set(batch.chosen),
            importer=batch.importer_id,
        )
        rewrite(session, batch.id, items)
        _set_aside(session, batch, sum(item.outcome == HELD for item in items))
        done = batch.done + len(records)
        ended = done >= batch.total
        written = Counter(batch.summary.get("written", {}))
        written.update(item.outcome for item in items)
        session.execute(
            update(CourseImport)
            .where(CourseImport.batch_id == batch.id)
            .values(stage="written" if ended else "writing", done=done, byte_offset=next_offset)
        )
        session.execute(
            update(ImportBatch)
            .where(ImportBatch.id == batch.id)
            .values(summary={**batch.summary, "written": dict(written)})
        )
        if advance:
            advance(session, done, batch.total)
        standings.record_fallen(session, actor, fallen, now=now, batch=str(uuid))
        if ended:
            written[BAD] += batch.summary["alone"]
            events.record(session, actor, "courses-imported", "import", uuid, now=now, counts=dict(written))
    return not ended


def _set_aside(session: Session, batch: Any, count: int) -> None:
    """Count the rows that wait for another officer than the importer."""
    if not count:
        return
    hold = session.get(CourseHold, batch.id)
    if hold is None:
        session.add(CourseHold(batch_id=batch.id, importer_id=batch.importer_id, rows=count))
    else:
        hold.rows += count
    session.flush()


def rewrite(session: Session, batch_id: int, items: Iterable[Item]) -> None:
    """Keep what became of these rows in place of what was said of them before."""
    numbers = [item.record.number for item in items]
    session.execute(delete(ImportRow).where(ImportRow.batch_id == batch_id, ImportRow.number.in_(numbers)))
    told = [item for item in items if item.outcome in (BAD, CHANGED, APPLIED, HELD)]
    rows = [{"batch_id": batch_id, **kept(item)} for item in told]
    if rows:
        session.execute(insert(ImportRow), rows)
