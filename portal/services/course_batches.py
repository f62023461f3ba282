"""Takes a program's batch of course records: all of it in one transaction, an answer for each record.

A batch that changed something is kept like an imported list, so that HR sees its report and can undo it.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import CourseImport, ImportBatch, ImportRow, Person
from portal.rules.amounts import show_hours
from portal.rules.machines import Machine, Scope
from portal.rules.policy import PolicySet
from portal.rules.refusals import NotPermitted
from portal.services import course_records, events, standings, tokens
from portal.services.course_previews import KIND, kept
from portal.services.course_records import APPLIED, BAD, CHANGED, NEW, SAME, Item
from portal.services.course_rows import HEADINGS, Record, make

STATUS = {NEW: "created", SAME: "unchanged", APPLIED: "updated", CHANGED: "conflict", BAD: "invalid"}
FIELD_OF = {"date": "completed_on"}  # where our name for a value is not the interface's
_AT_ONCE = 1000  # values of one IN list


@dataclass(frozen=True, slots=True)
class Reported:
    """A record as it came: its texts by the keys of HEADINGS, or what is wrong with its shape."""

    record_id: str | None
    facts: Mapping[str, str] = field(default_factory=dict)
    problems: Sequence[tuple[str, str]] = ()


@dataclass(slots=True)
class Result:
    """What became of one record. `stored` and `sent` hold the fields that differ, as programs write them."""

    status: str
    record_id: str | None
    uuid: UUID | None = None
    problems: list[tuple[str, str]] = field(default_factory=list)
    stored: dict[str, str] = field(default_factory=dict)
    sent: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Taken:
    """A batch's answer; `batch` is None when nothing had to be written."""

    batch: UUID | None
    results: list[Result]

    @property
    def counts(self) -> dict[str, int]:
        """How many records met each fate, every fate named."""
        found = Counter(one.status for one in self.results)
        return {status: found[status] for status in STATUS.values()}


def receive(
    machine: Machine,
    reported: Sequence[Reported],
    *,
    replaces: bool,
    policies: PolicySet,
    now: datetime,
    today: date,
) -> Taken:
    """Take the records in, each once by platform and record id; `replaces`: known ones may change.

    Raises NotPermitted when the token lacks the scope or ended meanwhile; then nothing is written.
    """
    if not machine.may(Scope.WRITE) or (replaces and not machine.may(Scope.UPDATE)):
        raise NotPermitted("令牌没有所需的权限。")
    results: list[Result | None] = [None] * len(reported)
    records = _read(machine, reported, results, policies, today)
    with write_tx() as session:
        if not tokens.still_live(session, machine, today):
            raise NotPermitted("令牌已停用或过期。")
        tokens.note_use(session, machine, today)
        records = _within(session, machine, records, results)
        batch_id, batch = _open(session, machine, reported, now) if records else (None, None)
        items, fallen = course_records.take(
            session,
            records,
            policies=policies,
            now=now,
            batch_id=batch_id,
            apply={record.number for record in records} if replaces else (),
        )
        for item in items:
            results[item.record.number] = _result(item)
        taken = Taken(batch, [result for result in results if result is not None])
        counts = taken.counts
        if batch_id is not None and not counts["created"] and not counts["updated"]:
            session.execute(delete(CourseImport).where(CourseImport.batch_id == batch_id))
            session.execute(delete(ImportBatch).where(ImportBatch.id == batch_id))
            taken = Taken(None, taken.results)
        elif batch_id is not None:
            _keep(session, batch_id, taken, reported, items)
        standings.record_fallen(session, None, fallen, now=now, batch=str(batch))
        events.record(
            session,
            None,
            "courses-received",
            "token",
            machine.token_uuid,
            now=now,
            batch=str(taken.batch) if taken.batch else "",
            address=machine.address,
            counts=counts,
        )
    return taken


def _read(
    machine: Machine,
    reported: Sequence[Reported],
    results: list[Result | None],
    policies: PolicySet,
    today: date,
) -> list[Record]:
    """The records that are good by themselves, numbered by their place; what is wrong with the others."""
    good: list[Record] = []
    first: dict[tuple[str, str], int] = {}
    for number, one in enumerate(reported):
        problems = list(one.problems)
        made: Record | None = None
        if not problems:
            facts = {name: _plain(text) for name, text in one.facts.items()}
            facts["platform"] = facts.get("platform") or machine.platform or ""
            read = make(number, facts, year=None, policies=policies, today=today)
            if isinstance(read, list):
                problems = [(_field(sentence), sentence) for sentence in read]
            elif machine.platform and read.platform != machine.platform:
                problems = [("platform", f"这个令牌只能报送“{machine.platform}”的记录。")]
            else:
                made = read
                before = first.setdefault((read.platform, read.record_id), number)
                if before != number:
                    made, problems = None, [("record_id", f"与本批第 {before} 条（从 0 起）的记录编号重复。")]
        if made is None:
            results[number] = Result(STATUS[BAD], one.record_id, problems=problems)
        else:
            good.append(made)
    return good


