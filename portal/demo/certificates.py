"""Certificates of the demo campus: some of last year, one superseded, one revoked, and a finished batch."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from portal import jobs
from portal.certificate_desk import keyring, press
from portal.config import Settings
from portal.demo.desk import Desk
from portal.demo.people import Staff
from portal.extensions import db
from portal.models import Certificate, PersonYear, Unit
from portal.rules.access import Actor
from portal.rules.vocabulary import Hat
from portal.services import certificate_batches, certificates, prints

YEAR = 2024
ISSUED = 16
PRINTED = ("staff", "staff2", "admin")
SUPERSEDED = "工作部门填写有误，更正后重新打印。"
REVOKED = "姓名登记有误，待本人更正信息后重新打印。"


def settle(
    desk: Desk,
    app: Flask,
    settings: Settings,
    actor: Callable[[Staff, Hat], Actor],
    minutes: Callable[[int], datetime],
) -> None:
    """Issue and print for those who met the year; HR takes two back, of whom one prints anew."""
    ring, machine = keyring(settings), press()
    met = db.session.scalars(
        select(PersonYear.person_id)
        .where(PersonYear.year == YEAR, PersonYear.met)
        .order_by(PersonYear.person_id)
        .limit(ISSUED)
    ).all()
    db.session.rollback()
    by_id = {person.id: person for person in desk.people}
    holders = [actor(by_id[person], Hat.PERSON) for person in met]

    def issue(holder: Actor, later: int) -> UUID:
        return certificates.issue(
            holder,
            YEAR,
            policies=app.extensions["portal.policies"],
            signer=ring,
            school=settings.school,
            now=minutes(later),
        )

    visited = {desk.named(name).id for name in PRINTED}
    made = []
    for number, holder in enumerate(holders):
        made.append(issue(holder, 7 * number))
        if holder.person_id in visited:  # whoever signs in as one of them can download at once
            prints.make(holder, made[-1], press=machine, signer=ring, now=minutes(7 * number + 1))
    hr = actor(desk.named("hr"), Hat.HR)
    for holder, uuid, reason, later in zip(
        holders[-2:], made[-2:], (SUPERSEDED, REVOKED), (150, 158), strict=True
    ):
        certificates.revoke(hr, uuid, reason=reason, now=minutes(later))
        if reason is SUPERSEDED:
            anew = issue(holder, later + 4)
            prints.make(holder, anew, press=machine, signer=ring, now=minutes(later + 5))
    _batch(app, hr, minutes(170))


def _batch(app: Flask, hr: Actor, now: datetime) -> None:
    """One unit's certificates as a finished batch, waiting to be downloaded."""
    unit = db.session.scalars(
        select(Unit.uuid).where(Unit.id.in_(select(Certificate.unit_id))).order_by(Unit.code).limit(1)
    ).one()
    db.session.rollback()
    certificate_batches.start(
        hr,
        YEAR,
        unit=str(unit),
        issue=False,
        form="print",
        policies=app.extensions["portal.policies"],
        now=now,
    )
    jobs.run_all(app)
