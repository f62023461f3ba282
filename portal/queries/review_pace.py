"""Reads how long claims wait and took, unit by unit, and which reviewers decide each other's claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, cast, func, literal, select
from sqlalchemy.orm import aliased

from portal.database import UTCDateTime
from portal.extensions import db
from portal.models import Claim, Grant, Person, Unit
from portal.queries.oversight import only_hr
from portal.rules.access import Actor
from portal.rules.vocabulary import Role, Status
from portal.rules.waits import Waits

DECIDED = (Status.APPROVED.value, Status.RETURNED.value, Status.REVOKED.value)
IN_TIME = (3, 7)  # days


@dataclass(frozen=True, slots=True)
class Pace:
    """A unit: claims that wait now, and those sent in the period and decided since."""

    uuid: Any
    name: str
    waiting: Waits
    decided: Waits


@dataclass(frozen=True, slots=True)
class Toward:
    """What one reviewer decided of another's claims: how many passed, came back, and quarters accepted."""

    approved: int = 0
    returned: int = 0
    quarters: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people who approved claims of each other."""

    first: Any  # uuid, name, username, unit
    second: Any
    by_first: Toward
    by_second: Toward

    @property
    def approved(self) -> int:
        """Approvals in both directions."""
        return self.by_first.approved + self.by_second.approved

    @property
    def one_sided(self) -> bool:
        """Nothing ever came back: worth a look."""
        return not (self.by_first.returned or self.by_second.returned)


def pace(actor: Actor, period: tuple[datetime, datetime], now: datetime) -> list[Pace]:
    """Every open unit and others that hold claims, three statements. Raises NotFound for others than HR.

    `period` bounds when the decided ones were sent (from, before).
    """
    only_hr(actor)
    waiting = _by_days(_days(Claim.submitted_at, literal(now, UTCDateTime())), Claim.status == "pending")
    decided = _by_days(
        _days(Claim.submitted_at, Claim.decided_at),
        Claim.status.in_(DECIDED),
        Claim.submitted_at >= period[0],
        Claim.submitted_at < period[1],
    )
    units = db.session.execute(select(Unit.id, Unit.uuid, Unit.name, Unit.closed_at).order_by(Unit.code))
    return [
        Pace(unit.uuid, unit.name, waiting.get(unit.id, Waits({})), decided.get(unit.id, Waits({})))
        for unit in units
        if unit.closed_at is None or unit.id in waiting or unit.id in decided
    ]


def whole(waits: Sequence[Waits]) -> Waits:
    """All of them taken together."""
    counts: dict[int, int] = {}
    for one in waits:
        for days, count in one.by_days.items():
            counts[days] = counts.get(days, 0) + count
    return Waits(counts)


def each_other(actor: Actor, period: tuple[datetime, datetime]) -> list[Pair]:
    """Pairs who approved each other's claims sent in the period, most approvals first; one statement.

    Only who is or was an admin or HR can appear twice, so only their claims are read.
    Raises NotFound for others than HR.
    """
    only_hr(actor)
    reviewer, claimant = aliased(Person), aliased(Person)
    home, other_home = aliased(Unit), aliased(Unit)
    reviewers = select(Grant.person_id).where(Grant.role.in_((Role.UNIT_ADMIN.value, Role.HR.value)))
    rows = db.session.execute(
        select(
            *(Claim.decider_id, Claim.person_id, Claim.status),
            *(func.count(Claim.id).label("number"), func.sum(Claim.approved_quarters).label("quarters")),
            *(reviewer.uuid, reviewer.name, reviewer.username, home.name.label("unit")),
            claimant.uuid.label("c_uuid"),
            *(claimant.name.label("c_name"), claimant.username.label("c_username")),
            other_home.name.label("c_unit"),
        )
        .join(reviewer, reviewer.id == Claim.decider_id)
        .join(home, home.id == reviewer.unit_id)
        .join(claimant, claimant.id == Claim.person_id)
        .join(other_home, other_home.id == claimant.unit_id)
        .where(
            Claim.person_id.in_(reviewers),
            Claim.status.in_(DECIDED),
            Claim.submitted_at >= period[0],
            Claim.submitted_at < period[1],
        )
        .group_by(
            *(Claim.decider_id, Claim.person_id, Claim.status, reviewer.id, claimant.id),
            *(home.id, other_home.id),
        )
    ).all()
    found: dict[tuple[int, int], dict[str, int]] = {}
    who: dict[int, Any] = {}
    for row in rows:
        who[row.decider_id] = {"uuid": row.uuid, "name": row.name, "username": row.username, "unit": row.unit}
        who[row.person_id] = {
            "uuid": row.c_uuid,
            "name": row.c_name,
            "username": row.c_username,
            "unit": row.c_unit,
        }
        one = found.setdefault((row.decider_id, row.person_id), {"approved": 0, "returned": 0, "quarters": 0})
        if row.status == Status.RETURNED.value:
            one["returned"] += row.number
        else:  # a revoked claim was approved once
            one["approved"] += row.number
            one["quarters"] += int(row.quarters or 0)
    pairs = [
        Pair(who[first], who[second], Toward(**there), Toward(**found[second, first]))
        for (first, second), there in found.items()
        if first < second and there["approved"] and found.get((second, first), {}).get("approved")
    ]
    return sorted(pairs, key=lambda pair: (-pair.approved, pair.first["username"]))


def _by_days(days: Any, *where: Any) -> dict[int, Waits]:
    counts: dict[int, dict[int, int]] = {}
    query = select(Claim.unit_id, days.label("days"), func.count(Claim.id)).where(*where)
    for unit_id, took, count in db.session.execute(query.group_by(Claim.unit_id, days)):
        of_unit = counts.setdefault(unit_id, {})
        of_unit[max(took, 0)] = of_unit.get(max(took, 0), 0) + count
    return {unit_id: Waits(by_days) for unit_id, by_days in counts.items()}


def _days(since: Any, until: Any) -> Any:
    """SQL value: whole days between two instants."""
    if db.engine.dialect.name == "sqlite":
        return cast(func.julianday(until) - func.julianday(since), BigInteger)
    return cast(func.floor(func.extract("epoch", until - since) / 86_400), BigInteger)
