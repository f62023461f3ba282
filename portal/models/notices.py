"""Notices and learning plans of the personnel office, the units they are for, and who has read them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime
from portal.extensions import db


class Notice(db.Model):
    """One notice; shown from the first day to the last (dates in Shanghai) while it is published.

    `body` is Markdown as typed: HTML is made anew whenever it is shown. `edition` counts how often people
    were asked to read it. Without `everyone` it is for the units listed for it alone.
    """

    __tablename__ = "notices"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(default=uuid4, unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(16), default="")  # of a plan; "": both
    title: Mapped[str] = mapped_column(String(80))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), default="draft")
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    everyone: Mapped[bool] = mapped_column(default=True)
    edition: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id", name="fk_notices_author_id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (
        CheckConstraint("kind IN ('notice', 'plan')", name="kind_known"),
        CheckConstraint("subject IN ('', 'public', 'professional')", name="subject_known"),
        CheckConstraint("subject = '' OR kind = 'plan'", name="subject_of_a_plan"),
        CheckConstraint("state IN ('draft', 'published', 'withdrawn')", name="state_known"),
        CheckConstraint("state <> 'published' OR published_at IS NOT NULL", name="published_has_time"),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_has_time"),
        CheckConstraint("last_day IS NULL OR last_day >= first_day", name="days_in_order"),
        Index(None, "state", "first_day"),
    )


class NoticeUnit(db.Model):
    """A unit a notice is for."""

    __tablename__ = "notice_units"

    notice_id: Mapped[int] = mapped_column(
        ForeignKey("notices.id", name="fk_notice_units_notice_id"), primary_key=True
    )
    unit_id: Mapped[int] = mapped_column(
        ForeignKey("units.id", name="fk_notice_units_unit_id"), primary_key=True
    )


class NoticeRead(db.Model):
    """Somebody has read one edition of a notice."""

    __tablename__ = "notice_reads"

    notice_id: Mapped[int] = mapped_column(
        ForeignKey("notices.id", name="fk_notice_reads_notice_id"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", name="fk_notice_reads_person_id"), primary_key=True
    )
    edition: Mapped[int] = mapped_column(primary_key=True)
    read_at: Mapped[datetime] = mapped_column(UTCDateTime)
