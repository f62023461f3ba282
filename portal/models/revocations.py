"""Revocations of many claims at once, which one HR officer proposes and another one confirms."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime
from portal.extensions import db


class RevocationProposal(db.Model):
    """Claims to be revoked for one reason. `done` once every item has its outcome."""

    __tablename__ = "revocation_proposals"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(default=uuid4, unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), default="pending", index=True)
    proposer_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    proposed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decider_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (
        CheckConstraint("kind IN ('false', 'mistaken')", name="kind_known"),
        CheckConstraint(
            "state IN ('pending', 'confirmed', 'refused', 'withdrawn', 'done')", name="state_known"
        ),
        CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name="decided_has_time"),
        CheckConstraint(
            "(state IN ('confirmed', 'refused', 'done')) = (decider_id IS NOT NULL)", name="has_decider"
        ),
        CheckConstraint("decider_id IS NULL OR decider_id <> proposer_id", name="needs_a_second"),
    )


class RevocationItem(db.Model):
    """One claim of a proposal; its outcome is written with the revocation itself."""

    __tablename__ = "revocation_items"

    proposal_id: Mapped[int] = mapped_column(ForeignKey("revocation_proposals.id"), primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), primary_key=True, index=True)
    outcome: Mapped[str | None] = mapped_column(String(16))  # revoked, or skipped: no longer approved

    __table_args__ = (CheckConstraint("outcome IN ('revoked', 'skipped')", name="outcome_known"),)
