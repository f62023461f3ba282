"""Instances: an upgrade copies the database first, and a portal with old tables does not serve."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from flask import Flask

from portal import create_app, lifecycle, server
from portal.config import Settings
from portal.extensions import db


@pytest.fixture
def old_instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instance whose tables are one revision behind."""
    monkeypatch.delenv("PORTAL_DATABASE_URL", raising=False)
    app = create_app(Settings(instance=tmp_path))
    with app.app_context():
        command.upgrade(lifecycle._alembic(), "0001")
        db.engine.dispose()
    return tmp_path


def test_an_upgrade_takes_a_backup_first(old_instance: Path) -> None:
    done = lifecycle.upgrade(old_instance)
    assert (done.before, done.after, done.changed) == ("0001", lifecycle.head(), True)
    assert done.backup is not None
    assert done.backup.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(done.backup)) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_second_upgrade_has_nothing_to_do(old_instance: Path) -> None:
    lifecycle.upgrade(old_instance)
    again = lifecycle.upgrade(old_instance)
    assert (again.changed, again.backup) == (False, None)


def test_without_backup_means_without(old_instance: Path) -> None:
    assert lifecycle.upgrade(old_instance, backup=False).backup is None


def test_old_tables_are_not_served(old_instance: Path) -> None:
    app = create_app(Settings(instance=old_instance))
    with pytest.raises(lifecycle.LifecycleError, match="portal upgrade"):
        server.require_ready(app)
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    with app.app_context():
        db.engine.dispose()


def test_an_empty_folder_is_not_served(tmp_path: Path) -> None:
    app = create_app(Settings(instance=tmp_path))
    with pytest.raises(lifecycle.LifecycleError, match="portal init"):
        server.require_ready(app)


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_postgresql_is_dumped_before_an_upgrade(bench, settings: Settings) -> None:
    if shutil.which("pg_dump") is None:
        pytest.skip("no pg_dump on this machine (apt-get install postgresql-client)")
    copy = lifecycle.back_up(settings)
    assert copy.read_bytes().startswith(b"PGDMP")
    assert copy.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_without_pg_dump_nothing_is_upgraded(
    bench, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(lifecycle.LifecycleError, match="--no-backup"):
        lifecycle.back_up(settings)


def test_the_process_and_the_database_answer(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").status_code == 200
