"""What was typed into the provincial platform, what it shows, and the differences until they are settled."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime
from portal.extensions import db

_HOLDS = text("ended_at IS NULL")
_OPEN = text("state = 'open'")


class ProvincialEntry(db.Model):
    """One claim's hours of one year as somebody typed them there (quarters, subject).

    It holds until it is unmarked or replaced by a corrected one; ended entries stay as history.
    """

    __tablename__ = "provincial_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(default=uuid4, unique=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id", name="fk_provincial_entries_claim_id"))
    year: Mapped[int]
    quarters: Mapped[int]
    subject: Mapped[str] = mapped_column(String(16))
    entered_by_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", name="fk_provincial_entries_entered_by_id")
    )
    entered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", name="fk_provincial_entries_ended_by_id")
    )
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_why: Mapped[str | None] = mapped_column(String(16))  # unmarked, or corrected there
    reason: Mapped[str] = mapped_column(String(200), default="")

    __table_args__ = (
        CheckConstraint("quarters > 0", name="hours_positive"),
        CheckConstraint("ended_why IN ('unmarked', 'corrected')", name="end_known"),
        CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name="ended_has_cause"),
        CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="ended_has_person"),
        Index(
            "uq_provincial_entries_claim_id_year_holds",
            "claim_id",
            "year",
            unique=True,
            sqlite_where=_HOLDS,
            postgresql_where=_HOLDS,
        ),
    )


class ProvincialImport(db.Model):
    """One file of what the platform shows; `faults` are its bad rows as [number, who, why].

    `summary` holds its counts. `finished_at` is empty while its figures are still being compared.
    """

    __tablename__ = "provincial_imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(default=uuid4, unique=True)
    file_name: Mapped[str] = mapped_column(String(120))
    file_sha256: Mapped[str] = mapped_column(String(64))
    importer_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", name="fk_provincial_imports_importer_id")
    )
    imported_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    job_uuid: Mapped[UUID | None]
    summary: Mapped[dict[str, int]] = mapped_column(JSON)
    faults: Mapped[list[list[Any]]] = mapped_column(JSON)


class ProvincialFigure(db.Model):
    """What an import says of a person and year, until it has been compared; hundredths of an hour.

    `waiting` and `unpushed` are [public, professional] that the platform shows without counting them.
    """

    __tablename__ = "provincial_figures"

    import_id: Mapped[int] = mapped_column(
        ForeignKey("provincial_imports.id", ondelete="CASCADE", name="fk_provincial_figures_import_id"),
        primary_key=True,
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", name="fk_provincial_figures_person_id"), primary_key=True
    )
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    public: Mapped[int]
    professional: Mapped[int]
    waiting: Mapped[list[int]] = mapped_column(JSON)
    unpushed: Mapped[list[int]] = mapped_column(JSON)
    region: Mapped[str] = mapped_column(String(40))


class ProvincialDifference(db.Model):
    """One subject of one person and year where the platform and the portal disagree: a task until settled.

    `here` are quarters counted by the portal, `there` hundredths of an hour shown by the platform; `cause`
    is the likely reason and `claims` the uuids of the claims it points at.
    """

    __tablename__ = "provincial_differences"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(default=uuid4, unique=True)
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", name="fk_provincial_differences_person_id")
    )
    year: Mapped[int]
    subject: Mapped[str] = mapped_column(String(16))
    here: Mapped[int]
    there: Mapped[int]
    cause: Mapped[str] = mapped_column(String(16))
    certain: Mapped[bool]  # the figures fit the cause exactly
    claims: Mapped[list[str]] = mapped_column(JSON)
    region: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(16), default="open")
    import_id: Mapped[int] = mapped_column(
        ForeignKey("provincial_imports.id", name="fk_provincial_differences_import_id")
    )  # the latest that showed it
    found_at: Mapped[datetime] = mapped_column(UTCDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    settler_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", name="fk_provincial_differences_settler_id")
    )  # none: a later import agreed
    note: Mapped[str] = mapped_column(String(200), default="")

    __table_args__ = (
        CheckConstraint("state IN ('open', 'settled', 'agreed')", name="state_known"),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled_has_time"),
        CheckConstraint("(state = 'settled') = (settler_id IS NOT NULL)", name="settled_has_person"),
        Index(None, "state", "cause", "id"),
        Index(None, "person_id", "year"),
        Index(
            "uq_provincial_differences_person_id_open",
            "person_id",
            "year",
            "subject",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )
