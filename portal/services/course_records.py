"""Takes course records in, from files and machines alike: each once by platform and record id.

Whoever a record is about may have left or retired since; the hours are theirs all the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.orm import Session

from portal.models import CourseRecord, Person
from portal.rules.policy import PolicySet
from portal.services.course_rows import Record
from portal.services.standings import settle_many

NEW, SAME, CHANGED, APPLIED, HELD, BAD = "new", "same", "changed", "applied", "held", "bad"
FIELDS = ("username", "title", "subject", "quarters", "completed_on")
_AT_ONCE = 1000  # values of one IN list
_ONE_TAKER = 0x434F5552  # any number: the lock of those who take course records in on PostgreSQL
_DOTS = str.maketrans(dict.fromkeys("・•‧∙⋅", "·"))


@dataclass(slots=True)
class Item:
    """What became of one record: `new`, `same`, `changed` (left as it was), `applied`, `held` or `bad`.

    `before` and `after` hold the same keys of FIELDS, those that differ, as JSON values.
    """

    record: Record
    outcome: str
    problems: list[str] = field(default_factory=list)
    uuid: UUID | None = None
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    person_id: int = 0
    known: Any = None


def take(
    session: Session,
    records: Sequence[Record],
    *,
    policies: PolicySet,
    now: datetime,
    batch_id: int | None = None,
    apply: Collection[int] = (),
    importer: int | None = None,
) -> tuple[list[Item], Sequence[Any]]:
    """Write the records within the caller's transaction; one item for each, in their order, and what fell.

    A record that is known with other content is written only when its number is in `apply`. What would
    change the hours of `importer` is held. The years of everybody touched are settled, and certificates no
    longer met fall. Within `records` no record id may come twice. The caller records the events, last, with
    `standings.record_fallen` for those certificates.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_ONE_TAKER)))
    items = look(session, records)
    hold(items, importer, apply)
    added = [item for item in items if item.outcome == NEW]
    changed = [item for item in items if item.outcome == CHANGED and item.record.number in apply]
    touched: dict[int, set[int]] = defaultdict(set)
    for item in (*added, *changed):
        touched[item.person_id].add(item.record.completed_on.year)
    for item in changed:
        touched[item.known.person_id].add(item.known.year)
    lock_people(session, touched)
    if added:
        session.execute(insert(CourseRecord), [_row(item, batch_id, now) for item in added])
    if changed:
        session.execute(update(CourseRecord), [_change(item, batch_id) for item in changed])
    return items, settle_many(session, touched, policies, now=now)


def look(session: Session, records: Sequence[Record]) -> list[Item]:
    """What `take` would do with the records as things are now; writes nothing."""
    people = _people(session, {record.username for record in records})
    known = _known(session, records)
    return [_item(record, people, known.get((record.platform, record.record_id))) for record in records]


def hold(items: Iterable[Item], importer: int | None, apply: Collection[int] = ()) -> None:
    """Set aside what `take` would write about the importer: nobody decides their own hours."""
    for item in items:
        written = item.outcome == NEW or (item.outcome == CHANGED and item.record.number in apply)
        if importer is not None and written and concerns(item, importer):
            item.outcome = HELD


def concerns(item: Item, person_id: int) -> bool:
    """Whether the record is about that person, or was until now."""
    return person_id in (item.person_id, item.known.person_id if item.known else None)


def lock_people(session: Session, ids: Iterable[int]) -> None:
    """`standings.lock_ledger` for many, always in the same order."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            select(Person.id)
            .where(Person.id.in_(set(ids)))
            .order_by(Person.id)
            .with_for_update(key_share=True)
        ).all()


def _item(record: Record, people: dict[str, Any], known: Any) -> Item:
    person = people.get(record.username)
    if person is None:
        return Item(record, BAD, [f"工号 {record.username} 不在人员名册中。"])
    if record.name and _plain(record.name) != _plain(person.name):
        return Item(record, BAD, [f"姓名“{record.name}”与工号 {record.username} 的姓名“{person.name}”不符。"])
    if known is None:
        return Item(record, NEW, uuid=uuid4(), person_id=person.id)
    stated = {
        "username": record.username,
        "title": record.title,
        "subject": record.subject,
        "quarters": record.quarters,
        "completed_on": record.completed_on.isoformat(),
    }
    stored = {
        **{name: getattr(known, name) for name in FIELDS},
        "completed_on": known.completed_on.isoformat(),
    }
    after = {name: value for name, value in stated.items() if value != stored[name]}
    before = {name: stored[name] for name in after}
    outcome = CHANGED if after else SAME
    return Item(
        record, outcome, uuid=known.uuid, before=before, after=after, person_id=person.id, known=known
    )


def _plain(name: str) -> str:
    """A name without spaces, its dots written one way."""
    return "".join(name.split()).translate(_DOTS)


def _people(session: Session, usernames: set[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    wanted = sorted(usernames)
    for start in range(0, len(wanted), _AT_ONCE):
        rows = session.execute(
            select(Person.id, Person.username, Person.name).where(
                Person.username.in_(wanted[start : start + _AT_ONCE])
            )
        )
        found.update({row.username: row for row in rows})
    return found


def _known(session: Session, records: Iterable[Record]) -> dict[tuple[str, str], Any]:
    wanted: dict[str, list[str]] = defaultdict(list)
    for record in records:
        wanted[record.platform].append(record.record_id)
    found: dict[tuple[str, str], Any] = {}
    for platform, ids in wanted.items():
        for start in range(0, len(ids), _AT_ONCE):
            rows = session.execute(
                known_query().where(
                    CourseRecord.platform == platform,
                    CourseRecord.record_id.in_(ids[start : start + _AT_ONCE]),
                )
            )
            found.update({(row.platform, row.record_id): row for row in rows})
    return found


def known_query() -> Select[*tuple[Any, ...]]:
    """Records with what FIELDS names, whose they are and which batch changed them last."""
    return select(
        *(CourseRecord.id, CourseRecord.uuid, CourseRecord.platform, CourseRecord.record_id),
        *(CourseRecord.person_id, CourseRecord.year, CourseRecord.title, CourseRecord.subject),
        *(CourseRecord.quarters, CourseRecord.completed_on, CourseRecord.changed_by_id, Person.username),
    ).join(Person, Person.id == CourseRecord.person_id)


def _row(item: Item, batch_id: int | None, now: datetime) -> dict[str, Any]:
    record = item.record
    return {
        "uuid": item.uuid,
        "person_id": item.person_id,
        "platform": record.platform,
        "record_id": record.record_id,
        "title": record.title,
        "subject": record.subject,
        "year": record.completed_on.year,
        "completed_on": record.completed_on,
        "quarters": record.quarters,
        "created_at": now,
        "batch_id": batch_id,
    }


def _change(item: Item, batch_id: int | None) -> dict[str, Any]:
    record: Record = item.record
    item.outcome = APPLIED
    return {
        "id": item.known.id,
        "person_id": item.person_id,
        "title": record.title,
        "subject": record.subject,
        "year": record.completed_on.year,
        "completed_on": record.completed_on,
        "quarters": record.quarters,
        "changed_by_id": batch_id,
    }


def values_of(stored: dict[str, Any], people: dict[str, int]) -> dict[str, Any]:
    """Column values for a `before`: back from JSON, the person by id."""
    values = {name: value for name, value in stored.items() if name in ("title", "subject", "quarters")}
    if "username" in stored:
        values["person_id"] = people[stored["username"]]
    if "completed_on" in stored:
        values["completed_on"] = day = date.fromisoformat(stored["completed_on"])
        values["year"] = day.year
    return values
