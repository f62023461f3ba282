"""Takes a batch of course records back, chunk by chunk: changed ones return, added ones go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import CourseImport, CourseRecord, ImportBatch, ImportRow, Person
from portal.queries.course_imports import touches
from portal.rules.access import Actor
from portal.rules.policy import PolicySet
from portal.rules.refusals import Conflict, NotFound, NotPermitted
from portal.services import course_holds, events
from portal.services.course_imports import CHUNK, Advance, locked
from portal.services.course_records import APPLIED, FIELDS, known_query, lock_people, values_of
from portal.services.standings import record_fallen, settle_many

RESTORED, KEPT = "restored", "kept"


def agree(actor: Actor | None, session: Session, uuid: UUID, *, now: datetime) -> int:
    """Start taking a batch back, in the caller's transaction; `undo` does the work. Answers how many rows.

    A batch that is still being written stops there. Raises NotFound, Conflict, NotPermitted when it touched
    hours of the actor: what it changed would return.
    """
    batch = locked(session, uuid)
    if batch.state == "preview":
        raise NotFound
    if batch.state == "undone" or batch.stage == "undoing":
        raise Conflict("这次导入已经撤销。")
    if actor is not None and touches(batch.id, actor, session):
        raise NotPermitted("这次导入含有您本人的课程学时，须由人事处另一位同事撤销。")
    course_holds.withdraw(session, batch, now)
    total = (
        session.execute(
            select(func.count()).select_from(CourseRecord).where(CourseRecord.batch_id == batch.id)
        ).scalar_one()
        + session.execute(
            select(func.count())
            .select_from(ImportRow)
            .where(ImportRow.batch_id == batch.id, ImportRow.outcome == APPLIED)
        ).scalar_one()
    )
    session.execute(
        update(CourseImport)
        .where(CourseImport.batch_id == batch.id)
        .values(stage="undoing", done=0, total=total, byte_offset=0)
    )
    events.record(session, actor, "courses-undo-agreed", "import", uuid, now=now, rows=total)
    return total


def undo(
    actor: Actor | None,
    uuid: UUID,
    *,
    policies: PolicySet,
    clock: Callable[[], datetime],
    advance: Advance | None = None,
) -> None:
    """Take the batch back from where it stands to its end; called again after a crash, it goes on.

    What a later import changed stays as it is and is counted.
    """
    while _chunk(actor, uuid, policies, clock(), advance):
        pass


def _chunk(
    actor: Actor | None, uuid: UUID, policies: PolicySet, now: datetime, advance: Advance | None
) -> bool:
    with write_tx() as session:
        batch = locked(session, uuid)
        if batch.stage != "undoing":
            return False
        touched: dict[int, set[int]] = defaultdict(set)
        changed = session.execute(
            select(
                ImportRow.number, ImportRow.facts, ImportRow.object_uuid, ImportRow.before, ImportRow.after
            )
            .where(ImportRow.batch_id == batch.id, ImportRow.outcome == APPLIED)
            .order_by(ImportRow.number)
            .limit(CHUNK)
        ).all()
        count = len(changed) or _remove(session, batch.id, touched)
        if changed:
            _restore(session, batch.id, changed, touched)
        lock_people(session, touched)
        fallen = settle_many(session, touched, policies, now=now)
        done = batch.done + count
        session.execute(update(CourseImport).where(CourseImport.batch_id == batch.id).values(done=done))
        if advance:
            advance(session, min(done, batch.total), batch.total)
        record_fallen(session, actor, fallen, now=now, batch=str(uuid))
        if count == 0:
            _finish(session, actor, uuid, batch, now)
    return count > 0


def _remove(session: Session, batch_id: int, touched: dict[int, set[int]]) -> int:
    rows = session.execute(
        select(CourseRecord.id, CourseRecord.person_id, CourseRecord.year)
        .where(CourseRecord.batch_id == batch_id, CourseRecord.changed_by_id.is_(None))
        .order_by(CourseRecord.person_id, CourseRecord.id)
        .limit(CHUNK)
    ).all()
    for row in rows:
        touched[row.person_id].add(row.year)
    session.execute(delete(CourseRecord).where(CourseRecord.id.in_([row.id for row in rows])))
    return len(rows)


def _restore(session: Session, batch_id: int, rows: Any, touched: dict[int, set[int]]) -> None:
    found = {
        row.uuid: row
        for row in session.execute(
            known_query().where(CourseRecord.uuid.in_([row.object_uuid for row in rows]))
        )
    }
    people = {
        row.username: row.id
        for row in session.execute(
            select(Person.id, Person.username).where(
                Person.username.in_([row.before["username"] for row in rows if "username" in row.before])
            )
        )
    }
    fates: dict[str, list[int]] = {RESTORED: [], KEPT: []}
    for row in rows:
        known = found.get(row.object_uuid)
        if known is None or known.changed_by_id != batch_id or not _as_left(known, row.after):
            fates[KEPT].append(row.number)
            continue
        values = values_of(row.before, people)
        touched[known.person_id].add(known.year)
        touched[values.get("person_id", known.person_id)].add(values.get("year", known.year))
        session.execute(
            update(CourseRecord)
            .where(CourseRecord.id == known.id)
            .values(changed_by_id=row.facts.get("changed_by"), **values)
        )
        fates[RESTORED].append(row.number)
    for fate, numbers in fates.items():
        session.execute(
            update(ImportRow)
            .where(ImportRow.batch_id == batch_id, ImportRow.number.in_(numbers))
            .values(outcome=fate)
        )


def _as_left(known: Any, after: dict[str, Any]) -> bool:
    now = {**{name: getattr(known, name) for name in FIELDS}, "completed_on": known.completed_on.isoformat()}
    return all(now[name] == value for name, value in after.items())


def _finish(session: Session, actor: Actor | None, uuid: UUID, batch: Any, now: datetime) -> None:
    built_on = session.execute(
        select(func.count()).select_from(CourseRecord).where(CourseRecord.batch_id == batch.id)
    ).scalar_one()
    kept = (
        built_on
        + session.execute(
            select(func.count())
            .select_from(ImportRow)
            .where(ImportRow.batch_id == batch.id, ImportRow.outcome == KEPT)
        ).scalar_one()
    )
    counts = {"undone": batch.total - kept, "kept": kept}
    session.execute(update(CourseImport).where(CourseImport.batch_id == batch.id).values(stage="undone"))
    session.execute(
        update(ImportBatch)
        .where(ImportBatch.id == batch.id)
        .values(state="undone", undone_at=now, summary={**batch.summary, **counts})
    )
    events.record(session, actor, "courses-undone", "import", uuid, now=now, **counts)
