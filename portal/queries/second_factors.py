"""Reads whether somebody has a second factor, and since when."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from portal.extensions import db
from portal.models import RecoveryCode, SecondFactor
from portal.rules.access import Actor


def own(actor: Actor) -> Any | None:
    """Since when the actor's app is asked for (`confirmed_at`), and how many recovery codes are `left`."""
    return db.session.execute(
        select(
            SecondFactor.confirmed_at,
            select(func.count())
            .select_from(RecoveryCode)
            .where(RecoveryCode.factor_id == SecondFactor.id, RecoveryCode.used_at.is_(None))
            .scalar_subquery()
            .label("left"),
        ).where(SecondFactor.person_id == actor.person_id, SecondFactor.confirmed_at.is_not(None))
    ).one_or_none()
