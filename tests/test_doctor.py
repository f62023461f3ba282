"""The doctor finds each thing it is there for, and nothing in a sound instance."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from campus import NOW, Filing
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import text

from portal.cli import main
from portal.config import Settings
from portal.database import schema_tx, write_tx
from portal.doctor import CHECKS, Patient, Report, clear_away, examine, tables
from portal.extensions import db


@pytest.fixture
def patient(app: Flask, settings: Settings, filing: Filing) -> Patient:
    """A small instance in order: an approved and a pending claim, courses, a year that is met."""
    for key in list(app.extensions["portal.store"].kept()):  # left by tests before this one
        app.extensions["portal.store"].path(key).unlink()
    settings.heads_file.unlink(missing_ok=True)  # of a log that was another one
    filing.claim("陈晓", "training", "approved", quarters=96, title="护理管理")
    filing.claim("陈晓", "publication", "pending")
    return Patient(settings, app.extensions["portal.policies"], app.extensions["portal.store"], NOW)


def look(app: Flask, patient: Patient) -> Report:
    with app.app_context():
        try:
            return examine(patient)
        finally:
            db.session.remove()


def problems(report: Report) -> dict[str, list[str]]:
    return {name: found.problems for name, found in report.checks.items() if found.problems}


@contextmanager
def unguarded(app: Flask) -> Iterator[Any]:
    """A connection that goes round every guard, as somebody with the database's password would."""
    with app.app_context():
        sqlite = db.engine.dialect.name == "sqlite"
        with schema_tx(db.engine) as connection:
            if sqlite:
                kept = connection.exec_driver_sql(
                    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
                ).all()
                for name, _ in kept:
                    connection.exec_driver_sql(f"DROP TRIGGER {name}")
            else:
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            yield connection
            for _, sql in kept if sqlite else ():
                connection.exec_driver_sql(sql)
        db.session.remove()


def test_a_sound_instance_has_no_problem(app: Flask, patient: Patient) -> None:
    report = look(app, patient)
    assert problems(report) == {}
    assert report.ok
    assert set(report.checks) == set(CHECKS)
    assert report.checks["hours"].looked_at >= 2
    assert report.checks["files"].looked_at >= 2


WRONGS: list[tuple[str, str, str]] = [
    ("hours", "UPDATE person_years SET professional = professional + 4", "不一致"),
    ("hours", "UPDATE person_years SET met = NOT met", "不一致"),
    ("hours", "DELETE FROM person_years", "不一致"),
    ("hours", "UPDATE claims SET approved_quarters = 4 WHERE status = 'approved'", "应计入 2025 年 1，"),
    ("decisions", "DELETE FROM events WHERE action = 'claim-approved'", "操作日志没有记录"),
    ("decisions", "DELETE FROM evidence", "没有任何证明材料"),
    ("events", "UPDATE events SET reason = '改过' WHERE id = 1", "被改动"),
    ("events", "DELETE FROM events WHERE id = 2", "被删除"),
    ("schema", "UPDATE alembic_version SET version_num = '0001'", "portal upgrade"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "wrong", "sentence"), WRONGS)
def test_a_row_changed_behind_the_portals_back_is_named(
    app: Flask, patient: Patient, check: str, wrong: str, sentence: str
) -> None:
    with unguarded(app) as connection:
        connection.exec_driver_sql(wrong)
    try:
        found = problems(look(app, patient))
    finally:
        with unguarded(app) as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": _head()})
    assert sentence in "".join(found.get(check, [])), found


def _head() -> str:
    from portal import lifecycle

    return lifecycle.head()


def first_file(patient: Patient) -> Any:
    return patient.store.path(next(iter(patient.store.kept())))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda file: file.unlink(), "缺少文件"),
        (lambda file: file.write_bytes(b"x" * file.stat().st_size), "内容与登记不符"),
        (lambda file: file.write_bytes(b""), "内容与登记不符"),
    ],
)
def test_evidence_that_is_not_what_was_stored_is_named(
    app: Flask, patient: Patient, spoil: Callable[[Any], Any], sentence: str
) -> None:
    spoil(first_file(patient))
    assert sentence in problems(look(app, patient))["files"][0]


