"""Annex papers, an absence and a waiting role change of the demo campus."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from portal.demo.people import Staff
from portal.demo.situations import TODAY
from portal.demo.units import UNITS, WITHOUT_ADMIN
from portal.extensions import db
from portal.models import Unit
from portal.rules.access import Actor
from portal.rules.offices import usual_deadline
from portal.rules.vocabulary import Hat, Role
from portal.services import absences, roles, units

_STILL_OUT = ("公共体育教学部", "校医院", WITHOUT_ADMIN.name)  # their paper has not come
_LATE = "财务处"  # came two days after the deadline
_AWAY = "王芳"  # admin of 护理学院 from next week on
_TO_AUDIT = "图书馆"  # one of its people is to become auditor


def settle(
    people: list[Staff], actor: Callable[[Staff, Hat], Actor], minutes: Callable[[int], datetime]
) -> None:
    """Write them through the services, after everything else; `minutes(n)` tells when."""
    named = {person.name: person for person in people}
    hr = actor(named["周敏"], Hat.HR)
    due = usual_deadline(TODAY.year)
    uuids = {row.name: row.uuid for row in db.session.execute(select(Unit.name, Unit.uuid))}
    db.session.rollback()
    for number, unit in enumerate(one for one in UNITS if one.name not in _STILL_OUT):
        came = due + timedelta(days=2) if unit.name == _LATE else due - timedelta(days=number % 2)
        units.receive_paper(
            hr, uuids[unit.name], year=TODAY.year, received_on=came, now=minutes(210 + number), today=TODAY
        )
    absences.mark(
        actor(named[_AWAY], Hat.UNIT),
        first_day=TODAY + timedelta(days=7),
        last_day=TODAY + timedelta(days=11),
        note="外出进修",
        now=minutes(245),
        today=TODAY,
    )
    auditor = next(person for person in people if person.unit.name == _TO_AUDIT and person.role is None)
    roles.propose(
        actor(named["孙悦"], Hat.HR),
        username=auditor.username,
        role=Role.AUDITOR,
        gives=True,
        now=minutes(250),
        today=TODAY,
    )
