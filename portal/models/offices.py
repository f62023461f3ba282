"""Who stands in when, the annex paper of each unit, and role changes that wait for a second HR officer."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime
from portal.extensions import db


class Absence(db.Model):
    """An admin cannot act for the unit from `first_day` to `last_day`, both inclusive."""

    __tablename__ = "absences"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(default=uuid4, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    note: Mapped[str] = mapped_column(String(100), default="")
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # came back early; counts no more
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="days_in_order"),
        Index(None, "person_id", "unit_id", "last_day"),
    )


class AnnexPaper(db.Model):
    """A unit's 附件2 of a year reached the personnel office on paper."""

    __tablename__ = "annex_papers"

    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    received_on: Mapped[date]
    receiver_id: Mapped[int] = mapped_column(ForeignKey("people.id"))


class AnnexDeadline(db.Model):
    """The last day for 附件2 in a year, where the personnel office set another one."""

    __tablename__ = "annex_deadlines"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    due_on: Mapped[date]


class RoleProposal(db.Model):
    """One HR officer wants a role given or ended; another one, not the person either, decides."""

    __tablename__ = "role_proposals"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(default=uuid4, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    role: Mapped[str] = mapped_column(String(16))
    gives: Mapped[bool]  # else: ends
    state: Mapped[str] = mapped_column(String(16), default="pending", index=True)
    proposer_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    proposed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decider_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (
        CheckConstraint("role IN ('hr', 'auditor')", name="role_known"),
        CheckConstraint("state IN ('pending', 'confirmed', 'refused', 'withdrawn')", name="state_known"),
        CheckConstraint("(state IN ('confirmed', 'refused')) = (decider_id IS NOT NULL)", name="has_decider"),
        CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name="decided_has_time"),
        CheckConstraint("proposer_id <> person_id", name="never_proposes_oneself"),
        CheckConstraint(
            "decider_id IS NULL OR (decider_id <> person_id AND decider_id <> proposer_id)",
            name="needs_a_second",
        ),
    )
