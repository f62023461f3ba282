"""Looks at every row of a platform's list before anything is written, and keeps what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.extensions import db
from portal.models import CourseImport, ImportBatch, ImportRow
from portal.rules.access import Actor
from portal.rules.policy import PolicySet
from portal.services import course_records, course_spool
from portal.services.course_records import BAD, CHANGED, HELD, Item
from portal.services.course_rows import Judged, Record, columns_of, judge
from portal.spreadsheets import Sheet

KIND = "courses"
_KEPT_AT_ONCE = 1000
_LOOKED_AT_ONCE = 2000

Advance = Callable[[Session, int, int], None]
"""Told inside each piece's transaction: rows done and rows in all."""


def preview(
    actor: Actor | None,
    sheet: Sheet,
    file_name: str,
    *,
    year: int | None,
    policies: PolicySet,
    folder: Path,
    now: datetime,
    today: date,
) -> UUID:
    """Look at every row and keep what was found as a batch that has not happened yet.

    `year`: records of any other one are faults. Bad and changed rows are kept in the database, good ones
    in a file in `folder`. An earlier preview of the same person goes. Raises RuleBroken for another list.
    """
    columns_of(sheet)
    uuid = uuid4()
    with write_tx() as session:
        gone = open_batch(session, actor, uuid, sheet, file_name, year=year, now=now)
    course_spool.remove(folder, gone)
    look_over(uuid, sheet, policies=policies, folder=folder, today=today)
    return uuid


def open_batch(
    session: Session,
    actor: Actor | None,
    uuid: UUID,
    sheet: Sheet,
    file_name: str,
    *,
    year: int | None,
    now: datetime,
) -> Sequence[UUID]:
    """Add a batch whose rows nobody has looked at, in place of the person's earlier preview: those gone."""
    importer = actor.person_id if actor else None
    old = (ImportBatch.kind == KIND, ImportBatch.state == "preview", ImportBatch.importer_id == importer)
    gone = session.scalars(select(ImportBatch.uuid).where(*old)).all()
    ids = select(ImportBatch.id).where(*old)
    session.execute(delete(ImportRow).where(ImportRow.batch_id.in_(ids)))
    session.execute(delete(CourseImport).where(CourseImport.batch_id.in_(ids)))
    session.execute(delete(ImportBatch).where(*old))
    rows = len(sheet.rows)
    batch = ImportBatch(
        uuid=uuid,
        kind=KIND,
        file_name=file_name[:120],
        file_sha256=sheet.sha256,
        importer_id=importer,
        uploaded_at=now,
        summary={"rows": rows, "alone": 0, "counts": {}},
    )
    session.add(batch)
    session.flush()
    progress: dict[str, Any] = {"stage": "reading", "year": year, "total": rows, "done": 0}
    session.execute(insert(CourseImport).values(batch_id=batch.id, byte_offset=0, chosen=[], **progress))
    return gone


def look_over(
    uuid: UUID,
    sheet: Sheet,
    *,
    policies: PolicySet,
    folder: Path,
    today: date,
    advance: Advance | None = None,
) -> bool:
    """Look at every row of an opened batch, from the first one; False when the batch is not open any more.

    Whatever `advance` raises leaves the batch unread, to be looked over again.
    """
    with write_tx() as session:
        batch = _opened(session, uuid)
        if batch is None:
            return False
        session.execute(delete(ImportRow).where(ImportRow.batch_id == batch.id))  # of a look that was cut off
    counts: Counter[str] = Counter()
    records: list[Record] = []
    alone = done = 0
    judging = judge(sheet, year=batch.year, policies=policies, today=today)
    while piece := list(islice(judging, _LOOKED_AT_ONCE)):
        rows = [_alone(judged) for judged in piece if judged.record is None]
        good = [judged.record for judged in piece if judged.record is not None]
        items = course_records.look(db.session(), good)
        db.session.rollback()
        course_records.hold(items, batch.importer_id)
        counts.update(item.outcome for item in items)
        alone += len(rows)
        records += good
        rows += [kept(item) for item in items if item.outcome in (BAD, CHANGED, HELD)]
        done += len(piece)
        if not _keep(uuid, rows, done, len(sheet.rows), advance):
            return False
    counts[BAD] += alone
    course_spool.write(folder, uuid, records)
    with write_tx() as session:
        if _opened(session, uuid) is None:
            course_spool.remove(folder, [uuid])
            return False
        summary = {"rows": len(sheet.rows), "alone": alone, "counts": dict(counts)}
        session.execute(update(ImportBatch).where(ImportBatch.id == batch.id).values(summary=summary))
        ready = {"stage": "ready", "total": len(records), "done": 0}
        session.execute(update(CourseImport).where(CourseImport.batch_id == batch.id).values(**ready))
    return True


def _opened(session: Session, uuid: UUID) -> Any:
    """The batch while its rows are still to be looked at; its importer may have begun another meanwhile."""
    return session.execute(
        select(ImportBatch.id, ImportBatch.importer_id, CourseImport.year)
        .join(CourseImport, CourseImport.batch_id == ImportBatch.id)
        .where(ImportBatch.uuid == uuid, CourseImport.stage == "reading")
        .with_for_update()
    ).one_or_none()


def _keep(uuid: UUID, rows: list[dict[str, Any]], done: int, total: int, advance: Advance | None) -> bool:
    """Store the rows of one piece and how far the look has come; False when nobody waits for it any more."""
    with write_tx() as session:
        batch = _opened(session, uuid)
        if batch is None:
            return False
        for start in range(0, len(rows), _KEPT_AT_ONCE):
            some = [{"batch_id": batch.id, **row} for row in rows[start : start + _KEPT_AT_ONCE]]
            session.execute(insert(ImportRow), some)
        session.execute(update(CourseImport).where(CourseImport.batch_id == batch.id).values(done=done))
        if advance:
            advance(session, done, total)
    return True


def kept(item: Item) -> dict[str, Any]:
    """The stored row that tells what became (or would become) of a record."""
    record = item.record
    facts: dict[str, Any] = {
        name: getattr(record, name) for name in ("record_id", "username", "name", "platform", "title")
    }
    if item.outcome == HELD:  # to be taken in from here once somebody else agrees
        facts.update(
            subject=record.subject, quarters=record.quarters, completed_on=record.completed_on.isoformat()
        )
    if item.known is not None:
        facts["changed_by"] = item.known.changed_by_id  # to be put back when the change is undone
    return {
        "number": record.number,
        "facts": facts,
        "outcome": item.outcome,
        "problems": item.problems,
        "object_uuid": item.uuid,
        "before": item.before,
        "after": item.after,
    }


def _alone(judged: Judged) -> dict[str, Any]:
    return {
        "number": judged.number,
        "facts": judged.facts,
        "outcome": BAD,
        "problems": judged.problems,
        "object_uuid": None,
        "before": {},
        "after": {},
    }
