"""Moves a person to another unit: what waits goes along, what was decided stays where it was decided."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.models import Claim, Grant, Person, PersonRequest
from portal.rules.vocabulary import RequestKind, Role, Status


def move_person(session: Session, person_id: int, unit_id: int, *, today: date) -> int:
    """Put the person into the unit, within the caller's transaction; answers how many claims moved along.

    Pending claims and changes of the record go to the new unit's queue. An admin of a unit is one of its
    people, so grants for other units end with the day before and are worth nothing at once.
    """
    waiting = (Claim.person_id == person_id, Claim.status == Status.PENDING.value)
    session.execute(select(Claim.id).where(*waiting).order_by(Claim.id).with_for_update()).all()
    session.execute(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True)).one()
    session.execute(update(Person).where(Person.id == person_id).values(unit_id=unit_id))
    moved = session.execute(
        update(Claim).where(*waiting, Claim.unit_id != unit_id).values(unit_id=unit_id).returning(Claim.id)
    ).all()
    session.execute(
        update(PersonRequest)
        .where(
            PersonRequest.person_id == person_id,
            PersonRequest.kind == RequestKind.CHANGE.value,
            PersonRequest.status == Status.PENDING.value,
        )
        .values(unit_id=unit_id)
    )
    session.execute(
        update(Grant)
        .where(
            Grant.person_id == person_id,
            Grant.role == Role.UNIT_ADMIN.value,
            Grant.unit_id != unit_id,
            (Grant.valid_until.is_(None)) | (Grant.valid_until >= today),
        )
        .values(valid_until=today - timedelta(days=1))
    )
    return len(moved)
