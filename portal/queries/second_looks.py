"""Reads how much waits for a second officer of HR: what a colleague proposed, or may not decide alone."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.models import (
    Claim,
    CourseHold,
    PolicyConfirmation,
    RevocationItem,
    RevocationProposal,
    RoleProposal,
)
from portal.queries.policy_confirmations import digest
from portal.rules.access import Actor
from portal.rules.policy import Policy


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many of each the actor could decide: neither theirs nor about them."""

    roles: int
    courses: int  # imports whose importer is among the people
    readings: int
    revocations: int


def waiting(actor: Actor, policy: Policy) -> Waiting:
    """What waits for this officer. One statement."""
    person = actor.person_id
    asked = (_roles(person), _courses(person), _readings(person, policy), _revocations(person))
    return Waiting(*db.session.execute(select(*asked)).one())


def _roles(person: int) -> ScalarSelect[int]:
    return (
        select(func.count(RoleProposal.id))
        .where(
            RoleProposal.state == "pending",
            RoleProposal.proposer_id != person,
            RoleProposal.person_id != person,
        )
        .scalar_subquery()
    )


def _courses(person: int) -> ScalarSelect[int]:
    return (
        select(func.count(CourseHold.batch_id))
        .where(CourseHold.state == "pending", CourseHold.importer_id != person)
        .scalar_subquery()
    )


def _readings(person: int, policy: Policy) -> ScalarSelect[int]:
    """Proposals that are the last word on a reading as it is worded now."""
    later = aliased(PolicyConfirmation)
    answered = (
        select(later.id)
        .where(
            later.policy_id == PolicyConfirmation.policy_id,
            later.interpretation_id == PolicyConfirmation.interpretation_id,
            later.digest == PolicyConfirmation.digest,
            later.step > PolicyConfirmation.step,
        )
        .exists()
    )
    return (
        select(func.count(PolicyConfirmation.id))
        .where(
            PolicyConfirmation.policy_id == policy.id,
            PolicyConfirmation.digest.in_([digest(one) for one in policy.interpretations]),
            PolicyConfirmation.deed == "propose",
            PolicyConfirmation.person_id != person,
            ~answered,
        )
        .scalar_subquery()
    )


def _revocations(person: int) -> ScalarSelect[int]:
    concerned = (
        select(Claim.id)
        .join(RevocationItem, RevocationItem.claim_id == Claim.id)
        .where(RevocationItem.proposal_id == RevocationProposal.id, Claim.person_id == person)
        .exists()
    )
    return (
        select(func.count(RevocationProposal.id))
        .where(RevocationProposal.state == "pending", RevocationProposal.proposer_id != person, ~concerned)
        .scalar_subquery()
    )
