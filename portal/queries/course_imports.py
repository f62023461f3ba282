"""Reads imports of course records: what a batch found, how far it has come, which rows were left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session, aliased

from portal.extensions import db
from portal.models import CourseHold, CourseImport, CourseRecord, ImportBatch, ImportRow, Job, Person
from portal.rules.access import Actor
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import UNDER_WAY

OUTCOMES = {
    "new": "新增",
    "applied": "更新",
    "changed": "与已有记录不同",
    "held": "待另一人确认",
    "refused": "没有写入",
    "same": "已有，无变化",
    "bad": "有问题",
}
SHOWN = 200  # rows of each kind on a page; the file to download has all
PAGE = 50
_PIECE = 2000


@dataclass(frozen=True, slots=True)
class Hold:
    """The rows about the importer: `pending` until another officer has `confirmed` or `refused` them."""

    state: str
    rows: int
    decider: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Report:
    """A batch: its counts by outcome, and its progress while it is written or taken back.

    `stage` is `reading` `ready` `writing` `written` `undoing` `undone`; counts are what will be before
    it is agreed to, and what has become of the rows afterwards.
    """

    id: int
    uuid: UUID
    file_name: str
    importer: str
    mine: bool
    state: str
    stage: str
    year: int | None
    uploaded_at: datetime
    committed_at: datetime | None
    undone_at: datetime | None
    rows: int
    counts: Mapping[str, int]
    total: int
    done: int
    undone: int
    kept: int
    job: UUID | None
    alive: bool  # the job waits or runs
    hold: Hold | None

    @property
    def running(self) -> bool:
        """Whether it is being looked at, written or taken back."""
        return self.stage in ("writing", "undoing") or (self.stage == "reading" and self.alive)

    @property
    def writes(self) -> bool:
        """Whether agreeing to the preview would write or ask anything."""
        return any(self.counts[outcome] for outcome in ("new", "changed", "held"))

    @property
    def percent(self) -> int:
        """How much of the running work is done, 0–100."""
        return min(100, 100 * self.done // self.total) if self.total else 100


def report(uuid: UUID, *, viewer: int | None = None) -> Report:
    """A batch. A preview is seen only by its importer (None: the command line). Raises NotFound."""
    found = db.session.execute(_batches().where(ImportBatch.uuid == uuid)).one_or_none()
    if found is None or (found.state == "preview" and found.importer_id != viewer):
        raise NotFound
    return _report(found, viewer)


def batches(*, viewer: int | None = None) -> Sequence[Report]:
    """The latest batches that were agreed to, newest first."""
    rows = db.session.execute(
        _batches().where(ImportBatch.state != "preview").order_by(ImportBatch.id.desc()).limit(PAGE)
    )
    return [_report(row, viewer) for row in rows]


def own_preview(viewer: int) -> Report | None:
    """The list this officer uploaded and has not agreed to, if there is one."""
    mine = (ImportBatch.state == "preview", ImportBatch.importer_id == viewer)
    found = db.session.execute(_batches().where(*mine).order_by(ImportBatch.id.desc()).limit(1)).one_or_none()
    return _report(found, viewer) if found else None


def changes(batch_id: int, *, most: int = SHOWN) -> Sequence[Any]:
    """Rows known with other content, by number: `.facts .before .after .outcome`."""
    return db.session.execute(
        select(ImportRow.number, ImportRow.facts, ImportRow.outcome, ImportRow.before, ImportRow.after)
        .where(
            ImportRow.batch_id == batch_id,
            ImportRow.outcome.in_(("changed", "applied", "restored", "kept")),
        )
        .order_by(ImportRow.number)
        .limit(most)
    ).all()


def held(batch_id: int) -> Sequence[Any]:
    """Rows about the importer that another officer has to decide, by number: `.facts .before .after`."""
    return db.session.execute(
        select(ImportRow.number, ImportRow.facts, ImportRow.before, ImportRow.after)
        .where(ImportRow.batch_id == batch_id, ImportRow.outcome == "held")
        .order_by(ImportRow.number)
        .limit(SHOWN)
    ).all()


def touches(batch_id: int, actor: Actor, session: Session | None = None) -> bool:
    """Whether taking the batch back would change hours of the actor."""
    theirs = select(CourseRecord.id).where(
        CourseRecord.person_id == actor.person_id,
        or_(CourseRecord.batch_id == batch_id, CourseRecord.changed_by_id == batch_id),
    )
    given_away = select(ImportRow.number).where(
        ImportRow.batch_id == batch_id,
        ImportRow.outcome == "applied",
        ImportRow.before["username"].as_string() == actor.username,
    )
    asked = select(or_(theirs.exists(), given_away.exists()))
    return bool((session or db.session).scalar(asked))


def faults(batch_id: int, *, most: int | None = None) -> Iterator[Row[Any]]:
    """The rows with faults by number: `.number .facts .problems`, read in pieces."""
    last = 0
    while True:
        piece = db.session.execute(
            select(ImportRow.number, ImportRow.facts, ImportRow.problems)
            .where(ImportRow.batch_id == batch_id, ImportRow.outcome == "bad", ImportRow.number > last)
            .order_by(ImportRow.number)
            .limit(min(_PIECE, most) if most else _PIECE)
        ).all()
        yield from piece
        if most or len(piece) < _PIECE:
            return
        last = piece[-1].number


_Decider = aliased(Person)


def _batches() -> Any:
    return (
        select(
            ImportBatch.id,
            ImportBatch.uuid,
            ImportBatch.file_name,
            ImportBatch.state,
            ImportBatch.importer_id,
            ImportBatch.uploaded_at,
            ImportBatch.committed_at,
            ImportBatch.undone_at,
            ImportBatch.summary,
            CourseImport.stage,
            CourseImport.year,
            CourseImport.total,
            CourseImport.done,
            CourseImport.job_uuid,
            Job.state.label("job_state"),
            Person.name.label("importer"),
            CourseHold.state.label("hold"),
            CourseHold.rows.label("held_rows"),
            CourseHold.decided_at,
            _Decider.name.label("decider"),
        )
        .join(CourseImport, CourseImport.batch_id == ImportBatch.id)
        .outerjoin(Job, Job.uuid == CourseImport.job_uuid)
        .outerjoin(Person, Person.id == ImportBatch.importer_id)
        .outerjoin(CourseHold, CourseHold.batch_id == ImportBatch.id)
        .outerjoin(_Decider, _Decider.id == CourseHold.decider_id)
    )


def _report(row: Any, viewer: int | None) -> Report:
    summary = row.summary
    counts = Counter(summary["counts"])
    if row.state != "preview":
        counts = Counter(summary.get("written", {}))
        counts["bad"] += summary["alone"]
    return Report(
        id=row.id,
        uuid=row.uuid,
        file_name=row.file_name,
        importer=row.importer or summary.get("source") or "命令行",
        mine=row.importer_id == viewer,
        state=row.state,
        stage=row.stage,
        year=row.year,
        uploaded_at=row.uploaded_at,
        committed_at=row.committed_at,
        undone_at=row.undone_at,
        rows=summary["rows"],
        counts=counts,
        total=row.total,
        done=row.done,
        undone=summary.get("undone", 0),
        kept=summary.get("kept", 0),
        job=row.job_uuid,
        alive=row.job_state in UNDER_WAY,
        hold=Hold(row.hold, row.held_rows, row.decider or "", row.decided_at) if row.hold else None,
    )
