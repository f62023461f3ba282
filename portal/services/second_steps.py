"""The second step of signing in: the code of an authenticator app, after the password was right."""

from __future__ import annotations

from datetime import date, datetime

from portal.database import write_tx
from portal.rules.refusals import RuleBroken
from portal.services import attempts, logins, second_factors
from portal.services.logins import Half, Opened


def finish(
    half: Half,
    code: str,
    *,
    now: datetime,
    today: date,
    address: str,
    agent: str,
    replaces: str,
    key: bytes,
) -> Opened:
    """Open the session that the password began. Raises RuleBroken, attempts.TooManyAttempts."""
    opened: Opened | None = None
    with write_tx() as session:
        attempts.refuse_when_too_many(half.username, address, now, session)
        entrant = logins.enter(session, half.username, half.hat, today)
        fits = (
            entrant is not None
            and logins.mark_of(entrant.password_hash) == half.mark
            and second_factors.passes(session, entrant.actor.person_id, code, now=now, key=key)
        )
        if entrant is not None and fits:
            opened = logins.admit(session, entrant, now=now, address=address, agent=agent, replaces=replaces)
        else:
            attempts.count(session, half.username, address, now)
    if opened is None:
        raise RuleBroken(second_factors.WRONG, {"code": [second_factors.WRONG]})
    return opened
