"""Other figures than the notice's for one person in one year, each with its reason and proof."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime
from portal.extensions import db
from portal.rules.vocabulary import ObligationKind


class Obligation(db.Model):
    """One decision of HR on what a person owes in a year, in quarters; never changed afterwards.

    The row without `replaced_at` holds. One without figures says that the notice's figures hold again.
    """

    __tablename__ = "obligations"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(default=uuid4, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    year: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    public: Mapped[int | None]
    professional: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(200))
    file_uuid: Mapped[UUID | None] = mapped_column(unique=True)  # the proof, in the evidence store
    file_name: Mapped[str | None] = mapped_column(String(120))
    file_type: Mapped[str | None] = mapped_column(String(40))
    file_size: Mapped[int | None]
    file_sha256: Mapped[str | None] = mapped_column(String(64))
    setter_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    set_at: Mapped[datetime] = mapped_column(UTCDateTime)
    replaced_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(k.value) for k in ObligationKind)})", name="kind_known"),
        CheckConstraint("(kind = 'ended') = (public IS NULL)", name="figures_unless_ended"),
        CheckConstraint("(public IS NULL) = (professional IS NULL)", name="both_figures"),
        CheckConstraint("public >= 0 AND professional >= 0", name="not_negative"),
        CheckConstraint("setter_id <> person_id", name="never_for_oneself"),
        Index(
            "uq_obligations_holds",
            "person_id",
            "year",
            unique=True,
            sqlite_where=text("replaced_at IS NULL"),
            postgresql_where=text("replaced_at IS NULL"),
        ),
    )
