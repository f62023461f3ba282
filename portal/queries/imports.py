"""Reads imported files: the list of batches, and what became of each row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.extensions import db
from portal.models import ImportBatch, ImportRow, Person
from portal.rules.refusals import NotFound

PAGE = 50
SHOWN = 2000  # rows of one report


@dataclass(frozen=True, slots=True)
class Report:
    """A batch with its troubled rows and its changes (at most SHOWN each, by row number)."""

    batch: Any
    importer: str
    faults: Sequence[Any]
    changes: Sequence[Any]

    @property
    def summary(self) -> dict[str, Any]:
        """Counts as stored with the batch."""
        return dict(self.batch.summary)


def batches(kind: str) -> Sequence[Any]:
    """The latest batches that were taken in, newest first."""
    return db.session.execute(
        select(
            ImportBatch.uuid,
            ImportBatch.file_name,
            ImportBatch.state,
            ImportBatch.committed_at,
            ImportBatch.undone_at,
            ImportBatch.summary,
            Person.name.label("importer"),
        )
        .outerjoin(Person, Person.id == ImportBatch.importer_id)
        .where(ImportBatch.kind == kind, ImportBatch.state != "preview")
        .order_by(ImportBatch.id.desc())
        .limit(PAGE)
    ).all()


def report(uuid: UUID, *, previewer: int | None = None) -> Report:
    """A batch in full. A preview is seen only by its importer (None: the command line). Raises NotFound."""
    found = db.session.execute(
        select(ImportBatch, Person.name)
        .outerjoin(Person, Person.id == ImportBatch.importer_id)
        .where(ImportBatch.uuid == uuid)
    ).one_or_none()
    if found is None or (found.ImportBatch.state == "preview" and found.ImportBatch.importer_id != previewer):
        raise NotFound
    rows = select(
        ImportRow.number,
        ImportRow.facts,
        ImportRow.outcome,
        ImportRow.problems,
        ImportRow.before,
        ImportRow.after,
    ).where(ImportRow.batch_id == found.ImportBatch.id)
    troubled = ImportRow.outcome.in_(("bad", "held"))
    faults = db.session.execute(rows.where(troubled).order_by(ImportRow.number).limit(SHOWN)).all()
    moved = rows.where(ImportRow.outcome.in_(("new", "changed", "left")))
    # those that touch somebody known come first: they are what one looks at before agreeing
    order = (ImportRow.outcome == "new", ImportRow.number)
    changes = db.session.execute(moved.order_by(*order).limit(SHOWN)).all()
    return Report(found.ImportBatch, found.name or "命令行", faults, changes)
