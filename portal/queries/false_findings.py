"""Reads one finding of false material, for HR to correct."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from portal.extensions import db
from portal.models import Claim, Person, Unit
from portal.rules.access import Actor
from portal.rules.refusals import Conflict, NotFound
from portal.rules.vocabulary import Hat, RevocationKind, Status

NONE = "这项申报没有“虚假材料”的认定，或认定已经更正。"


def finding(actor: Actor, uuid: UUID) -> Any:
    """The revoked claim, whose it is and who found it false. Raises NotFound (others than HR), Conflict."""
    revoker = aliased(Person)
    row = db.session.execute(
        select(
            *(Claim.uuid, Claim.title, Claim.person_id, Claim.revoked_at, Claim.revoked_reason),
            *(Claim.revoked_kind, Claim.revoker_id, revoker.name.label("revoker")),
            *(Person.name, Person.username, Unit.name.label("unit_name")),
        )
        .join(Person, Person.id == Claim.person_id)
        .join(Unit, Unit.id == Claim.unit_id)
        .outerjoin(revoker, revoker.id == Claim.revoker_id)
        .where(Claim.uuid == uuid, Claim.status != Status.DRAFT.value)
    ).one_or_none()
    if actor.hat is not Hat.HR or row is None:
        raise NotFound()
    if row.revoked_kind != RevocationKind.FALSE.value:
        raise Conflict(NONE)
    return row
