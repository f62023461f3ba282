"""Standing of each person in each year, kept by the transaction that changes the hours."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime
from portal.extensions import db


class PersonYear(db.Model):
    """Credited quarters of a person in a year, by subject and by category."""

    __tablename__ = "person_years"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    public: Mapped[int]
    professional: Mapped[int]
    categories: Mapped[dict[str, int]] = mapped_column(JSON)
    met: Mapped[bool]
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (
        CheckConstraint("public >= 0 AND professional >= 0", name="not_negative"),
        Index(None, "year", "met"),
    )
