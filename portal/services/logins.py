"""Opens, turns and ends login sessions."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.extensions import db
from portal.models import Attempt, Grant, Login, Person
from portal.queries.logins import HAT_OF_ROLE, SignedIn, failures_since, holds_today
from portal.rules.access import Actor
from portal.rules.refusals import NotFound, NotPermitted, Refusal, RuleBroken
from portal.rules.vocabulary import Hat, Role
from portal.services import events, passwords

MAX_SESSIONS = 5
WINDOW = timedelta(minutes=5)
LIMITS = (10, 30, 1000)  # failures in the window: of one account, from one address, in all
WRONG = "工号或密码不正确，或该账号没有所选身份。"


class TooManyAttempts(Refusal):
    """Too many failures of late; the same answer for known and unknown accounts."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session; `token` goes into the cookie and is stored nowhere else."""

    token: str
    hat: Hat


def token_hash(token: str) -> str:
    """What the database knows of a cookie's number."""
    return hashlib.sha256(token.encode()).hexdigest()


def sign_in(
    username: str,
    password: str,
    hat: Hat,
    *,
    now: datetime,
    today: date,
    address: str,
    agent: str,
    replaces: str = "",
) -> Opened:
    """Check the password and open a session in the hat; the browser's own earlier one, `replaces`, ends.

    Raises TooManyAttempts, or RuleBroken with one sentence whatever was wrong.
    """
    username = username.strip()[:32]
    refuse_when_too_many(username, address, now)
    found = db.session.execute(
        select(
            Person.id, Person.uuid, Person.name, Person.unit_id, Person.password_hash, Person.disabled_at
        ).where(Person.username == username)
    ).one_or_none()
    db.session.rollback()  # hashing must not hold a read snapshot
    fits = passwords.verify(found.password_hash if found else None, password)
    rehashed = (
        passwords.hash_password(password)
        if fits and found and passwords.outdated(found.password_hash)
        else None
    )
    granted, unit_id = (False, None)
    opened: Opened | None = None
    with write_tx() as session:
        if fits and found and found.disabled_at is None:
            granted, unit_id = _hat_unit(session, found.id, hat, today)
        if found and granted:
            if rehashed:
                session.execute(update(Person).where(Person.id == found.id).values(password_hash=rehashed))
            session.execute(
                update(Login)
                .where(Login.token_hash == token_hash(replaces), Login.ended_at.is_(None))
                .values(ended_at=now)
            )
            opened = _open(
                session, found.id, hat, unit_id, now=now, confirmed=now, address=address, agent=agent
            )
            session.execute(delete(Attempt).where(Attempt.username == username))
            actor = Actor(
                person_id=found.id,
                person_uuid=found.uuid,
                username=username,
                name=found.name,
                unit_id=found.unit_id,
                unit_name="",
                hat=hat,
                hats=(hat,),
                acts_for=unit_id,
                address=address,
            )
            events.record(session, actor, "signed-in", "person", found.uuid, now=now)
        else:
            session.add(Attempt(username=username, address=address, at=now))
            session.execute(delete(Attempt).where(Attempt.at < now - timedelta(days=1)))
    if opened is None:
        raise RuleBroken(WRONG)
    return opened


def switch_hat(who: SignedIn, hat: Hat, *, now: datetime, today: date, agent: str) -> Opened:
    """End this session and open another in a granted hat. Raises NotPermitted otherwise."""
    with write_tx() as session:
        granted, unit_id = _hat_unit(session, who.actor.person_id, hat, today)
        if not granted:
            raise NotPermitted("您没有被授予这个身份。")
        session.execute(update(Login).where(Login.id == who.login_id).values(ended_at=now))
        opened = _open(
            session,
            who.actor.person_id,
            hat,
            unit_id,
            now=now,
            confirmed=who.confirmed_at,
            address=who.actor.address,
            agent=agent,
            created=who.created_at,
        )
        events.record(
            session, who.actor, "hat-switched", "person", who.actor.person_uuid, now=now, hat=hat.value
        )
    return opened


def sign_out(who: SignedIn, *, now: datetime) -> None:
    """End this session; its cookie is worthless from now on."""
    with write_tx() as session:
        session.execute(update(Login).where(Login.id == who.login_id).values(ended_at=now))
        events.record(session, who.actor, "signed-out", "person", who.actor.person_uuid, now=now)


