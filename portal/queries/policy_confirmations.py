"""Reads which readings of a policy HR has confirmed, in the wording they have now."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.models import Person, PolicyConfirmation
from portal.rules.policy import Policy
from portal.rules.policy_models import Interpretation

State = Literal["open", "proposed", "confirmed"]
_AFTER: dict[str, State] = {
    "propose": "proposed",
    "confirm": "confirmed",
    "refuse": "open",
    "withdraw": "open",
}


@dataclass(frozen=True, slots=True)
class Step:
    """What one officer said, when and why."""

    uuid: UUID
    deed: str
    person_id: int
    person: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """An interpretation with where it stands; `steps` oldest first, `reworded` when only an older
    wording was ever confirmed."""

    interpretation: Interpretation
    state: State
    steps: tuple[Step, ...]
    reworded: bool = False

    @property
    def confirmed(self) -> bool:
        return self.state == "confirmed"

    @property
    def by(self) -> str:
        """Who confirmed it: both officers, or whom the policy file names."""
        if not self.steps:
            return self.interpretation.decided_by.strip()
        return "、".join(step.person for step in self.steps[-2:])

    @property
    def proposer_id(self) -> int | None:
        """Whose proposal waits."""
        return self.steps[-1].person_id if self.state == "proposed" else None


def digest(reading: Interpretation) -> str:
    """What a confirmation is bound to: another wording or reason is another reading (SHA-256, hex)."""
    return hashlib.sha256(f"{reading.text}\n{reading.reason}".encode()).hexdigest()


def readings(policy: Policy, session: Session | None = None) -> tuple[Reading, ...]:
    """Every interpretation of the policy, in its order. One statement."""
    rows = (
        (session or db.session)
        .execute(
            select(
                PolicyConfirmation.uuid,
                PolicyConfirmation.interpretation_id,
                PolicyConfirmation.digest,
                PolicyConfirmation.deed,
                PolicyConfirmation.person_id,
                PolicyConfirmation.note,
                PolicyConfirmation.at,
                Person.name,
            )
            .join(Person, Person.id == PolicyConfirmation.person_id)
            .where(PolicyConfirmation.policy_id == policy.id)
            .order_by(PolicyConfirmation.step)
        )
        .all()
    )
    found = []
    for one in policy.interpretations:
        wording = digest(one)
        mine = [row for row in rows if row.interpretation_id == one.id]
        steps = tuple(
            Step(row.uuid, row.deed, row.person_id, row.name, row.note, row.at)
            for row in mine
            if row.digest == wording
        )
        state: State = "confirmed" if one.confirmed else "open"
        if steps:
            state = _AFTER[steps[-1].deed]
        earlier = any(row.deed == "confirm" and row.digest != wording for row in mine)
        found.append(Reading(one, state, steps, reworded=earlier and state != "confirmed"))
    return tuple(found)


def unconfirmed(policy: Policy) -> Sequence[Reading]:
    """The readings that still wait for HR."""
    return [reading for reading in readings(policy) if not reading.confirmed]
