"""The reasons a reviewer picks from when returning a claim."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime
from portal.extensions import db
from portal.rules.vocabulary import CLAIMABLE


class ReturnPreset(db.Model):
    """One reason for one category, offered in order of `place` until it is retired.

    Decisions keep the words themselves, so rewording changes nothing that was decided.
    """

    __tablename__ = "return_presets"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(default=uuid4, unique=True)
    category: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(String(200))
    place: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (
        CheckConstraint(
            f"category IN ({', '.join(repr(c.value) for c in CLAIMABLE)})", name="category_known"
        ),
        Index(None, "category", "place"),
    )
