"""What holds in the whole campus after any requests: the doctor's checks, and the notice's own limits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import product
from typing import Any

from campus import NOW
from sqlalchemy import select

from fuzz.promises import Fault
from fuzz.world import World
from portal.doctor import Patient, examine
from portal.extensions import db
from portal.models import Claim, Grant, RoleProposal
from portal.rules.vocabulary import Role

# the notice's numbers, in quarters of an hour, written out again on purpose
A_DAY, SELF_STUDY, WORKS, A_WORK = 8 * 4, 40 * 4, 30 * 4, 10 * 4
HOLDERS_AT_FIRST = 3  # two officers and an auditor


def broken(world: World) -> Iterator[Fault]:
    """Every invariant that does not hold."""
    with world.app.app_context():
        try:
            patient = Patient(
                world.settings,
                world.app.extensions["portal.policies"],
                world.app.extensions["portal.store"],
                NOW,
            )
            for name, found in examine(patient).checks.items():
                for problem in found.problems:
                    yield Fault("doctor", name, problem)
            claims = list(db.session.scalars(select(Claim)))
            for told in (*_caps(claims), *_deciders(claims), *_officers()):
                yield Fault("invariant", told.partition(":")[0], told)
        finally:
            db.session.remove()


def _caps(claims: Sequence[Any]) -> Iterator[str]:
    """No limit of the notice is exceeded, whatever the portal's own rules made of it."""
    years: dict[tuple[int, str, str], int] = defaultdict(int)
    trainings: dict[int, list[Any]] = defaultdict(list)
    for claim in claims:
        credited = {year: amount for year, amount in (claim.credited or {}).items() if amount}
        if credited and claim.status != "approved":
            yield f"credited although {claim.status}: {claim.uuid}"
        group = "works" if claim.category in ("achievement", "publication") else claim.category
        for year, amount in credited.items():
            years[claim.person_id, group, year] += amount
        if group == "works" and sum(credited.values()) > A_WORK:
            yield f"a work counts more than ten hours: {claim.uuid}"
        if sum(credited.values()) > (claim.approved_quarters or 0):
            yield f"more credited than approved: {claim.uuid}"
        if claim.category == "training" and credited:
            trainings[claim.person_id].append(claim)
    for (person, group, year), amount in years.items():
        if amount > {"self_study": SELF_STUDY, "works": WORKS}.get(group, amount):
            yield f"a year's cap exceeded: {group} of {person} in {year} has {amount / 4} hours"
    for person, own in trainings.items():
        yield from _days(person, own)


def _days(person: int, trainings: Sequence[Any]) -> Iterator[str]:
    for first, last in product({one.start_on for one in trainings}, {one.end_on for one in trainings}):
        inside = [one for one in trainings if first <= one.start_on and one.end_on <= last]
        total = sum(sum(one.credited.values()) for one in inside)
        days = (last - first) // timedelta(days=1) + 1
        if inside and total > days * A_DAY:
            yield f"more than eight hours a day: {person} has {total / 4} hours from {first} to {last}"


def _deciders(claims: Sequence[Any]) -> Iterator[str]:
    """Nobody decided their own claim, nor one they filed, nor one of a unit they never acted for."""
    held: dict[int, set[tuple[str, int | None]]] = defaultdict(set)
    for grant in db.session.scalars(select(Grant)):
        held[grant.person_id].add((grant.role, grant.unit_id))
    for claim in claims:
        for verb, who in (("decided", claim.decider_id), ("revoked", claim.revoker_id)):
            if who is None:
                continue
            if who in (claim.person_id, claim.filed_by_id):
                yield f"{verb} by its own claimant or filer: {claim.uuid}"
            may = {(Role.HR.value, None)} | (
                {(Role.UNIT_ADMIN.value, claim.unit_id)} if verb == "decided" else set()
            )
            if not held[who] & may:
                yield f"{verb} by somebody of another unit: {claim.uuid}"


def _officers() -> Iterator[str]:
    """Roles of the whole school come from two officers."""
    roles = (Role.HR.value, Role.AUDITOR.value)
    confirmed = {
        (one.person_id, one.role)
        for one in db.session.scalars(select(RoleProposal).where(RoleProposal.state == "confirmed"))
    }
    grants = list(db.session.scalars(select(Grant).where(Grant.role.in_(roles)).order_by(Grant.id)))
    for grant in grants[HOLDERS_AT_FIRST:]:
        if (grant.person_id, grant.role) not in confirmed:
            yield f"a role without a second officer: {grant.role} of {grant.person_id}"
