"""Adds, checks and removes second factors: an authenticator app and its recovery codes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import Person, RecoveryCode, SecondFactor
from portal.rules.access import Actor
from portal.rules.one_time import SECRET_BYTES, matching_step
from portal.rules.refusals import Conflict, NotFound, NotPermitted, RuleBroken
from portal.services import attempts, events
from portal.services.messages import tell

RECOVERY_CODES = 10
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"  # base32: 5 bits each
LENGTH = 10
WRONG = "验证码不正确或已使用过，请等待验证器显示下一个再输入。"


class CodeNeeded(Exception):
    """The hat asks for the code of the person's app, and none was given."""


def begin(actor: Actor, *, now: datetime, key: bytes) -> bytes:
    """A new secret, not asked for until confirmed; answers it, and nothing can show it again.

    Raises Conflict when the person has a second factor already.
    """
    nonce = secrets.token_hex(32)
    with write_tx() as session:
        row = _locked(session, actor.person_id)
        if row is not None and row.confirmed_at is not None:
            raise Conflict("您已启用二次验证。如需更换验证器，请先停用。")
        session.execute(delete(SecondFactor).where(SecondFactor.person_id == actor.person_id))
        session.add(SecondFactor(person_id=actor.person_id, nonce=nonce, last_step=0, created_at=now))
    return _secret(key, nonce)


def confirm(actor: Actor, code: str, *, now: datetime, key: bytes) -> list[str]:
    """Ask for the app from now on; answers the recovery codes, which nothing can show again.

    Raises RuleBroken when the app shows another code, Conflict when nothing was begun.
    """
    made = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(RECOVERY_CODES)]
    with write_tx() as session:
        row = _locked(session, actor.person_id)
        if row is None or row.confirmed_at is not None:
            raise Conflict("没有待确认的验证器。请重新添加。")
        step = matching_step(_secret(key, row.nonce), _plain(code), now, after=row.last_step)
        if step is None:
            raise RuleBroken(WRONG, {"code": [WRONG]})
        session.execute(
            update(SecondFactor).where(SecondFactor.id == row.id).values(confirmed_at=now, last_step=step)
        )
        session.add_all(RecoveryCode(factor_id=row.id, code_hash=_hash(key, row.nonce, one)) for one in made)
        events.record(session, actor, "second-factor-added", "person", actor.person_uuid, now=now)
    return made


def has(session: Session, person_id: int) -> bool:
    """Whether the person's app is asked for at sign-in."""
    found = session.scalar(
        select(SecondFactor.id).where(
            SecondFactor.person_id == person_id, SecondFactor.confirmed_at.is_not(None)
        )
    )
    return found is not None


def passes(session: Session, person_id: int, code: str, *, now: datetime, key: bytes) -> bool:
    """Whether the code is the app's or a recovery code, which it uses up; in the caller's transaction."""
    row = _locked(session, person_id)
    if row is None or row.confirmed_at is None:
        return False
    typed = _plain(code)
    step = matching_step(_secret(key, row.nonce), typed, now, after=row.last_step)
    if step is not None:
        session.execute(update(SecondFactor).where(SecondFactor.id == row.id).values(last_step=step))
        return True
    used = session.scalars(
        update(RecoveryCode)
        .where(
            RecoveryCode.factor_id == row.id,
            RecoveryCode.code_hash == _hash(key, row.nonce, typed),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.id)
    ).all()
    return bool(used)


def remove(actor: Actor, code: str, *, now: datetime, key: bytes) -> None:
    """Stop asking for one's own app, against a last code of it: the password alone must not take it away.

    Raises Conflict when there is none, RuleBroken for a wrong code, attempts.TooManyAttempts.
    """
    with write_tx() as session:
        attempts.refuse_when_too_many(actor.username, actor.address, now, session)
        if not has(session, actor.person_id):
            raise Conflict("您没有启用二次验证。")
        fits = passes(session, actor.person_id, code, now=now, key=key)
        if fits:
            session.execute(delete(SecondFactor).where(SecondFactor.person_id == actor.person_id))
            events.record(session, actor, "second-factor-removed", "person", actor.person_uuid, now=now)
        else:
            attempts.count(session, actor.username, actor.address, now)
    if not fits:
        raise RuleBroken(WRONG, {"code": [WRONG]})


def reset(actor: Actor | None, uuid: UUID, *, now: datetime) -> str:
    """Take the lost app of somebody else away, so that the password alone opens; answers the name.

    `actor` None is the command line. Raises NotFound, NotPermitted for oneself, Conflict without one.
    """
    with write_tx() as session:
        person = session.execute(
            select(Person.id.label("person_id"), Person.name).where(Person.uuid == uuid)
        ).one_or_none()
        if person is None:
            raise NotFound
        if actor is not None and actor.person_id == person.person_id:
            raise NotPermitted("自己的二次验证请在“账号”页停用；验证器丢失时，由人事处另一位同事重置。")
        if not has(session, person.person_id):
            raise Conflict(f"{person.name}没有启用二次验证。")
        session.execute(delete(SecondFactor).where(SecondFactor.person_id == person.person_id))
        tell(
            session,
            [person.person_id],
            "second-factor-reset",
            title="您的二次验证已被重置",
            body=f"由{actor.name if actor else '系统管理员'}重置，现在凭密码即可登录。"
            "不是您本人要求的，请尽快修改密码并联系人事处。",
            link="/account/second-factor",
            now=now,
        )
        events.record(session, actor, "second-factor-reset", "person", uuid, now=now)
        return str(person.name)


def _locked(session: Session, person_id: int) -> Any:
    return session.execute(
        select(SecondFactor.id, SecondFactor.nonce, SecondFactor.last_step, SecondFactor.confirmed_at)
        .where(SecondFactor.person_id == person_id)
        .with_for_update()
    ).one_or_none()


def _secret(key: bytes, nonce: str) -> bytes:
    return hmac.new(key, f"second-factor:{nonce}".encode(), hashlib.sha256).digest()[:SECRET_BYTES]


def _hash(key: bytes, nonce: str, code: str) -> str:
    return hmac.new(key, f"recovery:{nonce}:{code}".encode(), hashlib.sha256).hexdigest()


def _plain(code: str) -> str:
    """As shown, however it was typed: spaces and hyphens dropped, capitals."""
    return "".join(sign for sign in code.upper() if sign.isascii() and sign.isalnum())[:64]
