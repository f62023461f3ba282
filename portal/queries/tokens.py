"""Reads tokens of the machine interface: all of them for HR, and the one behind a request."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.models import MachineToken, Person, Unit
from portal.rules.access import Actor
from portal.rules.machines import Machine, Scope
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import Hat

_Creator, _Revoker = aliased(Person), aliased(Person)


@dataclass(frozen=True, slots=True)
class Presented:
    """A token somebody presented that is one of ours. `fault` is "", `revoked` or `expired`."""

    machine: Machine
    fault: str


def tokens(actor: Actor) -> Sequence[Any]:
    """Every token, newest first. Raises NotFound for anybody but HR."""
    if actor.hat is not Hat.HR:
        raise NotFound()
    return db.session.execute(
        select(
            *(MachineToken.uuid, MachineToken.name, MachineToken.mark, MachineToken.scopes),
            *(MachineToken.platform, MachineToken.created_at, MachineToken.expires_on),
            *(MachineToken.last_used_on, MachineToken.revoked_at),
            Unit.name.label("unit_name"),
            _Creator.name.label("creator"),
            _Revoker.name.label("revoker"),
        )
        .join(_Creator, _Creator.id == MachineToken.creator_id)
        .outerjoin(_Revoker, _Revoker.id == MachineToken.revoker_id)
        .outerjoin(Unit, Unit.id == MachineToken.unit_id)
        .order_by(MachineToken.id.desc())
    ).all()


def presented(digest: str, today: date, *, address: str = "") -> Presented | None:
    """Whose token has this digest; None for nobody's."""
    row = db.session.execute(
        select(
            *(MachineToken.id, MachineToken.uuid, MachineToken.name, MachineToken.token_hash),
            *(MachineToken.scopes, MachineToken.platform, MachineToken.unit_id, MachineToken.expires_on),
            *(MachineToken.revoked_at, Unit.code.label("unit_code")),
        )
        .outerjoin(Unit, Unit.id == MachineToken.unit_id)
        .where(MachineToken.token_hash == digest)
    ).one_or_none()
    if row is None or not hmac.compare_digest(row.token_hash, digest):
        return None
    machine = Machine(
        token_id=row.id,
        token_uuid=row.uuid,
        name=row.name,
        scopes=frozenset(Scope(one) for one in row.scopes),
        platform=row.platform,
        unit_id=row.unit_id,
        unit_code=row.unit_code,
        address=address,
    )
    fault = "revoked" if row.revoked_at else ("expired" if today > row.expires_on else "")
    return Presented(machine, fault)
