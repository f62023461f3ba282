"""Compares an imported list with what counts here, and keeps the differences as tasks.

The list's figures lie in a table until they have been compared, so a comparison goes on where it stopped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, select, tuple_, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.extensions import db
from portal.models import Job, ProvincialDifference, ProvincialFigure, ProvincialImport
from portal.queries.provincial_years import Key, years_of
from portal.rules.access import Actor
from portal.rules.reconciliation import Likely, Year, compare
from portal.rules.refusals import Conflict, NotFound
from portal.rules.vocabulary import UNDER_WAY, Hat
from portal.services import events, jobs
from portal.services.jobs import Task
from portal.services.provincial_rows import Figure, figures
from portal.spreadsheets import Sheet

AT_ONCE = 5_000  # people and years; more are compared in the background
KIND = "provincial"
_CHUNK = 500
_INSERTED = 2_000
NEW, CHANGED, KNOWN, KEPT, AGREED, EQUAL = "new", "changed", "known", "kept", "agreed", "equal"


def take_in(actor: Actor, sheet: Sheet, file_name: str, *, now: datetime) -> UUID:
    """Read the list, compare it (a long one as a job) and return the import's uuid.

    Raises NotFound for anybody but HR, RuleBroken for a list that is none.
    """
    if actor.hat is not Hat.HR:
        raise NotFound
    found, faults = figures(db.session(), sheet, last_year=now.year + 1)
    uuid = uuid4()
    with write_tx() as session:
        session.execute(
            insert(ProvincialImport).values(
                uuid=uuid,
                file_name=file_name[:120],
                file_sha256=sheet.sha256,
                importer_id=actor.person_id,
                imported_at=now,
                summary={"rows": len(sheet.rows), "bad": len(faults), "people": len(found)},
                faults=[[fault.number, fault.who, fault.why] for fault in faults],
            )
        )
        batch = session.scalars(select(ProvincialImport.id).where(ProvincialImport.uuid == uuid)).one()
        for start in range(0, len(found), _INSERTED):
            rows = [_row(batch, figure) for figure in found[start : start + _INSERTED]]
            session.execute(insert(ProvincialFigure), rows)
        if len(found) > AT_ONCE:
            _queue(session, actor, batch, uuid, file_name, len(found), now)
    if len(found) <= AT_ONCE:
        while _chunk(actor, uuid, now):
            pass
    return uuid


def run(task: Task) -> None:
    """Compare what of an import is left."""
    uuid = UUID(task.payload["import"])
    while _chunk(task.owner, uuid, task.now(), task):
        pass
    task.finish({"link": f"/hr/provincial/imports/{uuid}"})


def resume(actor: Actor, uuid: UUID, *, now: datetime) -> None:
    """Queue again a comparison that was cancelled, failed or lost its process.

    Raises NotFound, Conflict when it is finished, at work, or a later list has been compared meanwhile: older
    figures would overwrite newer ones.
    """
    if actor.hat is not Hat.HR:
        raise NotFound
    with write_tx() as session:
        batch = session.execute(
            select(*ProvincialImport.__table__.columns).where(ProvincialImport.uuid == uuid).with_for_update()
        ).one_or_none()
        if batch is None:
            raise NotFound
        if batch.finished_at is not None:
            raise Conflict("这次核对已经完成，无需继续。")
        if session.scalar(select(Job.state).where(Job.uuid == batch.job_uuid)) in UNDER_WAY:
            raise Conflict("这次核对正在进行，请稍候。")
        if session.scalar(select(ProvincialImport.id).where(ProvincialImport.id > batch.id).limit(1)):
            raise Conflict("之后已导入过更新的文件，旧文件不再继续核对。如有需要，请重新导入。")
        left = session.scalar(
            select(func.count()).select_from(ProvincialFigure).where(ProvincialFigure.import_id == batch.id)
        )
        _queue(session, actor, batch.id, uuid, batch.file_name, left or 0, now)
        events.record(session, actor, "provincial-continued", "provincial-import", uuid, now=now, left=left)


def _queue(
    session: Session, actor: Actor, batch: int, uuid: UUID, file_name: str, total: int, now: datetime
) -> None:
    title = f"核对省平台学时：{file_name}"
    job = jobs.enqueue(session, actor, KIND, {"import": str(uuid)}, title=title, now=now, total=total)
    session.execute(update(ProvincialImport).where(ProvincialImport.id == batch).values(job_uuid=job))


def _row(batch: int, figure: Figure) -> dict[str, Any]:
    return {
        "import_id": batch,
        "person_id": figure.person_id,
        "year": figure.year,
        "public": figure.counted[0],
        "professional": figure.counted[1],
        "waiting": figure.waiting,
        "unpushed": figure.unpushed,
        "region": figure.region,
    }


def _chunk(actor: Actor | None, uuid: UUID, now: datetime, task: Task | None = None) -> bool:
    """Compare the next figures and forget them; whether there may be more."""
    with write_tx() as session:
        batch = session.execute(
            select(ProvincialImport.id, ProvincialImport.summary, ProvincialImport.finished_at)
            .where(ProvincialImport.uuid == uuid)
            .with_for_update()
        ).one()
        if batch.finished_at is not None:
            return False
        rows = session.execute(
            select(*ProvincialFigure.__table__.columns)
            .where(ProvincialFigure.import_id == batch.id)
            .order_by(ProvincialFigure.person_id, ProvincialFigure.year)
            .limit(_CHUNK)
        ).all()
        summary = Counter(batch.summary)
        summary.update(_compare(session, batch.id, rows, now))
        last = len(rows) < _CHUNK
        if rows:
            key = (ProvincialFigure.person_id, ProvincialFigure.year)
            upto = tuple_(*key) <= tuple_(rows[-1].person_id, rows[-1].year)
            session.execute(delete(ProvincialFigure).where(ProvincialFigure.import_id == batch.id, upto))
        session.execute(
            update(ProvincialImport)
            .where(ProvincialImport.id == batch.id)
            .values(summary=dict(summary), finished_at=now if last else None)
        )
        if task is not None:
            task.advance(session, task.done + len(rows))
        if last:
            events.record(
                session,
                actor,
                "provincial-compared",
                "provincial-import",
                uuid,
                now=now,
                counts=dict(summary),
            )
    return not last


def _compare(session: Session, batch: int, rows: Sequence[Any], now: datetime) -> Counter[str]:
    """Bring the tasks of these people and years in line with the figures; counts what became of them."""
    people = sorted({row.person_id for row in rows})
    known = years_of(session, people, {row.year for row in rows})
    opened, settled = _tasks(session, people)
    counts: Counter[str] = Counter()
    fresh: list[dict[str, Any]] = []
    for row in rows:
        for place, subject in enumerate(("public", "professional")):
            key = (row.person_id, row.year, subject)
            year = known.year(
                key,
                there=getattr(row, subject),
                waiting=row.waiting[place],
                unpushed=row.unpushed[place],
                region=row.region,
            )
            outcome = _judge(session, batch, opened.get(key), settled.get(key), year, now)
            if isinstance(outcome, Likely):
                fresh.append(_task(batch, key, year, outcome, now))
                outcome = NEW
            counts[outcome] += 1
    if fresh:
        session.execute(insert(ProvincialDifference), fresh)
    return counts


def _judge(
    session: Session, batch: int, task: Any, settled: tuple[int, int] | None, year: Year, now: datetime
) -> str | Likely:
    """What becomes of one subject's task; a cause when a new one is needed."""
    likely = compare(year)
    if likely is None:
        if task is None:
            return EQUAL
        _set(session, task.id, state="agreed", settled_at=now, import_id=batch)
        return AGREED
    if task is None:
        return KEPT if settled == (year.here, year.there) else likely
    facts = _facts(year, likely)
    if all(getattr(task, name) == value for name, value in facts.items()):
        return KNOWN
    _set(session, task.id, import_id=batch, **facts)
    return CHANGED


