"""Looks at every row of a platform's list before anything is written, and keeps what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select, update

from portal.database import write_tx
from portal.extensions import db
from portal.models import CourseImport, ImportBatch, ImportRow
from portal.rules.access import Actor
from portal.rules.policy import PolicySet
from portal.services import course_records, course_spool
from portal.services.course_records import BAD, CHANGED, HELD, Item
from portal.services.course_rows import Judged, Record, judge
from portal.spreadsheets import Sheet

KIND = "courses"
_KEPT_AT_ONCE = 1000
_LOOKED_AT_ONCE = 5000


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
    counts: Counter[str] = Counter()
    rows: list[dict[str, Any]] = []
    records: list[Record] = []
    for judged in judge(sheet, year=year, policies=policies, today=today):
        if judged.record is None:
            rows.append(_alone(judged))
        else:
            records.append(judged.record)
    alone = len(rows)
    for start in range(0, len(records), _LOOKED_AT_ONCE):
        items = course_records.look(db.session(), records[start : start + _LOOKED_AT_ONCE])
        course_records.hold(items, actor.person_id if actor else None)
        counts.update(item.outcome for item in items)
        rows += [kept(item) for item in items if item.outcome in (BAD, CHANGED, HELD)]
    db.session.rollback()
    counts[BAD] += alone
    rows.sort(key=lambda row: int(row["number"]))
    uuid = uuid4()
    summary = {"rows": len(sheet.rows), "alone": alone, "counts": dict(counts)}
    batch_id, gone = _open(actor, uuid, sheet, file_name, year, summary, len(records), now)
    course_spool.remove(folder, gone)
    course_spool.write(folder, uuid, records)
    for start in range(0, len(rows), _KEPT_AT_ONCE):
        with write_tx() as session:
            some = [{"batch_id": batch_id, **row} for row in rows[start : start + _KEPT_AT_ONCE]]
            session.execute(insert(ImportRow), some)
    with write_tx() as session:
        session.execute(update(CourseImport).where(CourseImport.batch_id == batch_id).values(stage="ready"))
    return uuid


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


def _open(
    actor: Actor | None,
    uuid: UUID,
    sheet: Sheet,
    file_name: str,
    year: int | None,
    summary: dict[str, Any],
    total: int,
    now: datetime,
) -> tuple[int, Sequence[UUID]]:
    """Add the batch in place of the person's earlier preview; its id, and the batches that went."""
    importer = actor.person_id if actor else None
    old = (ImportBatch.kind == KIND, ImportBatch.state == "preview", ImportBatch.importer_id == importer)
    with write_tx() as session:
        gone = session.scalars(select(ImportBatch.uuid).where(*old)).all()
        ids = select(ImportBatch.id).where(*old)
        session.execute(delete(ImportRow).where(ImportRow.batch_id.in_(ids)))
        session.execute(delete(CourseImport).where(CourseImport.batch_id.in_(ids)))
        session.execute(delete(ImportBatch).where(*old))
        batch = ImportBatch(
            uuid=uuid,
            kind=KIND,
            file_name=file_name[:120],
            file_sha256=sheet.sha256,
            importer_id=importer,
            uploaded_at=now,
            summary=summary,
        )
        session.add(batch)
        session.flush()
        progress: dict[str, Any] = {
            "stage": "reading",
            "year": year,
            "total": total,
            "done": 0,
            "byte_offset": 0,
            "chosen": [],
        }
        session.execute(insert(CourseImport).values(batch_id=batch.id, **progress))
        return batch.id, gone


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
