"""Course records the learning platforms report, and how far an import of them has come."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime
from portal.extensions import db


class CourseRecord(db.Model):
    """Hours of one finished course, identified by the platform's own record id."""

    __tablename__ = "course_records"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(default=uuid4, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    platform: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(16))
    year: Mapped[int]
    completed_on: Mapped[date]
    quarters: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    batch_id: Mapped[int | None] = mapped_column(  # the import that added it
        ForeignKey("import_batches.id", name="fk_course_records_batch_id"), index=True
    )
    changed_by_id: Mapped[int | None] = mapped_column(  # the last import that changed it
        ForeignKey("import_batches.id", name="fk_course_records_changed_by_id")
    )

    __table_args__ = (
        UniqueConstraint("platform", "record_id"),
        CheckConstraint("quarters > 0", name="hours_positive"),
        Index(None, "person_id", "year"),
    )


class CourseImport(db.Model):
    """How far one batch of course records has come, in the same transaction as each chunk.

    `byte_offset` is where the next chunk starts in the batch's file of parsed rows. `chosen` holds the
    numbers of the changed rows HR agreed to.
    """

    __tablename__ = "course_imports"

    batch_id: Mapped[int] = mapped_column(
        ForeignKey("import_batches.id", ondelete="CASCADE", name="fk_course_imports_batch_id"),
        primary_key=True,
        autoincrement=False,
    )
    stage: Mapped[str] = mapped_column(String(16))
    year: Mapped[int | None]
    total: Mapped[int]
    done: Mapped[int]
    byte_offset: Mapped[int]
    chosen: Mapped[list[int]] = mapped_column(JSON)
    job_uuid: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint(
            "stage IN ('reading', 'ready', 'writing', 'written', 'undoing', 'undone')", name="stage_known"
        ),
        CheckConstraint("done >= 0 AND byte_offset >= 0", name="progress_not_negative"),
    )


class CourseHold(db.Model):
    """The rows of one import about whoever imported it, which another officer of HR has to decide.

    `withdrawn`: the import was undone before anybody had decided. `rows` is how many were set aside.
    """

    __tablename__ = "course_holds"

    batch_id: Mapped[int] = mapped_column(
        ForeignKey("import_batches.id", ondelete="CASCADE", name="fk_course_holds_batch_id"),
        primary_key=True,
        autoincrement=False,
    )
    importer_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    rows: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), default="pending", index=True)
    decider_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (
        CheckConstraint("rows > 0", name="rows_positive"),
        CheckConstraint("state IN ('pending', 'confirmed', 'refused', 'withdrawn')", name="state_known"),
        CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name="decided_has_time"),
        CheckConstraint("(state IN ('confirmed', 'refused')) = (decider_id IS NOT NULL)", name="has_decider"),
        CheckConstraint("decider_id IS NULL OR decider_id <> importer_id", name="needs_a_second"),
    )
