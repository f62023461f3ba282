"""Issued certificates: frozen facts, never edited, only revoked or superseded."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import UTCDateTime
from portal.extensions import db
from portal.models.people import Person


class Certificate(db.Model):
    """A certificate of one year. `facts` is the canonical JSON that was signed and is printed."""

    __tablename__ = "certificates"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(default=uuid4, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    year: Mapped[int]
    serial: Mapped[int]
    number: Mapped[str] = mapped_column(String(40), unique=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    facts: Mapped[str] = mapped_column(Text)
    key_id: Mapped[str] = mapped_column(String(16))
    # hex: 64 characters of HMAC, 128 of Ed25519; SQLite holds no text to its length
    signature: Mapped[str] = mapped_column(String(64).with_variant(String(128), "postgresql"))
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_reason: Mapped[str] = mapped_column(String(200), default="")
    fell_with: Mapped[UUID | None]  # the claim that was revoked or lowered
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("certificates.id"))

    person: Mapped[Person] = relationship()

    __table_args__ = (
        UniqueConstraint("unit_id", "year", "serial"),
        Index("uq_certificates_replaces_id", "replaces_id", unique=True),
        CheckConstraint("serial > 0", name="serial_positive"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_reason = '')", name="revoked_has_reason"),
        Index(
            "uq_certificates_one_valid_a_year",
            "person_id",
            "year",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )


class CertificatePrint(db.Model):
    """One distinct PDF that was handed out: its digest, and of what making it is (`portal.pdf.press`)."""

    __tablename__ = "certificate_prints"

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificates.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    recipe: Mapped[str] = mapped_column(String(16))
    signed: Mapped[bool]
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
