"""The migrations: they end where the models are, go down and up again, and happen whole or not at all."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect, text

from portal import lifecycle
from portal.database import schema_tx
from portal.extensions import db


def test_the_migrations_end_where_the_models_are(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), db.metadata)
    assert differences == [], "the models have moved: write a migration for these differences"


def test_the_chain_of_events_starts_from_one_empty_head(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        rows = connection.execute(text("SELECT id, last_id, digest FROM event_head")).all()
    assert rows == [(1, 0, "0" * 64)]


def test_an_engine_reads_only_outside_a_write(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection, pytest.raises(Exception, match=r"read-?only"):
        connection.execute(text("UPDATE event_head SET last_id = 7"))


def test_a_failing_schema_change_leaves_nothing_behind(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(RuntimeError, match="half way"):
            _fail_half_way()
        assert "half_made" not in inspect(db.engine).get_table_names()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_foreign_keys_are_checked_before_a_schema_change_is_kept(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(RuntimeError, match="rows without their parent in: grants"):
            _orphan()
        with db.engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM people")).scalar_one() > 0
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_the_head_revision_is_known(app: Flask) -> None:
    with app.app_context():
        assert lifecycle.revision() == lifecycle.head()
        assert lifecycle.ready()


def _fail_half_way() -> None:
    with schema_tx(db.engine) as connection:
        connection.execute(text("CREATE TABLE half_made (id INTEGER)"))
        raise RuntimeError("half way")


def _orphan() -> None:
    with schema_tx(db.engine) as connection:
        connection.execute(text("DELETE FROM people"))
