"""The school at work: a demo campus with many more people, all of whom can sign in, on either database."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
from flask import Flask
from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import make_url

from portal import create_app, lifecycle
from portal.clock import CLOCK_FILE, clock_for
from portal.config import Settings, load_settings
from portal.database import schema_tx, write_tx
from portal.demo import accounts, build, evidence, people
from portal.extensions import db
from portal.models import Certificate, Grant, Person
from portal.rules.vocabulary import Hat, Role

BATCH = 2000
ADMINS_OF_A_UNIT = 2


@dataclass(slots=True)
class School:
    """An instance with its people."""

    app: Flask
    settings: Settings

    def close(self) -> None:
        """Let go of the database."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


def campus(place: Path, headcount: int) -> None:
    """Build the demo campus for so many people, with sheets of paper drawn once for each kind."""
    with patch.object(people, "HEADCOUNT", headcount), patch.object(evidence, "sheet", _sheet):
        build.ensure(place, port=8000)
    school = open_school(place)
    with school.app.app_context(), write_tx() as session:
        known = session.scalar(select(Person.password_hash).where(Person.username == "staff"))
        session.execute(update(Person).values(password_hash=known))
    school.close()


_draw = cache(evidence.sheet)


def _sheet(title: str, _lines: Any, foot: str) -> bytes:
    """The paper of that title with an identity of its own; drawing each would take longer than the rest."""
    drawn = _draw(title, (), "")
    first = drawn.index(b"[<") + 2
    own = hashlib.md5(foot.encode(), usedforsecurity=False).hexdigest().encode()
    return drawn[:first] + own + drawn[first + 32 :]


def open_school(place: Path, database_url: str = "") -> School:
    """The school that lies in that folder."""
    settings = load_settings({"instance": place, "database_url": database_url})
    return School(create_app(settings), settings)


def copy(source: Path, place: Path, database_url: str = "") -> School:
    """The same school in another place, on PostgreSQL when an address is given. Files are shared by links."""
    shutil.copytree(source, place, ignore=shutil.ignore_patterns("evidence", "server.log"))
    shutil.copytree(source / "evidence", place / "evidence", copy_function=os.link)
    school = open_school(place, database_url)
    if database_url:
        with school.app.app_context():
            lifecycle.migrate_now()
        old = open_school(place)
        _pour(old, school)
        old.close()
        for file in place.glob("portal.db*"):
            file.unlink()
    return school


def _pour(old: School, new: School) -> None:
    """Every row of one database into the other."""
    with old.app.app_context():
        source = db.engine
        with new.app.app_context(), schema_tx(db.engine) as target, source.connect() as rows:
            target.exec_driver_sql("SET LOCAL session_replication_role = replica")  # rests the guards
            tables = db.metadata.sorted_tables
            for table in reversed(tables):
                target.execute(table.delete())
            for table in tables:
                for part in rows.execute(select(table)).mappings().partitions(BATCH):
                    target.execute(insert(table), [dict(row) for row in part])
                key = next(iter(table.primary_key.columns))
                if (
                    len(table.primary_key) == 1
                    and key.autoincrement is not False
                    and key.type.python_type is int
                ):
                    place = func.pg_get_serial_sequence(table.name, key.name)
                    target.execute(select(func.setval(place, func.max(key))).select_from(table))
            target.exec_driver_sql("ANALYZE")


def set_clock(school: School, begins: datetime) -> None:
    """Let the school's clock begin at that moment now and run on from there."""
    shift = int((begins - datetime.now(UTC)).total_seconds())
    (school.settings.instance / CLOCK_FILE).write_text(json.dumps({"shift_seconds": shift}))
    school.app.extensions["portal.clock"] = clock_for(school.settings)


@contextmanager
def scratch_database(address: str) -> Iterator[str]:
    """A new database beside the one of that address, dropped at the end. Raises psycopg.OperationalError."""
    url = make_url(address)
    name = f"portal_load_{os.getpid()}"
    admin = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True, connect_timeout=5) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(admin, autocommit=True, connect_timeout=5) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def seats(school: School, count: int, password: str = accounts.PASSWORD) -> list[dict[str, Any]]:
    """Who sits down, mixed: three of four are staff, one of five an admin of a unit, some HR and visitors."""
    visitors, hr, admins = count // 25, min(2, count // 25), max(1, count // 5)
    with school.app.app_context():
        found = db.session.execute(
            select(Person.username, Person.name, Person.unit_id, Grant.role)
            .outerjoin(Grant, (Grant.person_id == Person.id) & Grant.valid_until.is_(None))
            .where(Person.password_hash.is_not(None), Person.disabled_at.is_(None))
            .order_by(Person.id)
        ).all()
        db.session.remove()
    of_unit: dict[int, list[Any]] = {}
    for one in found:
        if one.role == Role.UNIT_ADMIN:
            of_unit.setdefault(one.unit_id, []).append(one)
    units = [unit for unit, able in of_unit.items() if len(able) >= ADMINS_OF_A_UNIT]
    units = units[: max(1, admins // ADMINS_OF_A_UNIT)]
    reviewing = [one for unit in units for one in of_unit[unit][:ADMINS_OF_A_UNIT]][:admins]
    filing = [one for one in found if one.role is None and one.unit_id in units]
    officers = [one for one in found if one.role == Role.HR][:hr]
    staff = count - visitors - len(officers) - len(reviewing)
    assert len(filing) >= staff, f"the school is too small: {len(filing)} staff of {len(units)} units"
    made = [
        *(("staff", one, Hat.PERSON) for one in _spread(filing, units)[:staff]),
        *(("admin", one, Hat.UNIT) for one in reviewing),
        *(("hr", one, Hat.HR) for one in officers),
        *(("visitor", None, Hat.PERSON) for _ in range(visitors)),
    ]
    random.Random(count).shuffle(made)
    return [_seat(number, *one, password) for number, one in enumerate(made)]


def codes(school: School) -> list[str]:
    """Codes of certificates that can be verified."""
    with school.app.app_context():
        found = list(db.session.scalars(select(Certificate.code)))
        db.session.remove()
    return found


def _spread(filing: list[Any], units: list[int]) -> list[Any]:
    """One of each unit in turn."""
    queues = [[one for one in filing if one.unit_id == unit] for unit in units]
    longest = max(map(len, queues))
    return [queue[turn] for turn in range(longest) for queue in queues if turn < len(queue)]


def _seat(number: int, part: str, one: Any, hat: Hat, password: str) -> dict[str, Any]:
    return {
        "part": part,
        "username": one.username if one else "",
        "name": one.name if one else "",
        "password": password,
        "hat": hat.value,
        "address": f"10.1.{number // 250}.{number % 250 + 1}",
    }
