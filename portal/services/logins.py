"""Opens, turns and ends login sessions."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.extensions import db
from portal.models import Attempt, Grant, Login, Person
from portal.queries.logins import HAT_OF_ROLE, SignedIn, holds_today
from portal.rules.access import Actor
from portal.rules.refusals import NotPermitted, RuleBroken
from portal.rules.vocabulary import Hat, Role
from portal.services import attempts, events, passwords, second_factors
from portal.services.attempts import TooManyAttempts as TooManyAttempts
from portal.services.attempts import refuse_when_too_many as refuse_when_too_many

MAX_SESSIONS = 5
WRONG = "工号或密码不正确，或该账号没有所选身份。"


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session; `token` goes into the cookie and is stored nowhere else."""

    token: str
    hat: Hat


@dataclass(frozen=True, slots=True)
class Half:
    """The password was right and the app's code is still to come; kept in the browser's signed cookie."""

    username: str
    hat: Hat
    mark: str


@dataclass(frozen=True, slots=True)
class Entrant:
    """Somebody at the door who may wear the hat."""

    actor: Actor
    password_hash: str


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
) -> Opened | Half:
    """Check the password and open a session in the hat; the browser's own earlier one, `replaces`, ends.

    Where the hat asks for the person's app, Half says how far it came and no session is open yet.
    Raises TooManyAttempts, or RuleBroken with one sentence whatever was wrong.
    """
    username = username.strip()[:32]
    refuse_when_too_many(username, address, now)
    found = db.session.execute(
        select(Person.id, Person.password_hash).where(Person.username == username)
    ).one_or_none()
    db.session.rollback()  # hashing must not hold a read snapshot
    fits = passwords.verify(found.password_hash if found else None, password)
    stale = fits and found is not None and passwords.outdated(found.password_hash)
    rehashed = passwords.hash_password(password) if stale else None
    done: Opened | Half | None = None
    with write_tx() as session:
        refuse_when_too_many(username, address, now, session)  # guesses sent side by side count as well
        entrant = enter(session, username, hat, today) if fits else None
        # the password may have been changed, or the account disabled, while the hash was computed
        if entrant and found and entrant.password_hash == found.password_hash:
            if rehashed:
                session.execute(update(Person).where(Person.id == found.id).values(password_hash=rehashed))
            if hat is not Hat.PERSON and second_factors.has(session, found.id):
                done = Half(username, hat, mark_of(rehashed or entrant.password_hash))
            else:
                done = admit(session, entrant, now=now, address=address, agent=agent, replaces=replaces)
        else:
            attempts.count(session, username, address, now)
            session.execute(delete(Attempt).where(Attempt.at < now - timedelta(days=1)))
    if done is None:
        raise RuleBroken(WRONG)
    return done


def mark_of(password_hash: str) -> str:
    """Ties a half-finished sign-in to the password it was begun with."""
    return hashlib.sha256(password_hash.encode()).hexdigest()[:16]


def enter(session: Session, username: str, hat: Hat, today: date) -> Entrant | None:
    """Somebody who may wear the hat today, locked until the commit; None for anybody else."""
    row = session.execute(
        select(Person.id, Person.uuid, Person.name, Person.unit_id, Person.password_hash)
        .where(Person.username == username, Person.disabled_at.is_(None))
        .with_for_update(key_share=True)
    ).one_or_none()
    if row is None or row.password_hash is None:
        return None
    granted, acts_for = _hat_unit(session, row.id, hat, today)
    actor = Actor(
        person_id=row.id,
        person_uuid=row.uuid,
        username=username,
        name=row.name,
        unit_id=row.unit_id,
        unit_name="",
        hat=hat,
        hats=(hat,),
        acts_for=acts_for,
    )
    return Entrant(actor, row.password_hash) if granted else None


def admit(
    session: Session, entrant: Entrant, *, now: datetime, address: str, agent: str, replaces: str
) -> Opened:
    """Open the session of somebody who has proved everything; failures so far are forgiven."""
    actor = replace(entrant.actor, address=address)
    session.execute(
        update(Login)
        .where(Login.token_hash == token_hash(replaces), Login.ended_at.is_(None))
        .values(ended_at=now)
    )
    opened = _open(
        session,
        actor.person_id,
        actor.hat,
        actor.acts_for,
        now=now,
        confirmed=now,
        address=address,
        agent=agent,
    )
    session.execute(delete(Attempt).where(Attempt.username == actor.username))
    events.record(session, actor, "signed-in", "person", actor.person_uuid, now=now)
    return opened


def switch_hat(
    who: SignedIn, hat: Hat, *, now: datetime, today: date, agent: str, code: str | None = None, key: bytes
) -> Opened:
    """End this session and open another in a granted hat.

    Raises NotPermitted otherwise, second_factors.CodeNeeded where the hat asks for the person's app and no
    `code` is given, RuleBroken for a wrong one, TooManyAttempts.
    """
    actor = who.actor
    if code is not None:
        refuse_when_too_many(actor.username, actor.address, now)
    opened = None
    with write_tx() as session:
        granted, unit_id = _hat_unit(session, actor.person_id, hat, today)
        if not granted:
            raise NotPermitted("您没有被授予这个身份。")
        asked = hat is not Hat.PERSON and second_factors.has(session, actor.person_id)
        if asked and code is None:
            raise second_factors.CodeNeeded
        if asked and not second_factors.passes(session, actor.person_id, code or "", now=now, key=key):
            attempts.count(session, actor.username, actor.address, now)
        else:
            session.execute(update(Login).where(Login.id == who.login_id).values(ended_at=now))
            opened = _open(
                session,
                actor.person_id,
                hat,
                unit_id,
                now=now,
                confirmed=who.confirmed_at,
                address=actor.address,
                agent=agent,
                created=who.created_at,
            )
            events.record(session, actor, "hat-switched", "person", actor.person_uuid, now=now, hat=hat.value)
    if opened is None:
        raise RuleBroken(second_factors.WRONG, {"code": [second_factors.WRONG]})
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
            attempts.count(session, username, address, now)
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
            attempts.count(session, username, address, now)
        raise RuleBroken("当前密码不正确。", {"current": ["当前密码不正确，请重新输入。"]})
    made = passwords.hash_password(new)
    with write_tx() as session:
        session.execute(update(Person).where(Person.id == who.actor.person_id).values(password_hash=made))
        end_all(session, who.actor.person_id, now=now)
        events.record(session, who.actor, "password-changed", "person", who.actor.person_uuid, now=now)


def end_all(session: Session, person_id: int, *, now: datetime) -> None:
    """End every session of a person, within the caller's transaction."""
    session.execute(
        update(Login).where(Login.person_id == person_id, Login.ended_at.is_(None)).values(ended_at=now)
    )


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
