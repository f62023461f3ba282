"""Takes a roster in: looks at every row first, then writes the good ones together as one batch.

People are matched by 工号. A roster never touches a password or a role, and nobody new has a password:
they redeem a one-time code. Leavers and retirees keep their records and cannot sign in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import Grant, ImportBatch, ImportRow, Person, Unit
from portal.queries.logins import holds_today
from portal.rules.access import Actor
from portal.rules.refusals import Conflict, NotFound
from portal.services import events, logins
from portal.services.moves import move_person
from portal.services.names import search_key
from portal.services.roster_rows import STATES, Draft, drafts
from portal.services.units import free_code
from portal.spreadsheets import Sheet

KIND = "staff"
RECORD = ("name", "department", "title_series", "title", "phone")
OUTCOMES = {
    "new": "新增",
    "changed": "更新",
    "left": "离职或退休",
    "same": "无变化",
    "held": "单位尚不存在",
    "bad": "有问题",
}
WRITTEN = ("new", "changed", "left")
_CHUNK = 500


@dataclass(slots=True)
class Planned:
    """What would become of one row; `before` and `after` hold the same keys, those that differ."""

    number: int
    facts: dict[str, str]
    outcome: str
    problems: list[str] = field(default_factory=list)
    uuid: UUID | None = None
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


def preview(actor: Actor | None, sheet: Sheet, file_name: str, *, now: datetime, today: date) -> UUID:
    """Look at every row and keep what was found as a batch that has not happened yet.

    An earlier preview of the same person goes. Raises RuleBroken when it is no roster.
    """
    read = drafts(sheet)
    importer = actor.person_id if actor else None
    with write_tx() as session:
        old = (ImportBatch.kind == KIND, ImportBatch.state == "preview", ImportBatch.importer_id == importer)
        session.execute(delete(ImportRow).where(ImportRow.batch_id.in_(select(ImportBatch.id).where(*old))))
        session.execute(delete(ImportBatch).where(*old))
        planned = plan(session, read, importer=importer, today=today, units=_open_units(session))
        batch = ImportBatch(
            kind=KIND,
            file_name=file_name[:120],
            file_sha256=sheet.sha256,
            importer_id=importer,
            uploaded_at=now,
            summary=summary(planned),
        )
        session.add(batch)
        session.flush()
        _keep(session, batch.id, planned)
        return batch.uuid


def commit(
    actor: Actor | None, uuid: UUID, *, create_units: bool, now: datetime, today: date
) -> dict[str, Any]:
    """Write the good rows of a preview, looked at afresh; answers the summary. Bad rows are left out.

    `create_units` also adds the units the roster names and the school does not have.
    Raises NotFound for another's preview, Conflict when it was committed already.
    """
    importer = actor.person_id if actor else None
    with write_tx() as session:
        batch = session.scalars(
            select(ImportBatch).where(ImportBatch.uuid == uuid, ImportBatch.kind == KIND).with_for_update()
        ).one_or_none()
        if batch is None or batch.importer_id != importer:
            raise NotFound
        if batch.state != "preview":
            raise Conflict("这份名册已经导入，没有重复写入。")
        kept = session.scalars(
            select(ImportRow).where(ImportRow.batch_id == batch.id).order_by(ImportRow.number)
        ).all()
        read = [Draft(row.number, row.facts, list(row.after.get("alone", []))) for row in kept]
        units = _open_units(session)
        added = _add_units(session, read, units) if create_units else []
        planned = plan(session, read, importer=importer, today=today, units=units)
        _write(session, planned, units, now=now, today=today)
        session.execute(delete(ImportRow).where(ImportRow.batch_id == batch.id))
        session.expunge_all()
        _keep(session, batch.id, planned)
        counted = {**summary(planned), "units_added": added}
        session.execute(
            update(ImportBatch)
            .where(ImportBatch.id == batch.id)
            .values(state="committed", committed_at=now, summary=counted)
        )
        counts = {name: counted["counts"].get(name, 0) for name in OUTCOMES}
        events.record(session, actor, "roster-imported", "import", uuid, now=now, **counts)
        return counted


def plan(
    session: Session, read: Sequence[Draft], *, importer: int | None, today: date, units: dict[str, int]
) -> list[Planned]:
    """What would become of each row against the records as they are now."""
    people = _people(session, (draft.facts["username"] for draft in read))
    names = {unit_id: name for name, unit_id in units.items()}
    holders = set(session.scalars(select(Grant.person_id).where(holds_today(today))).all())
    return [_planned(draft, people, units, names, holders, importer) for draft in read]


def summary(planned: Sequence[Planned]) -> dict[str, Any]:
    """Counts by outcome, the rows in all, and the units the school does not have."""
    return {
        "counts": dict(Counter(row.outcome for row in planned)),
        "rows": len(planned),
        "unknown_units": sorted({row.facts["unit"] for row in planned if row.outcome == "held"}),
    }


def _planned(
    draft: Draft,
    people: dict[str, Any],
    units: dict[str, int],
    names: dict[int, str],
    holders: set[int],
    importer: int | None,
) -> Planned:
    row = Planned(draft.number, draft.facts, "bad", list(draft.problems))
    if row.problems:
        return row
    known = people.get(draft.facts["username"])
    if draft.facts["unit"] not in units:
        row.outcome, row.problems = "held", [f"单位“{draft.facts['unit']}”尚不存在。"]
        return row
    departure = STATES[draft.facts.get("state", "")]
    stated = {name: draft.facts[name] for name in RECORD if draft.facts.get(name)}
    after: dict[str, Any] = {**stated, "unit": draft.facts["unit"]}
    if known is None:
        row.outcome, row.uuid, row.after = "new", uuid4(), {**after, "departure": departure}
        return row
    row.uuid = known.uuid
    if "state" in draft.facts:
        after["departure"] = departure
    current = {**{name: getattr(known, name) for name in RECORD}, "departure": known.departure}
    current["unit"] = names.get(known.unit_id, known.unit_name)
    row.after = {name: value for name, value in after.items() if value != current[name]}
    row.before = {name: current[name] for name in row.after}
    if known.id in holders and {"unit", "departure"} & set(row.after):
        row.problems = [
            f"{known.name}担任平台管理员、人事处或审计角色，请先结束或交接角色，再调整单位或状态。"
        ]
    elif known.id == importer and "departure" in row.after:
        row.problems = ["不能在名册中变更自己的状态。"]
    if row.problems:
        row.before, row.after = {}, {}
        return row
    row.outcome = "same" if not row.after else "left" if row.after.get("departure") else "changed"
    return row


def _people(session: Session, usernames: Iterable[str]) -> dict[str, Any]:
    wanted = sorted({name for name in usernames if name})
    found: dict[str, Any] = {}
    for start in range(0, len(wanted), _CHUNK):
        rows = session.execute(
            select(
                Person.id,
                Person.uuid,
                Person.username,
                Person.unit_id,
                Person.departure,
                Unit.name.label("unit_name"),
                *(getattr(Person, name) for name in RECORD),
            )
            .join(Unit, Unit.id == Person.unit_id)
            .where(Person.username.in_(wanted[start : start + _CHUNK]))
        )
        found.update({row.username: row for row in rows})
    return found


def _open_units(session: Session) -> dict[str, int]:
    rows = session.execute(select(Unit.name, Unit.id).where(Unit.closed_at.is_(None)))
    return {row.name: row.id for row in rows}


def _add_units(session: Session, read: Sequence[Draft], units: dict[str, int]) -> list[str]:
    """Add the units good rows name and nobody knows; a closed one of that name stays closed."""
    taken = session.execute(select(Unit.name, Unit.code)).all()
    codes, closed = {row.code for row in taken}, {row.name for row in taken} - set(units)
    wanted = dict.fromkeys(draft.facts["unit"] for draft in read if not draft.problems)
    added = [name for name in wanted if name not in units and name not in closed]
    for name in added:
        unit = Unit(name=name, code=free_code(name, codes))
        codes.add(unit.code)
        session.add(unit)
        session.flush()
        units[name] = unit.id
    return added


def _write(
    session: Session, planned: Sequence[Planned], units: dict[str, int], *, now: datetime, today: date
) -> None:
    fresh = [_fresh(row, units, now) for row in planned if row.outcome == "new"]
    if fresh:
        session.execute(insert(Person), fresh)
    for row in planned:
        if row.outcome in ("changed", "left") and row.uuid:
            apply(session, row.uuid, row.after, units, now=now, today=today)


def _fresh(row: Planned, units: dict[str, int], now: datetime) -> dict[str, Any]:
    record = {name: row.facts.get(name, "") for name in RECORD}
    departure = row.after["departure"]
    return {
        **record,
        "uuid": row.uuid,
        "username": row.facts["username"],
        "search_key": search_key(row.facts["name"]),
        "unit_id": units[row.facts["unit"]],
        "password_hash": None,
        "departure": departure,
        "disabled_at": now if departure else None,
        "created_at": now,
    }


def apply(
    session: Session, uuid: UUID, values: dict[str, Any], units: dict[str, int], *, now: datetime, today: date
) -> None:
    """Give the person these values, within the caller's transaction; leaving ends every session at once."""
    person = session.execute(
        select(Person.id, Person.unit_id, Person.departure)
        .where(Person.uuid == uuid)
        .with_for_update(key_share=True)
    ).one()
    record: dict[str, Any] = {name: values[name] for name in RECORD if name in values}
    if "name" in record:
        record["search_key"] = search_key(record["name"])
    if "departure" in values:
        record["departure"] = values["departure"]
        if values["departure"]:
            record["disabled_at"] = now
        elif person.departure:  # somebody disabled for another reason stays so
            record["disabled_at"] = None
    if "unit" in values:
        move_person(session, person.id, units[values["unit"]], today=today)
    if record:
        session.execute(update(Person).where(Person.id == person.id).values(**record))
    if values.get("departure"):
        logins.end_all(session, person.id, now=now)


def _keep(session: Session, batch_id: int, planned: Sequence[Planned]) -> None:
    rows = [
        {
            "batch_id": batch_id,
            "number": row.number,
            "facts": row.facts,
            "outcome": row.outcome,
            "problems": row.problems,
            "object_uuid": row.uuid,
            "before": row.before,
            "after": row.after if row.outcome != "bad" else {"alone": row.problems},
        }
        for row in planned
    ]
    if rows:
        session.execute(insert(ImportRow), rows)
