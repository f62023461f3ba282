"""What nobody in its unit can decide: found through indexes, the same as asking of each claim."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from random import Random
from uuid import uuid4

import pytest
from campus import DEFAULTS, NOW
from sqlalchemy import func, insert, select

from portal.database import knows_lateral, write_tx
from portal.extensions import db
from portal.models import Absence, Claim, Grant, Person, Unit
from portal.queries.reviewers import Way, has_reviewer, stranded

TODAY = date(2025, 12, 1)
KINDS = ("at work", "expired", "away", "disabled")


def _person(session, unit: Unit, **more) -> Person:
    number = uuid4().hex[:12]
    person = Person(username=number, name="某人", search_key="mouren", unit_id=unit.id, department="", **more)
    person.created_at = NOW
    session.add(person)
    session.flush()
    return person


def _admin(session, unit: Unit, kind: str) -> Person:
    admin = _person(session, unit, disabled_at=NOW if kind == "disabled" else None)
    until = TODAY - timedelta(days=1) if kind == "expired" else None
    given = {"person_id": admin.id, "unit_id": unit.id}
    role = {"role": "unit_admin", "valid_from": date(2024, 1, 1), "valid_until": until}
    session.execute(insert(Grant).values(**given, **role))
    if kind == "away":
        days = {"first_day": TODAY, "last_day": TODAY, "created_at": NOW}
        session.execute(insert(Absence).values(**given, **days))
    return admin


@pytest.fixture
def school(app):
    """Units with up to three admins of every kind; in each, claims of and filed by everybody thinkable."""
    rng = Random(7)  # noqa: S311  (seeded, not secret)
    with app.app_context(), write_tx() as session:
        admins_of = {}
        for kinds in [(), *product(KINDS, repeat=1), *product(KINDS, repeat=2), ("at work",) * 3]:
            unit = Unit(code=uuid4().hex[:12], name=uuid4().hex)
            session.add(unit)
            session.flush()
            admins_of[unit.id] = [_admin(session, unit, kind) for kind in kinds]
            admins_of[unit.id].append(_person(session, unit))
        everybody = [person.id for people in admins_of.values() for person in people]
        rows = [
            {
                **DEFAULTS["publication"],
                **{"uuid": uuid4(), "category": "publication", "year_from": 2025, "year_to": 2025},
                **{"status": "pending", "created_at": NOW, "updated_at": NOW},
                **{"person_id": owner, "filed_by_id": filer, "unit_id": unit_id},
                "submitted_at": NOW - timedelta(minutes=rng.randrange(40)),
            }
            for unit_id, people in admins_of.items()
            for here in [[person.id for person in people]]
            for owner, filer in product([*here, rng.choice(everybody)], [None, *here, rng.choice(everybody)])
        ]
        session.execute(insert(Claim), rows)
    return len(rows)


@pytest.mark.parametrize("newest", [False, True])
def test_the_same_as_asking_of_each_claim(app, school, newest):
    with app.app_context():
        way = Way(10_000, ("id", "submitted_at"), newest=newest, lateral=knows_lateral())
        found = stranded(Claim, lambda claim: [claim.status == "pending"], way)
        ids = db.session.scalars(select(found.c.id), {"today": TODAY}).all()
        asked = select(Claim.id).where(Claim.status == "pending", ~has_reviewer(Claim))
        wanted = db.session.scalars(asked, {"today": TODAY}).all()
    assert sorted(ids) == sorted(wanted)
    assert 0 < len(wanted) < school


def test_the_first_of_them_are_among_what_it_finds(app, school):
    most = 7
    with app.app_context():
        way = Way(most, ("id", "submitted_at"), newest=False, lateral=knows_lateral())
        found = stranded(Claim, lambda claim: [claim.status == "pending"], way)
        first = select(found.c.id).order_by(found.c.submitted_at, found.c.id).limit(most)
        ids = db.session.scalars(first, {"today": TODAY}).all()
        asked = select(Claim.id).where(Claim.status == "pending", ~has_reviewer(Claim))
        order = (Claim.submitted_at, Claim.id)
        wanted = db.session.scalars(asked.order_by(*order).limit(most), {"today": TODAY}).all()
        count = db.session.scalar(select(func.count()).select_from(found), {"today": TODAY})
    assert ids == wanted
    assert count < school
