"""Reads who holds HR's and the auditors' roles, and which changes wait for a second officer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.models import Grant, Person, RoleProposal, Unit
from portal.queries.logins import holds_today
from portal.rules.vocabulary import Role

RECENT = 20  # decided proposals shown
_Proposer, _Decider = aliased(Person), aliased(Person)


def holders(today: date) -> Sequence[Any]:
    """Everybody who is HR or auditor today, HR first."""
    return db.session.execute(
        select(
            Grant.role,
            Grant.valid_from,
            Person.id.label("person_id"),
            Person.username,
            Person.name,
            Person.disabled_at,
            Unit.name.label("unit_name"),
        )
        .join(Person, Person.id == Grant.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .where(Grant.role.in_((Role.HR.value, Role.AUDITOR.value)), holds_today(today))
        .order_by(Grant.role.desc(), Grant.id)
    ).all()


def proposals() -> Sequence[Any]:
    """Waiting proposals, oldest first, then the latest decided ones."""
    rows = (
        select(
            RoleProposal.uuid,
            RoleProposal.role,
            RoleProposal.gives,
            RoleProposal.state,
            RoleProposal.person_id,
            RoleProposal.proposer_id,
            RoleProposal.proposed_at,
            RoleProposal.decided_at,
            Person.name,
            Person.username,
            _Proposer.name.label("proposer"),
            _Decider.name.label("decider"),
        )
        .join(Person, Person.id == RoleProposal.person_id)
        .join(_Proposer, _Proposer.id == RoleProposal.proposer_id)
        .outerjoin(_Decider, _Decider.id == RoleProposal.decider_id)
    )
    waiting = db.session.execute(rows.where(RoleProposal.state == "pending").order_by(RoleProposal.id)).all()
    decided = db.session.execute(
        rows.where(RoleProposal.state != "pending").order_by(RoleProposal.id.desc()).limit(RECENT)
    ).all()
    return [*waiting, *decided]
