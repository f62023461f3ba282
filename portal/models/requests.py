"""What people ask for about themselves: registration, changes of the record, transfers."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime
from portal.extensions import db
from portal.rules.vocabulary import RequestKind, Status

STATUSES = (Status.PENDING, Status.APPROVED, Status.RETURNED, Status.WITHDRAWN)


def _one_of(column: str, words: Any) -> str:
    return f"{column} IN ({', '.join(repr(word.value) for word in words)})"


class PersonRequest(db.Model):
    """A request of a person, decided by the admins of `unit_id`: the chosen, the own or the receiving unit.

    `before` and `after` hold the facts as text, by the field names of `portal.rules.records`; a change names
    only what differs. A registration has a progress code and, while it waits, the hash of the password.
    """

    __tablename__ = "requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(default=uuid4, unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    from_unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    username: Mapped[str] = mapped_column(String(32), index=True)
    before: Mapped[dict[str, str]] = mapped_column(JSON)
    after: Mapped[dict[str, str]] = mapped_column(JSON)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    code_hash: Mapped[str | None] = mapped_column(String(64), unique=True)  # SHA-256 of the progress code

    status: Mapped[str] = mapped_column(String(16), default=Status.PENDING.value)
    version: Mapped[int] = mapped_column(default=1)
    submitted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decider_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    reason: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        CheckConstraint(_one_of("kind", RequestKind), name="kind_known"),
        CheckConstraint(_one_of("status", STATUSES), name="status_known"),
        CheckConstraint("(kind = 'registration') = (code_hash IS NOT NULL)", name="code_for_registrations"),
        CheckConstraint("kind = 'registration' OR person_id IS NOT NULL", name="changes_have_person"),
        CheckConstraint("(kind = 'transfer') = (from_unit_id IS NOT NULL)", name="transfers_leave_a_unit"),
        CheckConstraint(
            "(password_hash IS NOT NULL) = (kind = 'registration' AND status = 'pending')",
            name="password_while_waiting",
        ),
        CheckConstraint(
            "decider_id IS NULL OR person_id IS NULL OR decider_id <> person_id", name="never_own"
        ),
        CheckConstraint(
            "(status IN ('approved', 'returned')) = (decided_at IS NOT NULL)", name="decided_has_time"
        ),
        CheckConstraint("(decided_at IS NULL) = (decider_id IS NULL)", name="decided_has_decider"),
        Index(
            "uq_requests_one_open_of_a_kind",
            "person_id",
            "kind",
            unique=True,
            sqlite_where=text("status = 'pending'"),
            postgresql_where=text("status = 'pending'"),
        ),
        Index(None, "status", "unit_id", "submitted_at", "id"),
        Index(None, "person_id", "id"),
    )
