"""One door for writing: nothing is written outside it, nothing half, and nobody's update is lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from portal.database import write_tx
from portal.extensions import db
from portal.models import Event, Person, Unit
from portal.services import events


def department(person_id):
    return db.session.scalar(select(Person.department).where(Person.id == person_id))


def write_and_fail():
    with write_tx() as session:
        session.execute(update(Person).values(department="x"))
        raise ZeroDivisionError


def test_writing_outside_the_door_is_refused_by_the_database(app, people):
    with app.app_context():
        with pytest.raises(DBAPIError, match=r"(?i)read-?only"):
            db.session.execute(update(Person).values(department="x"))
        db.session.rollback()
        assert department(people["陈晓"].id) == "教研室"


def test_a_fault_inside_leaves_nothing_behind(app, people):
    with app.app_context():
        with pytest.raises(ZeroDivisionError):
            write_and_fail()
        assert department(people["陈晓"].id) == "教研室"
        with pytest.raises(DBAPIError):
            db.session.execute(update(Person).values(department="x"))


def test_the_door_does_not_open_twice(app):
    with app.app_context(), write_tx(), pytest.raises(RuntimeError, match="nested"), write_tx():
        pass


def test_it_starts_clean_or_not_at_all(app):
    with app.app_context():
        db.session.add(Unit(code="X", name="x"))
        with pytest.raises(RuntimeError, match="clean"), write_tx():
            pass
        db.session.rollback()


def test_an_instant_without_a_zone_is_refused(app, people):
    with app.app_context(), pytest.raises(Exception, match="time zone"), write_tx() as session:
        session.execute(update(Person).values(created_at=datetime(2025, 1, 1)))


def test_an_instant_comes_back_as_the_same_instant(app, people):
    shanghai = datetime(2026, 1, 1, 0, 0, tzinfo=timezone(timedelta(hours=8)))
    with app.app_context():
        with write_tx() as session:
            session.execute(update(Person).values(created_at=shanghai))
        found = db.session.scalar(select(Person.created_at).limit(1))
        assert found == shanghai
        assert found.tzinfo == UTC


def test_eight_writers_at_once_lose_no_event_and_keep_the_chain(app, people, clock):
    actor = people.actor("陈晓")

    def write(number):
        with app.app_context(), write_tx() as session:
            events.record(
                session, actor, "signed-in", "person", actor.person_uuid, now=clock.now(), number=number
            )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(80)))
    with app.app_context():
        rows = db.session.execute(select(*Event.__table__.columns).order_by(Event.id)).mappings().all()
    assert sorted(row["details"]["number"] for row in rows) == list(range(80))
    assert [row["id"] for row in rows] == list(range(1, 81))
    previous = events.GENESIS
    for row in rows:
        assert row["previous"] == previous
        assert row["digest"] == events.digest(row)
        previous = row["digest"]


@pytest.mark.parametrize("statement", ["UPDATE events SET reason = 'x'", "DELETE FROM events"])
def test_the_event_log_only_grows(app, people, clock, statement):
    with app.app_context():
        with write_tx() as session:
            events.record(session, None, "signed-in", "person", None, now=clock.now())
        with pytest.raises(DBAPIError), write_tx() as session:
            session.execute(text(statement))
