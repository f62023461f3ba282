"""Fills an empty database and evidence store with the invented campus."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.database import write_tx
from portal.demo import (
    accounts,
    books,
    certificates,
    chain,
    course_imports,
    evidence,
    group_filing,
    history,
    machines,
    messages,
    notices,
    offices,
    people_requests,
    policy_readings,
    provincial,
    revocations,
    roster,
    situations,
    year,
)
from portal.demo.desk import Desk
from portal.demo.drafts import at
from portal.demo.people import Staff, staff
from portal.demo.units import UNITS
from portal.models import (
    Claim,
    CourseRecord,
    Event,
    EventHead,
    EvidenceFile,
    Grant,
    Person,
    PersonYear,
    Unit,
)
from portal.rules.access import Actor
from portal.rules.vocabulary import Hat
from portal.services import passwords

SEED = 20251125
ISSUED_FROM = at(situations.TODAY - timedelta(days=1), 10)  # after the last of the other events
BATCH = 2000


def campus(app: Flask, settings: Settings) -> None:
    """Write everything: tables in one transaction, evidence as files, certificates through their service."""
    rng = Random(SEED)  # noqa: S311  (the same campus every time, nothing secret)
    hashed = passwords.hash_password(accounts.PASSWORD)  # slow on purpose, so one for all accounts
    people = staff(rng)
    desk = Desk(rng, people)
    situations.accounts(desk)
    situations.queue(desk)
    history.everyday(desk)
    courses = history.courses(desk)
    suspect = revocations.claims(desk)
    policies = app.extensions["portal.policies"]
    books.number_approvals(desk.drafts)
    standing = books.settle(desk.drafts, courses, policies, now=ISSUED_FROM)
    drafts = sorted(desk.drafts, key=lambda one: (one.made, one.uuid))
    ids = {draft.uuid: number for number, draft in enumerate(drafts, start=1)}
    proofs = list(evidence.attach(drafts, ids, app.extensions["portal.store"], policies, rng))
    claims = [draft.row(ids[draft.uuid], policies) for draft in drafts]
    events = chain.events(drafts)
    with write_tx() as session:
        _insert(session, Unit, [{"id": one.id, "code": one.code, "name": one.name} for one in UNITS])
        known = {account.username for account in accounts.ACCOUNTS}
        _insert(session, Person, [one.row(hashed if one.username in known else None) for one in people])
        _insert(session, Grant, [one.grant() for one in people if one.role])
        _insert(session, CourseRecord, courses)
        _insert_claims(session, claims, proofs)
        _insert(session, PersonYear, standing)
        _insert(session, Event, events)
        head = {"last_id": events[-1]["id"], "digest": events[-1]["digest"]}
        session.execute(update(EventHead).where(EventHead.id == 1).values(head))
        _advance_sequences(session)
    certificates.settle(desk, app, settings, _actor, _minutes)
    people_requests.settle(people, _actor, settings.school, _minutes)
    offices.settle(people, _actor, _minutes)
    roster.settle(people, _actor, _minutes)
    folder = settings.instance / "imports"
    course_imports.settle(people, _actor, _minutes, policies=policies, folder=folder)
    group_filing.settle(people, _actor, app.extensions["portal.store"], policies, _minutes)
    year.settle(people, _actor, policies, _minutes)
    messages.settle(_minutes)
    notices.settle(people, _actor, _minutes)
    machines.settle(people, _actor, _minutes)
    policy_readings.settle(people, _actor, policies, _minutes)
    provincial.settle(people, _actor, policies, _minutes)
    revocations.settle(suspect, people, _actor, _minutes)


def _insert(session: Session, table: Any, rows: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(rows), BATCH):
        session.execute(insert(table), rows[start : start + BATCH])


def _insert_claims(
    session: Session, claims: Sequence[dict[str, Any]], proofs: Sequence[dict[str, Any]]
) -> None:
    """Evidence cannot be added to a decided claim, so claims arrive undecided and are decided after it."""
    undecided = {
        "status": "draft",
        **dict.fromkeys(("decided_at", "decider_id", "revoked_at", "revoker_id", "revoked_kind", "credited")),
        **dict.fromkeys(("approved_quarters", "approved_subject", "approval_number", "policy_id")),
    }
    _insert(session, Claim, [{**row, **undecided} for row in claims])
    _insert(session, EvidenceFile, proofs)
    names = ("id", *undecided)
    fates = [{name: row[name] for name in names} for row in claims if row["status"] != "draft"]
    session.execute(update(Claim), fates)


def _advance_sequences(session: Session) -> None:
    """PostgreSQL does not count ids that were given; SQLite does."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for table in (Unit, Person, Claim):
        name = table.__tablename__
        session.execute(
            select(
                func.setval(
                    func.pg_get_serial_sequence(name, "id"), select(func.max(table.id)).scalar_subquery()
                )
            )
        )


def _minutes(later: int) -> datetime:
    return ISSUED_FROM + timedelta(minutes=later)


def _actor(person: Staff, hat: Hat) -> Actor:
    return Actor(
        person_id=person.id,
        person_uuid=person.uuid,
        username=person.username,
        name=person.name,
        unit_id=person.unit.id,
        unit_name=person.unit.name,
        hat=hat,
        hats=(hat,),
        acts_for=person.unit.id if hat is Hat.UNIT else None,
    )
