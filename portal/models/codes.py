"""One-time codes: the way to a first or a forgotten password, since the portal sends no mail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime
from portal.extensions import db


class Code(db.Model):
    """A code handed to a person by a colleague; only its hash is kept.

    `ended_at` says when it stopped working: redeemed, replaced by another, or tried too often.
    A redeemed one stays as the notice the person sees until dismissing it (`seen_at`).
    """

    __tablename__ = "codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    issuer_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))  # none: the command line
    code_hash: Mapped[str] = mapped_column(String(64))
    tries: Mapped[int] = mapped_column(default=0)
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    redeemed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (
        CheckConstraint("issuer_id IS NULL OR issuer_id <> person_id", name="never_for_oneself"),
        CheckConstraint("redeemed_at IS NULL OR ended_at IS NOT NULL", name="redeemed_once"),
        CheckConstraint("seen_at IS NULL OR redeemed_at IS NOT NULL", name="seen_after_redeemed"),
    )