def _within(
    session: Session, machine: Machine, records: list[Record], results: list[Result | None]
) -> list[Record]:
    """The records about people of the token's unit; of others not even their existence is told."""
    if machine.unit_id is None:
        return records
    ours: set[str] = set()
    named = sorted({record.username for record in records})
    for start in range(0, len(named), _AT_ONCE):
        ours.update(
            session.scalars(
                select(Person.username).where(
                    Person.username.in_(named[start : start + _AT_ONCE]), Person.unit_id == machine.unit_id
                )
            )
        )
    outside = {record.number for record in records if record.username not in ours}
    looked = course_records.look(session, [record for record in records if record.number not in outside])
    owners = {item.known.person_id for item in looked if item.known is not None}
    strangers = set(
        session.scalars(select(Person.id).where(Person.id.in_(owners), Person.unit_id != machine.unit_id))
    )
    foreign = {
        item.record.number for item in looked if item.known is not None and item.known.person_id in strangers
    }
    for record in records:
        if record.number in outside:
            problem = ("username", f"工号 {record.username} 不在人员名册中。")
        elif record.number in foreign:
            problem = ("record_id", "这个记录编号属于令牌范围以外的人员。")
        else:
            continue
        results[record.number] = Result(STATUS[BAD], record.record_id, problems=[problem])
    return [record for record in records if record.number not in outside | foreign]


def _result(item: Item) -> Result:
    return Result(
        STATUS[item.outcome],
        item.record.record_id,
        uuid=item.uuid,
        problems=[(_field(sentence), sentence) for sentence in item.problems],
        stored=_shown(item.before),
        sent=_shown(item.after),
    )


def _shown(values: Mapping[str, Any]) -> dict[str, str]:
    return {
        ("hours" if name == "quarters" else name): show_hours(value) if name == "quarters" else str(value)
        for name, value in values.items()
    }


def _field(sentence: str) -> str:
    """The field a sentence is about: it begins with the field's heading, or speaks of hours."""
    for name, headings in HEADINGS.items():
        if sentence.startswith(headings[0]):
            return FIELD_OF.get(name, name)
    return "hours" if "学时" in sentence else ""


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _open(
    session: Session, machine: Machine, reported: Sequence[Reported], now: datetime
) -> tuple[int, UUID]:
    uuid = uuid4()
    digest = hashlib.sha256(repr(reported).encode("utf-8", "surrogatepass")).hexdigest()
    row = ImportBatch(
        uuid=uuid,
        kind=KIND,
        file_name=f"接口报送（{machine.name}）"[:120],
        file_sha256=digest,
        state="committed",
        uploaded_at=now,
        committed_at=now,
        summary={},
    )
    session.add(row)
    session.flush()
    session.execute(
        insert(CourseImport).values(
            batch_id=row.id, stage="written", total=0, done=0, byte_offset=0, chosen=[]
        )
    )
    return row.id, uuid


def _keep(
    session: Session, batch_id: int, taken: Taken, reported: Sequence[Reported], items: Sequence[Item]
) -> None:
    """Keep the counts, and of changed and faulty records what was sent."""
    rows = [kept(item) for item in items if item.outcome in (BAD, CHANGED, APPLIED)]
    told = {row["number"] for row in rows}
    for number, result in enumerate(taken.results):
        if result.status == STATUS[BAD] and number not in told:
            rows.append(
                {
                    "number": number,
                    "facts": {name: text[:200] for name, text in reported[number].facts.items()},
                    "outcome": BAD,
                    "problems": [f"{name} {reason}".strip() for name, reason in result.problems],
                    "object_uuid": None,
                    "before": {},
                    "after": {},
                }
            )
    if rows:
        session.execute(insert(ImportRow), [{"batch_id": batch_id, **row} for row in rows])
    outcomes = {status: outcome for outcome, status in STATUS.items()}
    written = {outcomes[status]: count for status, count in taken.counts.items()}
    summary = {"rows": len(reported), "alone": 0, "counts": written, "written": written, "source": "接口"}
    session.execute(update(ImportBatch).where(ImportBatch.id == batch_id).values(summary=summary))
    session.execute(
        update(CourseImport)
        .where(CourseImport.batch_id == batch_id)
        .values(total=len(reported), done=len(reported))
    )
