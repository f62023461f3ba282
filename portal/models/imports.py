"""Imported files: a batch per file, and per row what it said, what became of it and what was there before."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime
from portal.extensions import db


class ImportBatch(db.Model):
    """One file, looked at, then taken in, then perhaps undone. `summary` holds its counts."""

    __tablename__ = "import_batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(default=uuid4, unique=True)
    kind: Mapped[str] = mapped_column(String(16), index=True)
    file_name: Mapped[str] = mapped_column(String(120))
    file_sha256: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), default="preview")
    importer_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))  # none: the command line
    uploaded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    committed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    summary: Mapped[dict[str, Any]] = mapped_column(JSON)

    __table_args__ = (
        CheckConstraint("kind IN ('staff', 'courses')", name="kind_known"),
        CheckConstraint("state IN ('preview', 'committed', 'undone')", name="state_known"),
        CheckConstraint("(state = 'preview') = (committed_at IS NULL)", name="committed_has_time"),
        CheckConstraint("(state = 'undone') = (undone_at IS NOT NULL)", name="undone_has_time"),
    )


class ImportRow(db.Model):
    """One row of the file by its number in the sheet (the heading is row 1).

    `before` is empty for something new; `object_uuid` is the person or record it made or changed.
    """

    __tablename__ = "import_rows"

    batch_id: Mapped[int] = mapped_column(
        ForeignKey("import_batches.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    outcome: Mapped[str] = mapped_column(String(16))
    problems: Mapped[list[str]] = mapped_column(JSON)
    object_uuid: Mapped[UUID | None]
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)
