"""Issues and redeems one-time codes: a colleague hands one over, it sets a password, never a session."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.extensions import db
from portal.models import Attempt, Code, Grant, Person
from portal.queries.logins import holds_today
from portal.rules.access import Actor
from portal.rules.refusals import Conflict, NotFound, NotPermitted, RuleBroken
from portal.rules.vocabulary import Hat, Role
from portal.services import events, logins, passwords
from portal.services.messages import tell

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"  # base32: 5 bits each
LENGTH = 10
LIFE = timedelta(minutes=30)
TRIES = 5
WRONG = "工号或一次性代码不正确，或代码已失效。"


def issue(session: Session, person_id: int, issuer_id: int | None, now: datetime) -> str:
    """A new code for the person, within the caller's transaction; earlier ones stop working.

    The caller has checked who may do this and records the event. The code is stored nowhere.
    """
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    session.execute(
        update(Code).where(Code.person_id == person_id, Code.ended_at.is_(None)).values(ended_at=now)
    )
    session.add(
        Code(
            person_id=person_id,
            issuer_id=issuer_id,
            code_hash=_hash(person_id, code),
            issued_at=now,
            expires_at=now + LIFE,
        )
    )
    session.flush()
    tell(
        session,
        [person_id],
        "code-issued",
        title="已为您发放一次性代码，用于重置密码",
        body=f"代码在 {LIFE.seconds // 60} 分钟内有效，由发放人当面或电话告知。不是您本人要求的，"
        "请尽快修改密码并联系人事处。",
        link="/account",
        now=now,
    )
    return code


def issue_to(actor: Actor, uuid: UUID, *, now: datetime, today: date) -> str:
    """A code for somebody the actor looks after: a unit's admin for the unit's own people, HR for all.

    Nobody issues to an HR officer or an auditor here (that takes a second officer and the command line),
    and a unit's admin not to another admin. Raises NotFound outside the actor's scope, NotPermitted,
    Conflict for a disabled account.
    """
    with write_tx() as session:
        person = session.execute(
            select(Person.id.label("person_id"), Person.name, Person.unit_id, Person.disabled_at).where(
                Person.uuid == uuid
            )
        ).one_or_none()
        if person is None or (actor.hat is Hat.UNIT and person.unit_id != actor.acts_for):
            raise NotFound
        refusal = refused(session, actor, person.person_id, today)
        if refusal:
            raise NotPermitted(refusal)
        if person.disabled_at is not None:
            raise Conflict(f"{person.name}的账号已停用，启用后才能发放代码。")
        code = issue(session, person.person_id, actor.person_id, now)
        if actor.hat is Hat.UNIT:
            _tell_officers(session, actor, person, uuid, now, today)
        events.record(session, actor, "code-issued", "person", uuid, now=now)
        return code


def _tell_officers(
    session: Session, actor: Actor, person: Any, uuid: UUID, now: datetime, today: date
) -> None:
    """HR sees each code a unit's admin hands out, so that nobody enters as somebody else unnoticed."""
    officers = session.scalars(
        select(Grant.person_id).where(Grant.role == Role.HR.value, holds_today(today))
    ).all()
    tell(
        session,
        officers,
        "code-issued-by-unit",
        title=f"{actor.name}为{person.name}发放了一次性代码",
        body="用于重置密码。如无相应申请，请核实。",
        link=f"/hr/audit?action=code-issued&since={today}",
        about=uuid,
        now=now,
    )


def refused(session: Session, actor: Actor, person_id: int, today: date) -> str:
    """Why the actor may not issue to that person, as a sentence; "" when allowed."""
    if person_id == actor.person_id:
        return "不能给自己发放代码，请在“账号”页修改密码。"
    if actor.hat not in (Hat.UNIT, Hat.HR):
        return "没有发放代码的权限。"
    held = set(
        session.scalars(select(Grant.role).where(Grant.person_id == person_id, holds_today(today))).all()
    )
    if held & {Role.HR.value, Role.AUDITOR.value}:
        return "人事处和审计人员的密码不能在这里重置，请联系系统管理员。"
    if actor.hat is Hat.UNIT and Role.UNIT_ADMIN.value in held:
        return "平台管理员的密码由人事处重置。"
    return ""


def redeem(username: str, code: str, password: str, *, now: datetime, address: str) -> None:
    """Set the password with a code; every session of the person ends, none begins.

    Raises RuleBroken with one sentence whatever was wrong, logins.TooManyAttempts. The password's own
    rules have been checked.
    """
    username, code = username.strip()[:32], _plain(code)
    logins.refuse_when_too_many(username, address, now)
    db.session.rollback()
    made = passwords.hash_password(password)  # before looking, so that every answer takes as long
    with write_tx() as session:
        found = _live(session, username, now)
        fits = found is not None and hmac.compare_digest(found.code_hash, _hash(found.person_id, code))
        if found is not None and fits:
            _set_password(session, found, made, now, address)
        else:
            _count_failure(session, found, username, address, now)
    if not fits:
        raise RuleBroken(WRONG)


def dismiss_notice(actor: Actor, *, now: datetime) -> None:
    """The person has read that the password was reset."""
    with write_tx() as session:
        session.execute(
            update(Code)
            .where(Code.person_id == actor.person_id, Code.redeemed_at.is_not(None), Code.seen_at.is_(None))
            .values(seen_at=now)
        )


def _live(session: Session, username: str, now: datetime) -> Any:
    return session.execute(
        select(Code.id, Code.person_id, Code.issuer_id, Code.code_hash, Code.tries, Person.uuid)
        .join(Person, Person.id == Code.person_id)
        .where(
            Person.username == username,
            Person.disabled_at.is_(None),
            Code.ended_at.is_(None),
            Code.expires_at > now,
        )
        .order_by(Code.id.desc())
        .limit(1)
        .with_for_update(of=Code)
    ).one_or_none()


def _set_password(session: Session, found: Any, made: str, now: datetime, address: str) -> None:
    session.execute(update(Code).where(Code.id == found.id).values(ended_at=now, redeemed_at=now))
    session.execute(update(Person).where(Person.id == found.person_id).values(password_hash=made))
    logins.end_all(session, found.person_id, now=now)
    events.record(
        session,
        None,
        "password-reset",
        "person",
        found.uuid,
        now=now,
        issuer=found.issuer_id,
        from_address=address,
    )


def _count_failure(session: Session, found: Any, username: str, address: str, now: datetime) -> None:
    session.add(Attempt(username=username, address=address, at=now))
    if found is None:
        return
    tries = found.tries + 1
    session.execute(
        update(Code).where(Code.id == found.id).values(tries=tries, ended_at=now if tries >= TRIES else None)
    )


def _plain(code: str) -> str:
    """As issued, however it was typed: spaces and hyphens dropped, capitals."""
    return "".join(character for character in code.upper() if character.isalnum())[:64]


def _hash(person_id: int, code: str) -> str:
    return hashlib.sha256(f"{person_id}:{code}".encode()).hexdigest()
