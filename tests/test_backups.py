"""Backups taken while people work come back whole, and only into an empty place."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from campus import Filing
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import make_url

from portal import backups, config, create_app
from portal.cli import main
from portal.config import Settings
from portal.extensions import db

NOW = datetime(2025, 12, 1, tzinfo=UTC)


@pytest.fixture
def elsewhere(backend: str, settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """An empty place of the same kind: a folder, and on PostgreSQL a database of its own."""
    address = ""
    if backend == "postgresql":
        url = make_url(settings.database).set(drivername="postgresql")
        name = f"restored_{os.getpid()}"
        admin = url.set(database="postgres").render_as_string(hide_password=False)
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name}")
        address = url.set(database=name).render_as_string(hide_password=False)
    yield Settings(instance=tmp_path / "elsewhere", database_url=address, testing=True)
    if address:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def rows_of(app: Flask) -> dict[str, list[Any]]:
    """Every row of every table, in order."""
    with app.app_context():
        found = {
            table.name: sorted(map(repr, db.session.execute(select(table)).all()))
            for table in db.metadata.sorted_tables
        }
        db.session.remove()
        return found


def test_a_backup_comes_back_row_for_row_and_file_for_file(
    app: Flask, settings: Settings, elsewhere: Settings, filing: Filing, tmp_path: Path
) -> None:
    filing.claim("陈晓", "training", "approved", title="护理管理 𠮷")
    filing.claim("陈晓", "publication", "pending")
    config.key(settings, "certificate")
    made = backups.make(settings, tmp_path / "kept", now=NOW)
    assert made.folder.stat().st_mode & 0o777 == 0o700
    assert all(file.stat().st_mode & 0o077 == 0 for file in made.folder.rglob("*"))

    backups.restore(made.folder, elsewhere)

    again = create_app(elsewhere)
    assert rows_of(again) == rows_of(app)
    theirs, ours = again.extensions["portal.store"], app.extensions["portal.store"]
    with app.app_context():
        kept = db.session.scalars(text("SELECT uuid FROM evidence")).all()
    assert len(kept) >= 2
    for key in ours.kept():
        assert theirs.path(key).read_bytes() == ours.path(key).read_bytes()
    for key, kept in (("certificate.key", True), ("secret.key", False)):  # no cookie of before is good again
        same = (elsewhere.instance / key).read_bytes() == (settings.instance / key).read_bytes()
        assert same is kept, f"{key}: portal/backups.py says which keys come back"
    with again.app_context():
        db.engine.dispose()


def test_a_file_deleted_a_moment_ago_is_still_in_the_backup(
    app: Flask, settings: Settings, filing: Filing, tmp_path: Path
) -> None:
    filing.claim("陈晓", "training", "pending")
    store = app.extensions["portal.store"]
    key = next(iter(store.kept()))
    content = store.path(key).read_bytes()
    store.delete(key)
    made = backups.make(settings, tmp_path / "kept", now=NOW)
    assert (made.folder / "evidence" / key[:2] / key).read_bytes() == content


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_backups_under_a_writer_are_each_of_one_moment(
    app: Flask, settings: Settings, filing: Filing, tmp_path: Path
) -> None:
    filing.claim("陈晓", "training", "pending")
    stop, faults = threading.Event(), []

    def write() -> None:
        engine = create_engine(settings.database, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            while not stop.is_set():
                try:  # two rows that belong together: a copy has both or neither
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                    for name in ("a", "b"):
                        connection.exec_driver_sql(
                            "INSERT INTO attempts (username, address, at) VALUES (?, '', '2025-12-01')",
                            (name,),
                        )
                    connection.exec_driver_sql("COMMIT")
                except Exception as fault:
                    faults.append(fault)
                    return
        engine.dispose()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [
            backups.make(settings, tmp_path / "kept", now=datetime(2025, 12, 1, 0, 0, n, tzinfo=UTC))
            for n in range(10)
        ]
    finally:
        stop.set()
        writer.join()
    assert faults == []
    seen = []
    for backup in made:
        engine = create_engine(f"sqlite:///{backup.folder / backups.SQLITE}")
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            halves = connection.exec_driver_sql(
                "SELECT sum(username = 'a'), sum(username = 'b') FROM attempts"
            ).one()
        engine.dispose()
        assert halves[0] == halves[1]
        seen.append(halves[0] or 0)
    assert seen == sorted(seen)
    assert seen[-1] > seen[0]


def spoil_content(folder: Path) -> None:
    file = next((folder / "evidence").rglob("*-*"))
    file.write_bytes(b"something else")


def lose_a_file(folder: Path) -> None:
    next((folder / "evidence").rglob("*-*")).unlink()


def add_a_file(folder: Path) -> None:
    (folder / "evidence" / "extra").write_bytes(b"x")


def lose_the_manifest(folder: Path) -> None:
    (folder / backups.MANIFEST).unlink()


def age(folder: Path) -> None:
    manifest = folder / backups.MANIFEST
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": 99}))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (spoil_content, "内容已改变"),
        (lose_a_file, "缺少 evidence"),
        (add_a_file, "多出 evidence/extra"),
        (lose_the_manifest, "不是完整的备份"),
        (age, "备份格式 99"),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_spoiled_backup_is_refused_before_anything_is_written(
    settings: Settings,
    elsewhere: Settings,
    filing: Filing,
    tmp_path: Path,
    spoil: Callable[[Path], None],
    sentence: str,
) -> None:
    filing.claim("陈晓", "training", "pending")
    made = backups.make(settings, tmp_path / "kept", now=NOW)
    spoil(made.folder)
    with pytest.raises(backups.BackupError, match=sentence):
        backups.restore(made.folder, elsewhere)
    assert not elsewhere.instance.exists()


def test_a_place_with_data_is_never_overwritten(settings: Settings, filing: Filing, tmp_path: Path) -> None:
    filing.claim("陈晓", "training", "pending")
    made = backups.make(settings, tmp_path / "kept", now=NOW)
    with pytest.raises(backups.BackupError, match="已有数据表"):
        backups.restore(made.folder, settings)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_backup_of_one_database_is_not_put_into_another(
    settings: Settings, filing: Filing, tmp_path: Path
) -> None:
    made = backups.make(settings, tmp_path / "kept", now=NOW)
    other = Settings(instance=tmp_path / "else", database_url="postgresql://nobody@127.0.0.1/none")
    with pytest.raises(backups.BackupError, match="改为同一种"):
        backups.restore(made.folder, other)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_commands_keep_the_newest_and_check_what_they_kept(
    settings: Settings, filing: Filing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PORTAL_DATABASE_URL", raising=False)
    settings.heads_file.unlink(missing_ok=True)  # of a log that was another one
    filing.claim("陈晓", "training", "pending")
    kept = tmp_path / "kept"
    for _ in range(3):
        done = run("backup", str(kept), "--instance", str(settings.instance), "--keep", "2")
        assert done.exit_code == 0, done.output
    folders = sorted(kept.iterdir())
    assert len(folders) == 2
    assert "已删除旧备份" in done.output

    assert "备份完好" in run("restore", str(folders[-1]), "--check").output
    spoil_content(folders[0])
    refused = run("restore", str(folders[0]), "--check")
    assert refused.exit_code == 1
    assert "内容已改变" in refused.output

    place = tmp_path / "fresh"
    assert run("restore", str(folders[-1]), "--instance", str(place)).exit_code == 0
    examined = run("doctor", "--instance", str(place), "--json")
    assert json.loads(examined.output)["ok"], examined.output


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_an_instance_without_a_database_has_nothing_to_copy(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(backups.BackupError, match="portal init"):
        backups.make(Settings(instance=tmp_path / "none"), tmp_path / "kept", now=NOW)
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for pg_dump is a shell script")
def test_the_password_of_the_database_stands_on_no_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, told = tmp_path / "bin" / "pg_dump", tmp_path / "told"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$*" > {told}\necho "$PGPASSWORD" >> {told}\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    address = "postgresql+psycopg://portal:s%40cret@db.example/portal"
    backups.copy_database(Settings(instance=tmp_path, database_url=address), tmp_path / "copy")
    arguments, password = told.read_text().splitlines()
    assert "--dbname=postgresql://portal@db.example/portal " in arguments
    assert password == "s@cret"
