"""Decides the rows of an import about whoever imported it, which only another officer of HR may do."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import CourseHold, ImportBatch, ImportRow
from portal.rules.access import Actor
from portal.rules.policy import PolicySet
from portal.rules.refusals import Conflict, NotFound, NotPermitted
from portal.rules.vocabulary import Hat
from portal.services import course_records, events
from portal.services.course_imports import CHUNK, locked, rewrite
from portal.services.course_records import HELD
from portal.services.course_rows import Record
from portal.services.messages import tell
from portal.services.standings import record_fallen

REFUSED = "refused"
_FACTS = ("username", "name", "platform", "record_id", "title", "subject", "quarters")
SECOND = "涉及导入人本人的行须由人事处另一位同事确认，导入人不能自行确认。"
CONCERNED = "其中有您本人的课程学时，须由人事处其他同事确认。"
_DONE = {
    "confirmed": ("courses-own-confirmed", "已写入，学时按写入的记录计"),
    REFUSED: ("courses-own-refused", "没有写入，学时没有变化"),
}


def confirm(actor: Actor, uuid: UUID, *, policies: PolicySet, now: datetime) -> None:
    """Take the held rows of a written import in; called again after a crash, it goes on.

    Raises NotFound for others than HR, NotPermitted for the importer and for whoever one of the rows is
    about, Conflict where nothing waits and while the import is not whole.
    """
    while _piece(actor, uuid, policies, now):
        pass


def refuse(actor: Actor, uuid: UUID, *, now: datetime) -> None:
    """Leave the held rows out for good. Raises as `confirm`."""
    with write_tx() as session:
        batch, hold = _pending(session, actor, uuid)
        _leave_out(session, batch)
        _end(session, actor, uuid, hold, REFUSED, now)
        _log(session, actor, uuid, hold, now)


def withdraw(session: Session, batch: Any, now: datetime) -> None:
    """An import that is taken back holds nothing any more; in the caller's transaction."""
    hold = session.get(CourseHold, batch.id)
    if hold is not None and hold.state == "pending":
        _leave_out(session, batch)
        hold.state, hold.decided_at = "withdrawn", now


def _piece(actor: Actor, uuid: UUID, policies: PolicySet, now: datetime) -> bool:
    """Take some of the rows in; whether there are more of them."""
    with write_tx() as session:
        batch, hold = _pending(session, actor, uuid)
        rows = session.execute(
            select(ImportRow.number, ImportRow.facts)
            .where(ImportRow.batch_id == batch.id, ImportRow.outcome == HELD)
            .order_by(ImportRow.number)
            .limit(CHUNK)
        ).all()
        records = [_record_of(row) for row in rows]
        looked = course_records.look(session, records)
        if any(course_records.concerns(item, actor.person_id) for item in looked):
            raise NotPermitted(CONCERNED)
        numbers = {record.number for record in records}
        items, fallen = course_records.take(
            session, records, policies=policies, now=now, batch_id=batch.id, apply=numbers
        )
        rewrite(session, batch.id, items)
        _count(session, batch, Counter(item.outcome for item in items))
        more = len(rows) == CHUNK
        if not more:
            _end(session, actor, uuid, hold, "confirmed", now)
        record_fallen(session, actor, fallen, now=now, batch=str(uuid))
        if not more:
            _log(session, actor, uuid, hold, now)
    return more


def _record_of(row: Any) -> Record:
    """What the platform said, as `course_previews.kept` left it."""
    facts: dict[str, Any] = {name: row.facts[name] for name in _FACTS}
    day = date.fromisoformat(row.facts["completed_on"])
    return Record(number=row.number, completed_on=day, **facts)


def _pending(session: Session, actor: Actor, uuid: UUID) -> tuple[Any, CourseHold]:
    """The batch and what it holds, nobody else deciding it, after every refusal."""
    if actor.hat is not Hat.HR:
        raise NotFound
    batch = locked(session, uuid)
    hold = session.get(CourseHold, batch.id)
    if hold is None:
        raise Conflict("这次导入没有待另一人确认的行。")
    if hold.importer_id == actor.person_id:
        raise NotPermitted(SECOND)
    if hold.state != "pending":
        raise Conflict("这些行已经办理，请刷新页面查看结果。")
    if batch.stage != "written":
        raise Conflict("这次导入还没有写完，请稍候再办理。")
    return batch, hold


def _leave_out(session: Session, batch: Any) -> None:
    held = (ImportRow.batch_id == batch.id, ImportRow.outcome == HELD)
    count = session.scalar(select(func.count()).select_from(ImportRow).where(*held)) or 0
    session.execute(
        update(ImportRow).where(*held).values(outcome=REFUSED).execution_options(synchronize_session=False)
    )
    _count(session, batch, Counter({REFUSED: count}))


def _count(session: Session, batch: Any, became: Counter[str]) -> None:
    """Move rows from what is held to what became of them."""
    written = Counter(batch.summary.get("written", {}))
    written[HELD] -= became.total()
    written.update(became)
    summary = {**batch.summary, "written": dict(+written)}
    session.execute(update(ImportBatch).where(ImportBatch.id == batch.id).values(summary=summary))


def _end(session: Session, actor: Actor, uuid: UUID, hold: CourseHold, state: str, now: datetime) -> None:
    hold.state, hold.decider_id, hold.decided_at = state, actor.person_id, now
    session.flush()
    kind, outcome = _DONE[state]
    tell(
        session,
        [hold.importer_id],
        kind,
        title=f"您导入的文件中涉及您本人的 {hold.rows} 行{outcome}",
        body=f"由人事处{actor.name}办理。",
        link="/standing",
        about=uuid,
        now=now,
    )


def _log(session: Session, actor: Actor, uuid: UUID, hold: CourseHold, now: datetime) -> None:
    events.record(session, actor, _DONE[hold.state][0], "import", uuid, now=now, rows=hold.rows)