def _facts(year: Year, likely: Likely) -> dict[str, Any]:
    return {
        "here": year.here,
        "there": year.there,
        "cause": likely.cause.value,
        "certain": likely.certain,
        "claims": list(likely.items),
        "region": year.region,
    }


def _task(batch: int, key: Key, year: Year, likely: Likely, now: datetime) -> dict[str, Any]:
    person, of_year, subject = key
    whose = {"person_id": person, "year": of_year, "subject": subject}
    kept = {"import_id": batch, "found_at": now, "state": "open", "note": "", "uuid": uuid4()}
    return {**whose, **_facts(year, likely), **kept}


def _tasks(session: Session, people: list[int]) -> tuple[dict[Key, Any], dict[Key, tuple[int, int]]]:
    """The open tasks of these people, and the figures of the last one of each that somebody settled."""
    opened: dict[Key, Any] = {}
    settled: dict[Key, tuple[int, int]] = {}
    query = (
        select(*ProvincialDifference.__table__.columns)
        .where(ProvincialDifference.person_id.in_(people))
        .order_by(ProvincialDifference.id)
    )
    for row in session.execute(query):
        key = (row.person_id, row.year, row.subject)
        if row.state == "open":
            opened[key] = row
        elif row.state == "settled":
            settled[key] = (row.here, row.there)
        else:
            settled.pop(key, None)
    return opened, settled


def _set(session: Session, task_id: int, **values: Any) -> None:
    session.execute(
        update(ProvincialDifference)
        .where(ProvincialDifference.id == task_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