def test_a_file_without_a_row_is_swept_after_a_day_and_no_other(app: Flask, patient: Patient) -> None:
    store = patient.store
    kept = set(store.kept())
    old, young = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
    for key, age in ((old, timedelta(days=2)), (young, timedelta(hours=1))):
        store.path(key).parent.mkdir(exist_ok=True)
        store.path(key).write_bytes(b"left over")
        moment = (NOW - age).timestamp()
        os.utime(store.path(key), (moment, moment))
    report = look(app, patient)
    assert report.ok
    assert [old in line for line in report.checks["files"].warnings] == [True]
    with app.app_context():
        clear_away(patient)
        db.session.remove()
    assert set(store.kept()) == {*kept, young}
    assert look(app, patient).checks["files"].warnings == []
    store.path(young).unlink()


def test_a_guard_that_is_gone_is_named(app: Flask, patient: Patient) -> None:
    with app.app_context(), schema_tx(db.engine) as connection:
        sqlite = connection.dialect.name == "sqlite"
        find = "SELECT sql FROM sqlite_master WHERE name = 'claims_facts'"
        made = connection.exec_driver_sql(find).scalar() if sqlite else ""
        off = "DROP TRIGGER claims_facts" if sqlite else "ALTER TABLE claims DISABLE TRIGGER claims_facts"
        connection.exec_driver_sql(off)
    try:
        found = problems(look(app, patient))
    finally:
        with app.app_context(), schema_tx(db.engine) as connection:
            if sqlite:  # a pooled connection that still knows the trigger would refuse; a read tells it
                assert connection.exec_driver_sql(find).scalar() is None
            connection.exec_driver_sql(made or "ALTER TABLE claims ENABLE TRIGGER claims_facts")
    assert "claims_facts" in found["guards"][0]


def test_the_guards_named_are_those_there_are(app: Flask) -> None:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if "sqlite" in app.config["SQLALCHEMY_DATABASE_URI"]
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with app.app_context():
        here = set(db.session.scalars(text(query)))
        db.session.remove()
    assert here == set(tables.GUARDS), "name a new trigger in portal/doctor/tables.py"


def test_a_check_that_cannot_run_is_a_problem_not_a_crash(
    app: Flask, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_patient: Patient) -> Any:
        raise OSError("the disk is gone")

    monkeypatch.setitem(CHECKS, "files", broken)
    assert "the disk is gone" in problems(look(app, patient))["files"][0]


@pytest.mark.parametrize(
    ("version", "races"),
    [
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 1), True),
        ((3, 51, 3), False),
        ((3, 52, 0), False),
    ],
)
def test_releases_of_sqlite_that_may_lose_a_commit_are_known(
    version: tuple[int, int, int], races: bool
) -> None:
    assert tables.wal_can_race(version) is races


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_command_ends_with_1_and_says_why(
    patient: Patient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PORTAL_DATABASE_URL", raising=False)
    arguments = ["doctor", "--instance", str(settings.instance)]
    sound = CliRunner().invoke(main, [*arguments, "--json", "--sweep"])
    assert sound.exit_code == 0, sound.output
    assert json.loads(sound.output)["ok"] is True
    first_file(patient).unlink()
    ill = CliRunner().invoke(main, [*arguments, "--sweep"])
    assert ill.exit_code == 1
    assert "缺少文件" in ill.output
    assert "没有清理任何文件" in ill.output


def test_writing_stays_possible_after_an_examination(app: Flask, patient: Patient) -> None:
    look(app, patient)
    with app.app_context(), write_tx() as session:
        session.execute(text("UPDATE people SET phone = '1' WHERE username = 'nobody'"))
    assert look(app, patient).ok
