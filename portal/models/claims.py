"""Claims of hours, their evidence, and the keys that make a repeated sending harmless."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import UTCDateTime
from portal.extensions import db
from portal.models.people import Person
from portal.models.units import Unit
from portal.rules import works
from portal.rules.vocabulary import CLAIMABLE, Evidence, Status, Subject

FILED = "filed_by_id IS NOT NULL"  # for somebody else
LIVE = f"status IN ({Status.PENDING.value!r}, {Status.APPROVED.value!r})"


def _one_of(column: str, words: Any) -> str:
    return f"{column} IN ({', '.join(repr(w.value) for w in words)})"


def _work_key(context: Any) -> str | None:
    given = context.get_current_parameters()
    return works.work_key(given.get("kind") or "", given.get("work_id") or "")


def _title_key(context: Any) -> str | None:
    return works.title_key(context.get_current_parameters().get("title") or "")


class Claim(db.Model):
    """One work or one training. Amounts are integer quarter-hours, both dates are inclusive.

    `unit_id` is the unit whose queue holds it and, once decided, the unit that decided it.
    `work_key` and `title_key` are what `portal.rules.works` makes of number and title, written with them.
    `credited` maps a year to the quarters that count there; it is derived and kept in the
    transaction of whatever changes it. A draft may lack anything but its category.
    """

    __tablename__ = "claims"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(default=uuid4, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    category: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(20), default="")
    subject: Mapped[str | None] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(200), default="")
    organizer: Mapped[str] = mapped_column(String(120), default="")
    start_on: Mapped[date | None]
    end_on: Mapped[date | None]
    quarters: Mapped[int | None]  # 申报: what the person asked
    study_year: Mapped[int | None]
    work_on: Mapped[date | None]
    split: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))  # year -> quarters, by hand
    year_from: Mapped[int | None]  # first and last year the claim touches, for the ledger's index
    year_to: Mapped[int | None]
    author_name: Mapped[str] = mapped_column(String(60), default="")
    rank: Mapped[str] = mapped_column(String(40), default="")
    level: Mapped[str] = mapped_column(String(40), default="")
    owner: Mapped[str] = mapped_column(String(120), default="")
    work_id: Mapped[str] = mapped_column(String(120), default="")
    work_key: Mapped[str | None] = mapped_column(String(160), default=_work_key, index=True)
    title_key: Mapped[str | None] = mapped_column(String(200), default=_title_key, index=True)
    approval: Mapped[str] = mapped_column(String(16), default="")
    approval_document: Mapped[str] = mapped_column(String(80), default="")
    marked: Mapped[bool] = mapped_column(default=False)
    truthful: Mapped[bool] = mapped_column(default=False)
    keep_zero: Mapped[bool] = mapped_column(default=False)
    filed_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id")
    )  # the admin who filed it for the person
    list_uuid: Mapped[UUID | None] = mapped_column(index=True)  # claims of one training, filed in one go

    status: Mapped[str] = mapped_column(String(16), default=Status.DRAFT.value)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decider_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decision_reason: Mapped[str] = mapped_column(Text, default="")
    approved_quarters: Mapped[int | None]  # 核定
    approved_subject: Mapped[str | None] = mapped_column(String(16))
    approval_number: Mapped[int | None]  # the order credit follows, per person
    credited: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))  # 计入: year -> quarters
    policy_id: Mapped[str | None] = mapped_column(String(60))
    policy_sha256: Mapped[str | None] = mapped_column(String(64))
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoker_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    revoked_reason: Mapped[str] = mapped_column(Text, default="")
    revoked_kind: Mapped[str | None] = mapped_column(String(16))  # a RevocationKind

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    decider: Mapped[Person | None] = relationship(foreign_keys=[decider_id])
    unit: Mapped[Unit] = relationship()
    evidence: Mapped[list[EvidenceFile]] = relationship(
        back_populates="claim", order_by="EvidenceFile.id", cascade="all, delete-orphan"
    )

    __table_args__ = (
        CheckConstraint(_one_of("category", CLAIMABLE), name="category_known"),
        CheckConstraint(_one_of("status", Status), name="status_known"),
        CheckConstraint(_one_of("subject", Subject), name="subject_known"),
        CheckConstraint("quarters IS NULL OR quarters > 0", name="hours_positive"),
        CheckConstraint("end_on IS NULL OR start_on IS NULL OR end_on >= start_on", name="dates_in_order"),
        CheckConstraint("decider_id IS NULL OR decider_id <> person_id", name="never_decides_own"),
        CheckConstraint("revoker_id IS NULL OR revoker_id <> person_id", name="never_revokes_own"),
        CheckConstraint(
            "(status IN ('returned', 'approved', 'revoked')) = (decided_at IS NOT NULL)",
            name="decided_has_time",
        ),
        CheckConstraint("(decided_at IS NULL) = (decider_id IS NULL)", name="decided_has_decider"),
        CheckConstraint(
            "status NOT IN ('approved', 'revoked') OR (approved_quarters IS NOT NULL AND quarters IS NOT NULL"
            " AND approved_quarters > 0 AND approved_quarters <= quarters AND approved_subject IS NOT NULL"
            " AND approval_number IS NOT NULL AND credited IS NOT NULL AND policy_id IS NOT NULL)",
            name="approved_is_complete",
        ),
        CheckConstraint("(status = 'revoked') = (revoked_at IS NOT NULL)", name="revoked_has_time"),
        CheckConstraint("(revoked_at IS NULL) = (revoker_id IS NULL)", name="revoked_has_revoker"),
        CheckConstraint(
            "status <> 'pending' OR (submitted_at IS NOT NULL AND year_from IS NOT NULL"
            " AND year_to IS NOT NULL AND quarters IS NOT NULL AND subject IS NOT NULL)",
            name="pending_is_complete",
        ),
        UniqueConstraint("person_id", "approval_number"),
        Index(None, "status", "unit_id", "submitted_at", "id"),
        Index(None, "status", "submitted_at", "id"),
        # beginning with what only a filter names: SQLite, which keeps no statistics, would else take them
        # for the two above
        Index(None, "category", "unit_id", "status", "submitted_at", "id"),
        Index(None, "category", "status", "submitted_at", "id"),
        Index(None, "person_id", "status", "submitted_at", "id"),
        Index(
            None,
            *("filed_by_id", "unit_id", "status", "submitted_at", "id"),
            sqlite_where=text(FILED),
            postgresql_where=text(FILED),
        ),
        Index(None, "person_id", "year_from", "year_to"),
        Index(
            "uq_claims_person_id_work_key_live",  # one work, one claim
            "person_id",
            "work_key",
            unique=True,
            sqlite_where=text(LIVE),
            postgresql_where=text(LIVE),
        ),
    )


class EvidenceFile(db.Model):
    """A proof attached to a claim. The bytes are in the evidence store under the row's uuid."""

    __tablename__ = "evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(default=uuid4, unique=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    pages: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    claim: Mapped[Claim] = relationship(back_populates="evidence")

    __table_args__ = (
        CheckConstraint(_one_of("kind", Evidence), name="kind_known"),
        CheckConstraint("size > 0", name="not_empty"),
    )


class Sending(db.Model):
    """An idempotency key that was used: sending the same form again finds the first result."""

    __tablename__ = "sendings"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    key: Mapped[str] = mapped_column(String(64))
    claim_uuid: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (UniqueConstraint("person_id", "key"),)
