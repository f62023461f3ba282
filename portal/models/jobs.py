"""Work done in the background: one row a job, with who asked, how far it is, and who is on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime
from portal.extensions import db
from portal.rules.vocabulary import JobState


class Job(db.Model):
    """A job of a kind the runner knows. `checkpoint` is where it goes on after an interruption.

    While it runs, `lease` names the process that has it; whoever holds another lease may write nothing.
    """

    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(default=uuid4, unique=True)
    kind: Mapped[str] = mapped_column(String(24))
    title: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(16), default=JobState.QUEUED.value)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    checkpoint: Mapped[dict[str, Any]] = mapped_column(JSON)
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
    problem: Mapped[str] = mapped_column(Text, default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))  # none: the portal itself
    owner_hat: Mapped[str] = mapped_column(String(16), default="")
    owner_unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    address: Mapped[str] = mapped_column(String(64), default="")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)  # since it last got on
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    run_after: Mapped[datetime] = mapped_column(UTCDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    lease: Mapped[str | None] = mapped_column(String(120))
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(one.value) for one in JobState)})", name="state_known"),
        CheckConstraint("(state = 'running') = (lease IS NOT NULL)", name="running_has_lease"),
        CheckConstraint("(lease IS NULL) = (lease_until IS NULL)", name="lease_has_end"),
        CheckConstraint("done >= 0 AND total >= 0", name="progress_not_negative"),
        Index(None, "state", "run_after", "id"),
        Index(None, "owner_id", "id"),
    )


class JobRunner(db.Model):
    """When a process that runs jobs was last seen alive."""

    __tablename__ = "job_runners"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
