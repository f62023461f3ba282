"""The dates of each year as HR set them, and years opened again for one person."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime
from portal.extensions import db


class YearCalendar(db.Model):
    """The last day of each phase of a year, all inclusive; a year without a row follows the usual dates."""

    __tablename__ = "year_calendars"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    open_until: Mapped[date]
    grace_until: Mapped[date]
    review_until: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200))
    setter_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    set_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (
        CheckConstraint("open_until <= grace_until AND grace_until <= review_until", name="phases_in_order"),
    )


class YearReopening(db.Model):
    """A year in which one person may file again until a day, and be reviewed until another."""

    __tablename__ = "year_reopenings"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(default=uuid4, unique=True)
    year: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    files_until: Mapped[date]
    review_until: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200))
    setter_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    set_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # taken back before its day

    __table_args__ = (
        CheckConstraint("files_until <= review_until", name="days_in_order"),
        CheckConstraint("setter_id <> person_id", name="never_for_oneself"),
        Index(None, "person_id", "year"),
    )
