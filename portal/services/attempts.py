"""Slows guessing down: failures are counted in the database, for every process and over restarts."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.extensions import db
from portal.models import Attempt
from portal.queries.logins import failures_since
from portal.rules.refusals import Refusal

WINDOW = timedelta(minutes=5)
LIMITS = (10, 30, 1000)  # failures in the window: of one account, from one address, in all
KNOWN_FOR = timedelta(days=30)
WAIT = "登录失败次数过多，请 5 分钟后再试。"


class TooManyAttempts(Refusal):
    """Too many failures of late; the same answer for known and unknown accounts."""


def refuse_when_too_many(username: str, address: str, now: datetime, session: Session | None = None) -> None:
    """Raises TooManyAttempts after too many failures of the account, from the address, or in all.

    From an address the person signed in from within 30 days only that address's failures count, so that
    a stranger guessing elsewhere locks nobody out of their own desk.
    """
    failed = failures_since(
        session or db.session(),
        now - WINDOW,
        username=username.strip()[:32],
        address=address[:64],
        known_since=now - KNOWN_FOR,
    )
    if any(count >= limit for count, limit in zip(failed, LIMITS, strict=True)):
        raise TooManyAttempts(WAIT)


def count(session: Session, username: str, address: str, now: datetime) -> None:
    """Note a failure, in the caller's transaction."""
    session.add(Attempt(username=username.strip()[:32], address=address[:64], at=now))
