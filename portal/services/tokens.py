"""Makes and revokes tokens of the machine interface, and notes the days they report."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import MachineToken, Unit
from portal.rules.access import Actor
from portal.rules.machines import Machine, Scope
from portal.rules.refusals import Conflict, NotFound, RuleBroken
from portal.rules.vocabulary import Hat
from portal.services import events

PREFIX = "hours_"  # lets a scanner of source code recognise one that was left lying about
LONGEST = timedelta(days=366)
_MARK = 10  # characters of a token that may be shown


def digest_of(token: str) -> str:
    """What the database knows of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def create(
    actor: Actor,
    name: str,
    scopes: Collection[Scope],
    *,
    expires_on: date,
    now: datetime,
    today: date,
    platform: str | None = None,
    unit: UUID | None = None,
    token: str = "",
) -> str:
    """Make a token and answer it, the only time it is ever known; `token` is given for a demo alone.

    Raises NotFound for anybody but HR, RuleBroken for a bad day, no scope or a unit that is not open.
    """
    if actor.hat is not Hat.HR:
        raise NotFound()
    faults: dict[str, list[str]] = {}
    if not scopes:
        faults["scopes"] = ["请至少选择一项权限。"]
    if Scope.UPDATE in scopes and Scope.WRITE not in scopes:
        faults["scopes"] = [f"“{Scope.UPDATE.label}”须与“{Scope.WRITE.label}”一起选择。"]
    if not today <= expires_on <= today + LONGEST:
        faults["expires_on"] = [f"有效期须在 {today} 至 {today + LONGEST} 之间，到期前可再生成新令牌。"]
    token = token or PREFIX + secrets.token_urlsafe(32)
    with write_tx() as session:
        unit_id = None
        if unit is not None:
            unit_id = session.scalar(select(Unit.id).where(Unit.uuid == unit, Unit.closed_at.is_(None)))
            if unit_id is None:
                faults["unit"] = ["没有这个单位，或单位已关闭，请重新选择。"]
        if faults:
            raise RuleBroken("没有生成令牌。", faults)
        row = MachineToken(
            name=name,
            token_hash=digest_of(token),
            mark=token[:_MARK],
            scopes=sorted(scope.value for scope in scopes),
            platform=platform,
            unit_id=unit_id,
            creator_id=actor.person_id,
            created_at=now,
            expires_on=expires_on,
        )
        session.add(row)
        session.flush()
        events.record(
            session,
            actor,
            "token-created",
            "token",
            row.uuid,
            now=now,
            name=name,
            scopes=row.scopes,
            platform=platform or "",
            expires_on=expires_on.isoformat(),
        )
    return token


def revoke(actor: Actor, uuid: UUID, *, now: datetime) -> None:
    """End a token at once. Raises NotFound, Conflict when it was ended before."""
    if actor.hat is not Hat.HR:
        raise NotFound()
    with write_tx() as session:
        row = session.execute(
            select(MachineToken.id, MachineToken.revoked_at)
            .where(MachineToken.uuid == uuid)
            .with_for_update()
        ).one_or_none()
        if row is None:
            raise NotFound()
        if row.revoked_at is not None:
            raise Conflict("这个令牌已经停用。")
        session.execute(
            update(MachineToken)
            .where(MachineToken.id == row.id)
            .values(revoked_at=now, revoker_id=actor.person_id)
        )
        events.record(session, actor, "token-revoked", "token", uuid, now=now)


def note_use(session: Session, machine: Machine, today: date) -> None:
    """Note the day of a report within the caller's transaction; reading notes none, as a GET never writes."""
    session.execute(
        update(MachineToken)
        .where(
            MachineToken.id == machine.token_id,
            or_(MachineToken.last_used_on.is_(None), MachineToken.last_used_on < today),
        )
        .values(last_used_on=today)
    )


def still_live(session: Session, machine: Machine, today: date) -> bool:
    """Whether the token was neither revoked nor expired meanwhile; holds it until the commit."""
    return (
        session.scalar(
            select(MachineToken.id)
            .where(
                MachineToken.id == machine.token_id,
                MachineToken.revoked_at.is_(None),
                MachineToken.expires_on >= today,
            )
            .with_for_update()
        )
        is not None
    )
