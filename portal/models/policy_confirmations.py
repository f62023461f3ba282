"""What HR said about the readings a policy leaves open; rows are added, never changed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime
from portal.extensions import db


class PolicyConfirmation(db.Model):
    """One step about one reading in one wording: `step` counts them, so that two officers never tie.

    `proposer_id` is whose proposal a step answers; a confirmation is never the proposer's own.
    """

    __tablename__ = "policy_confirmations"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(default=uuid4, unique=True)
    policy_id: Mapped[str] = mapped_column(String(64))
    interpretation_id: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of the wording
    step: Mapped[int]
    deed: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    proposer_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    note: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (
        UniqueConstraint("policy_id", "interpretation_id", "digest", "step"),
        CheckConstraint("deed IN ('propose', 'confirm', 'refuse', 'withdraw')", name="deed_known"),
        CheckConstraint(
            "deed NOT IN ('confirm', 'refuse') OR (proposer_id IS NOT NULL AND proposer_id <> person_id)",
            name="needs_a_second",
        ),
    )
