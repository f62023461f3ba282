"""Undoes a roster batch: row by row back to what was there before, unless somebody has built on it since."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.extensions import db
from portal.models import ImportBatch, ImportRow, Person, Unit
from portal.rules.access import Actor
from portal.rules.refusals import Conflict, NotFound
from portal.services import events
from portal.services.roster import KIND, RECORD, WRITTEN, apply


def undo(actor: Actor | None, uuid: UUID, *, now: datetime, today: date) -> dict[str, int]:
    """Take a batch back; answers how many rows were, and how many stay (`undone`, `kept`).

    People it added go when nothing refers to them; values it changed return where they are still as the
    batch left them. What was decided, claimed or signed since is never touched. Raises NotFound, Conflict.
    """
    with write_tx() as session:
        batch = session.execute(
            select(ImportBatch.id, ImportBatch.state, ImportBatch.summary)
            .where(ImportBatch.uuid == uuid, ImportBatch.kind == KIND)
            .with_for_update()
        ).one_or_none()
        if batch is None or batch.state == "preview":
            raise NotFound
        if batch.state == "undone":
            raise Conflict("这次导入已经撤销。")
        rows = session.execute(
            select(
                ImportRow.number, ImportRow.outcome, ImportRow.object_uuid, ImportRow.before, ImportRow.after
            )
            .where(ImportRow.batch_id == batch.id, ImportRow.outcome.in_(WRITTEN))
            .order_by(ImportRow.number)
        ).all()
        kept = _take_out(session, [row for row in rows if row.outcome == "new"])
        kept |= _put_back(session, [row for row in rows if row.outcome != "new"], now=now, today=today)
        for number, why in kept.items():
            session.execute(
                update(ImportRow)
                .where(ImportRow.batch_id == batch.id, ImportRow.number == number)
                .values(problems=[why])
            )
        _drop_units(session, batch.summary.get("units_added", []))
        counts: dict[str, Any] = {"undone": len(rows) - len(kept), "kept": len(kept)}
        session.execute(
            update(ImportBatch)
            .where(ImportBatch.id == batch.id)
            .values(state="undone", undone_at=now, summary={**batch.summary, **counts})
        )
        events.record(session, actor, "roster-undone", "import", uuid, now=now, **counts)
        return counts


def _take_out(session: Session, rows: list[Any]) -> dict[int, str]:
    """Delete people the batch added; answers the rows that must stay, and why."""
    found = {
        row.uuid: row.id
        for row in session.execute(
            select(Person.id, Person.uuid).where(Person.uuid.in_([row.object_uuid for row in rows]))
        )
    }
    in_use = _referred_to(session, "people", set(found.values()))
    kept = {
        row.number: "此人已有申报、登录等记录，保留。" for row in rows if found.get(row.object_uuid) in in_use
    }
    session.execute(delete(Person).where(Person.id.in_(set(found.values()) - in_use)))
    return kept


def _put_back(session: Session, rows: list[Any], *, now: datetime, today: date) -> dict[int, str]:
    units = {row.name: row.id for row in session.execute(select(Unit.name, Unit.id))}
    kept: dict[int, str] = {}
    for row in rows:
        person = session.execute(
            select(*(getattr(Person, name) for name in RECORD), Person.departure, Unit.name.label("unit"))
            .join(Unit, Unit.id == Person.unit_id)
            .where(Person.uuid == row.object_uuid)
        ).one_or_none()
        if person is None or any(getattr(person, name) != value for name, value in row.after.items()):
            kept[row.number] = "导入之后又有变更，保留现在的内容。"
        elif row.before.get("unit", person.unit) not in units:
            kept[row.number] = "原单位已改名，保留现在的内容。"
        else:
            apply(session, row.object_uuid, row.before, units, now=now, today=today)
    return kept


def _drop_units(session: Session, names: list[str]) -> None:
    found = set(session.scalars(select(Unit.id).where(Unit.name.in_(names))).all())
    unused = found - _referred_to(session, "units", found)
    session.execute(delete(Unit).where(Unit.id.in_(unused)))


def _referred_to(session: Session, table: str, ids: set[int]) -> set[int]:
    """Which of the rows any other row of the database refers to."""
    found: set[int] = set()
    for other in db.metadata.tables.values():
        for key in other.foreign_keys:
            if key.column.table.name == table:
                found.update(session.scalars(select(key.parent).where(key.parent.in_(ids)).distinct()))
    return found
