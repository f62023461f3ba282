"""Second factors: the authenticator app of an admin or officer, and the recovery codes that replace it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.database import UTCDateTime
from portal.extensions import db


class SecondFactor(db.Model):
    """A person's app. The secret is no column: it follows from the nonce and the instance's own key."""

    __tablename__ = "second_factors"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), unique=True)
    nonce: Mapped[str] = mapped_column(String(64))
    last_step: Mapped[int]  # the latest 30 seconds whose code was used; 0 before the first
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # None: begun, never asked for


class RecoveryCode(db.Model):
    """One of the codes that work once without the app; only a keyed hash is kept."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    factor_id: Mapped[int] = mapped_column(ForeignKey("second_factors.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (Index(None, "factor_id"),)