def confirm(who: SignedIn, password: str, *, now: datetime) -> None:
    """The person gave the password again. Raises RuleBroken when it is wrong, TooManyAttempts."""
    username, address = who.actor.username, who.actor.address
    refuse_when_too_many(username, address, now)
    stored = db.session.scalar(select(Person.password_hash).where(Person.id == who.actor.person_id))
    db.session.rollback()
    fits = passwords.verify(stored, password)
    with write_tx() as session:
        if fits:
            session.execute(update(Login).where(Login.id == who.login_id).values(confirmed_at=now))
        else:
            session.add(Attempt(username=username, address=address, at=now))
    if not fits:
        raise RuleBroken("密码不正确。", {"password": ["密码不正确，请重新输入。"]})


def change_password(who: SignedIn, current: str, new: str, *, now: datetime) -> None:
    """Set another password and end every session of the person, this one included.

    Raises RuleBroken when the current one is wrong, TooManyAttempts.
    """
    username, address = who.actor.username, who.actor.address
    refuse_when_too_many(username, address, now)
    stored = db.session.scalar(select(Person.password_hash).where(Person.id == who.actor.person_id))
    db.session.rollback()
    if not passwords.verify(stored, current):
        with write_tx() as session:
            session.add(Attempt(username=username, address=address, at=now))
        raise RuleBroken("当前密码不正确。", {"current": ["当前密码不正确，请重新输入。"]})
    made = passwords.hash_password(new)
    with write_tx() as session:
        session.execute(update(Person).where(Person.id == who.actor.person_id).values(password_hash=made))
        end_all(session, who.actor.person_id, now=now)
        events.record(session, who.actor, "password-changed", "person", who.actor.person_uuid, now=now)


def end_one(who: SignedIn, uuid: UUID, *, now: datetime) -> bool:
    """End one of the person's own live sessions; True when it is the one asking. Raises NotFound."""
    with write_tx() as session:
        ended = session.execute(
            update(Login)
            .where(Login.uuid == uuid, Login.person_id == who.actor.person_id, Login.ended_at.is_(None))
            .values(ended_at=now)
            .returning(Login.id)
        ).one_or_none()
        if ended is None:
            raise NotFound
        events.record(session, who.actor, "session-ended", "person", who.actor.person_uuid, now=now)
        return bool(ended.id == who.login_id)


def end_others(who: SignedIn, *, now: datetime) -> int:
    """End every live session of the person but the one asking; returns how many."""
    with write_tx() as session:
        ended = session.scalars(
            update(Login)
            .where(Login.person_id == who.actor.person_id, Login.ended_at.is_(None), Login.id != who.login_id)
            .values(ended_at=now)
            .returning(Login.id)
        ).all()
        if ended:
            events.record(session, who.actor, "session-ended", "person", who.actor.person_uuid, now=now)
        return len(ended)


def end_all(session: Session, person_id: int, *, now: datetime) -> None:
    """End every session of a person, within the caller's transaction."""
    session.execute(
        update(Login).where(Login.person_id == person_id, Login.ended_at.is_(None)).values(ended_at=now)
    )


def refuse_when_too_many(username: str, address: str, now: datetime) -> None:
    """Raises TooManyAttempts after too many failures of the account, from the address, or in all."""
    counts = failures_since(db.session(), now - WINDOW, username=username, address=address)
    if any(count >= limit for count, limit in zip(counts, LIMITS, strict=True)):
        raise TooManyAttempts("登录失败次数过多，请 5 分钟后再试。")


def _hat_unit(session: Session, person_id: int, hat: Hat, today: date) -> tuple[bool, int | None]:
    """Whether the hat is granted today, and the unit it acts for."""
    if hat is Hat.PERSON:
        return True, None
    role = next(role for role, worn in HAT_OF_ROLE.items() if worn is hat)
    grant = session.execute(
        select(Grant.unit_id)
        .where(Grant.person_id == person_id, Grant.role == Role(role).value, holds_today(today))
        .order_by(Grant.id)
    ).first()
    return (True, grant.unit_id) if grant else (False, None)


def _open(
    session: Session,
    person_id: int,
    hat: Hat,
    unit_id: int | None,
    *,
    now: datetime,
    confirmed: datetime,
    address: str,
    agent: str,
    created: datetime | None = None,
) -> Opened:
    token = secrets.token_urlsafe(32)
    live = session.scalars(
        select(Login.id)
        .where(Login.person_id == person_id, Login.ended_at.is_(None))
        .order_by(Login.id.desc())
        .offset(MAX_SESSIONS - 1)
    ).all()
    if live:
        session.execute(update(Login).where(Login.id.in_(live)).values(ended_at=now))
    session.add(
        Login(
            token_hash=token_hash(token),
            person_id=person_id,
            hat=hat.value,
            unit_id=unit_id,
            created_at=created or now,
            confirmed_at=confirmed,
            address=address[:64],
            agent=agent[:200],
        )
    )
    session.flush()
    return Opened(token, hat)
