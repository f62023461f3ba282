"""Migrations carry data up, down and up again, and a killed one leaves the old tables or the new."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from campus import Filing, read_people, settle_people
from flask import Flask
from sqlalchemy import func, inspect, select, text
from sqlalchemy import table as named
from sqlalchemy.engine import make_url

from portal import create_app, lifecycle
from portal.config import Settings
from portal.extensions import db

REVISIONS = [one.revision for one in ScriptDirectory(str(lifecycle.MIGRATIONS)).walk_revisions()][::-1]
OLDEST = "0002"  # the first with the guards that data has to get past
KEPT = ("people", "claims", "events", "evidence", "course_records", "person_years", "units", "grants")


@pytest.fixture
def place(backend: str, tmp_path: Path) -> Iterator[Settings]:
    """An empty place of its own, so that no other test meets half a schema."""
    address = os.environ.get("PORTAL_TEST_DATABASE_URL", "") if backend == "postgresql" else ""
    if backend == "postgresql" and not address:
        pytest.skip("PORTAL_TEST_DATABASE_URL names no PostgreSQL")
    if address:
        url = make_url(address).set(drivername="postgresql")
        name = f"moved_{os.getpid()}"
        admin = url.set(database="postgres").render_as_string(hide_password=False)
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name}")
        address = url.set(database=name).render_as_string(hide_password=False)
    yield Settings(instance=tmp_path, database_url=address, testing=True)
    if address:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def moved(place: Settings, cheap_passwords: None) -> Iterator[Flask]:
    """An app at the head revision with people, claims in every state, courses and a met year."""
    app = create_app(place)
    with app.app_context():
        lifecycle.migrate_now()
    settle_people(app)
    filing = Filing(app, read_people(app))
    for status in ("draft", "pending", "returned", "approved", "revoked"):
        filing.claim("陈晓", "training", status)
    filing.met("刘洋")
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def schema(app: Flask) -> dict[str, Any]:
    """Tables with their columns, indexes and constraints by name, and every trigger."""
    with app.app_context():
        look = inspect(db.engine)
        query = (
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            if db.engine.dialect.name == "sqlite"
            else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        )
        found: dict[str, Any] = {
            table: (
                sorted(column["name"] for column in look.get_columns(table)),
                sorted(str(index["name"]) for index in look.get_indexes(table)),
                sorted(str(check["name"]) for check in look.get_check_constraints(table)),
            )
            for table in look.get_table_names()
        }
        found["triggers"] = sorted(db.session.scalars(text(query)))
        db.session.remove()
        return found


def rows(app: Flask) -> dict[str, list[Any]]:
    """Ids and the oldest columns' values of what must never get lost."""
    with app.app_context():
        found = {
            "claims": sorted(
                map(tuple, db.session.execute(text("SELECT id, title, status, quarters FROM claims")))
            ),
            "events": sorted(map(tuple, db.session.execute(text("SELECT id, action, digest FROM events")))),
        }
        for table in KEPT:
            found[f"{table} counted"] = [db.session.scalar(select(func.count()).select_from(named(table)))]
        db.session.remove()
        db.engine.dispose()
        return found


def test_every_revision_down_and_up_again_keeps_schema_and_rows(moved: Flask) -> None:
    before, kept = schema(moved), rows(moved)
    assert kept["claims counted"][0] >= 5
    for revision in reversed(REVISIONS[REVISIONS.index(OLDEST) : -1]):
        with moved.app_context():
            command.downgrade(lifecycle._alembic(), revision)
            assert lifecycle.revision() == revision
        assert rows(moved) == kept, f"downgrading to {revision} lost rows"
    for revision in REVISIONS[REVISIONS.index(OLDEST) + 1 :]:
        with moved.app_context():
            command.upgrade(lifecycle._alembic(), revision)
        assert rows(moved) == kept, f"upgrading to {revision} lost rows"
    assert schema(moved) == before


KILLED = """
import os, signal, sys
from pathlib import Path
from alembic import command
from sqlalchemy import event
from portal import create_app, lifecycle
from portal.config import Settings
from portal.extensions import db
app = create_app(Settings(instance=Path(sys.argv[1]), database_url=sys.argv[2], testing=True))
left = int(sys.argv[3])
with app.app_context():
    @event.listens_for(db.engine, "after_cursor_execute")
    def _count(*_):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    command.upgrade(lifecycle._alembic(), "head")
"""


@pytest.mark.parametrize("statement", [12, 40, 75])
def test_an_upgrade_killed_in_the_middle_leaves_the_old_tables(
    moved: Flask, place: Settings, statement: int
) -> None:
    with moved.app_context():
        command.downgrade(lifecycle._alembic(), OLDEST)
    old, kept = schema(moved), rows(moved)
    died = subprocess.run(
        [sys.executable, "-c", KILLED, str(place.instance), place.database_url, str(statement)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr[-500:]
    with moved.app_context():
        assert lifecycle.revision() == OLDEST
    assert schema(moved) == old
    assert rows(moved) == kept
    with moved.app_context():
        lifecycle.migrate_now()
        assert lifecycle.revision() == lifecycle.head()
        assert db.session.scalar(select(text("count(*)")).select_from(text("messages"))) == 0
        db.session.remove()
    assert rows(moved) == kept
