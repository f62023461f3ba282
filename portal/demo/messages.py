"""Messages of the demo's accounts: what its decisions would have told them, older ones read already."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select, update

from portal.database import write_tx
from portal.demo.accounts import ACCOUNTS
from portal.models import Claim, Message, Person
from portal.rules.vocabulary import Status
from portal.services import decision_messages

_READ_AFTER = timedelta(hours=3)
_UNREAD = 2  # the newest of each account
_MOST = 6


def settle(minutes: Callable[[int], datetime]) -> None:
    """Tell the accounts of the latest decisions on their claims; `minutes(n)` tells when it is."""
    with write_tx() as session:
        for account in ACCOUNTS:
            decided = session.scalars(
                select(Claim)
                .join(Person, Person.id == Claim.person_id)
                .where(
                    Person.username == account.username,
                    Claim.status.in_((Status.APPROVED.value, Status.RETURNED.value)),
                    Claim.decided_at < minutes(0),
                )
                .order_by(Claim.decided_at.desc())
                .limit(_MOST)
            ).all()
            for number, claim in reversed(list(enumerate(decided))):
                at = claim.decided_at
                if at is None:
                    continue
                if claim.status == Status.APPROVED.value:
                    quarters, credited = claim.approved_quarters or 0, claim.credited or {}
                    decision_messages.tell_approved(
                        session, claim, quarters, credited, claim.decision_reason, now=at
                    )
                else:
                    decision_messages.tell_returned(session, claim, claim.decision_reason, now=at)
                if number >= _UNREAD:
                    session.execute(
                        update(Message)
                        .where(Message.about == claim.uuid, Message.read_at.is_(None))
                        .values(read_at=at + _READ_AFTER)
                    )
