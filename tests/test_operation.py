"""What an operator asks the portal, and what it says while the database or the disk gives it trouble."""

from __future__ import annotations

import shutil
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from campus import NOW, Filing
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from strict import StrictClient

from portal import backups, create_app
from portal.config import Settings
from portal.database import kind_of_fault, write_tx
from portal.extensions import db, limiter
from portal.metrics import Meter, share
from portal.server import Slots
from portal.services import jobs

DRAFT = {"action": "save", "category": "training", "title": "写到一半的培训", "year": "2025"}


@contextmanager
def lock_held(settings: Settings, app: Flask) -> Iterator[None]:
    """Somebody else has SQLite's write lock; the portal waits a moment instead of 15 s for it."""

    def hurry(dbapi: sqlite3.Connection, _record: object) -> None:
        dbapi.execute("PRAGMA busy_timeout=20")

    with app.app_context():
        db.session.remove()
        engine = db.engine
        engine.dispose()
    event.listen(engine, "connect", hurry)
    file = make_url(settings.database).database or ""
    try:
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
    finally:
        event.remove(engine, "connect", hurry)
        engine.dispose()


@contextmanager
def database_away(settings: Settings) -> Iterator[None]:
    """PostgreSQL throws everybody out and takes nobody in."""
    url = make_url(settings.database).set(drivername="postgresql")
    admin = url.set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS false")
        try:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (url.database,)
            )
            yield
        finally:
            connection.execute(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS true")


def numbers(app: Flask, **given: str) -> dict[str, float]:
    """Every sample of /metrics: name and labels as written -> number."""
    text = app.test_client().get("/metrics", headers=given).text
    return {
        sample.name + "".join(f",{key}={value}" for key, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_while_the_lock_is_held_reading_goes_on_and_writing_is_told_to_wait(
    app: Flask, settings: Settings, sign_in: Callable[..., StrictClient]
) -> None:
    desk = sign_in("陈晓")
    with lock_held(settings, app):
        desk.get("/standing", status=200)
        page = desk.post("/claims", data=DRAFT, status=503)
        fragment = desk.post("/claims", data=DRAFT, htmx=True, status=503)
        assert app.test_client().get("/readyz").status_code == 503
    for answer in (page, fragment):
        assert answer.headers["Retry-After"] == "2"
        assert "没有保存" in answer.words
        assert answer.headers["X-Request-ID"] in answer.words
    assert fragment.headers["HX-Retarget"] == "#problems"  # the form with what was typed stays
    desk.post("/claims", data=DRAFT, status=303)
    assert numbers(app)["portal_database_faults_total,kind=busy"] >= 3


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_while_the_database_is_away_it_says_so_and_recovers_without_a_restart(
    app: Flask, settings: Settings, sign_in: Callable[..., StrictClient]
) -> None:
    desk = sign_in("陈晓")
    with app.app_context():
        db.session.remove()
    with database_away(settings):
        for answer in (
            desk.get("/standing", strict=False),
            desk.post("/claims", data=DRAFT, strict=False),
            desk.get("/standing", htmx=True, strict=False),
            app.test_client().get("/readyz"),
        ):
            assert answer.status_code == 503
            assert answer.headers["Retry-After"] == "2"
            assert "Traceback" not in answer.text
            assert "psycopg" not in answer.text
        assert app.test_client().get("/healthz").status_code == 200
    desk.get("/standing", status=200)
    desk.post("/claims", data=DRAFT, status=303)
    assert app.test_client().get("/readyz").status_code == 200


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_full_disk_under_the_database_keeps_what_was_written_and_says_507(
    app: Flask, settings: Settings, sign_in: Callable[..., StrictClient]
) -> None:
    desk = sign_in("陈晓")
    with app.app_context():
        db.session.remove()
        engine = db.engine
        engine.dispose()

    def fill(dbapi: sqlite3.Connection, _record: object) -> None:
        pages = dbapi.execute("PRAGMA page_count").fetchone()[0]
        dbapi.execute(
            f"PRAGMA max_page_count={pages}"
        )  # what SQLite says then is what a full disk makes it say

    event.listen(engine, "connect", fill)
    seen = set()
    try:
        for _ in range(60):
            seen.add(desk.post("/claims", data={**DRAFT, "organizer": "学会" * 60}, strict=False).status_code)
            if 507 in seen:
                break
        desk.get("/standing", status=200)
    finally:
        event.remove(engine, "connect", fill)
        engine.dispose()
    assert seen <= {303, 507}
    assert 507 in seen
    desk.post("/claims", data=DRAFT, status=303)


class Told(Exception):
    """What a driver says."""

    def __init__(self, text: str, sqlstate: str | None = None) -> None:
        super().__init__(text)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (Told("database is locked"), "busy"),
        (Told("database table is locked"), "busy"),
        (Told("could not serialize access", "40001"), "busy"),
        (Told("deadlock detected", "40P01"), "busy"),
        (Told("database or disk is full"), "full"),
        (Told("could not extend file", "53100"), "full"),
        (Told("connection refused"), "away"),
        (Told("terminating connection", "57P01"), "away"),
        (Told("disk I/O error"), "away"),
    ],
)
def test_what_the_driver_says_is_told_apart(said: Told, kind: str) -> None:
    assert kind_of_fault(OperationalError("SELECT 1", None, said)) == kind


def test_ready_asks_for_the_write_lock_and_writes_nothing(
    app: Flask, client: StrictClient, queries_of: Callable[..., list[str]]
) -> None:
    sent = queries_of(lambda: client.get("/readyz", status=200))
    assert not [one for one in sent if one.split()[0] in ("INSERT", "UPDATE", "DELETE")]
    assert client.get("/readyz").text.splitlines()[0] == "ready"


def test_ready_warns_of_what_is_overdue(app: Flask, settings: Settings, client: StrictClient, clock) -> None:
    mark = settings.instance / backups.LAST
    mark.unlink(missing_ok=True)
    assert "no backup was ever made" in client.get("/readyz").text
    assert "no job runner was ever seen" in client.get("/readyz").text
    backups.make(settings, settings.instance.parent / "ready-backups", now=datetime.now(UTC))
    with app.app_context(), write_tx() as session:
        jobs.seen(session, "host:1", NOW)
    assert client.get("/readyz").text == "ready\n"
    clock.move_to("2025-12-02")
    assert "no job runner seen for 24 h" in client.get("/readyz").text
    mark.unlink()


def test_without_room_nothing_more_is_sent_here(
    client: StrictClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage(10**9, 10**9, 10**7))
    assert client.get("/readyz", strict=False).status_code == 507
    assert client.get("/healthz", strict=False).status_code == 200


def test_metrics_count_by_rule_and_tell_nobodys_name(
    app: Flask, filing: Filing, sign_in: Callable[..., StrictClient]
) -> None:
    claim = filing.claim("陈晓", "training", "pending")
    with app.app_context(), write_tx() as session:
        jobs.enqueue(session, None, "mail", {}, title="发送", now=NOW)
        jobs.enqueue(session, None, "mail", {}, title="以后", now=NOW, run_after=NOW + timedelta(days=1))
    desk = sign_in("陈晓")
    before = numbers(app)
    desk.get(f"/claims/{claim.uuid}", status=200)
    desk.get("/claims/00000000-0000-4000-8000-000000000000", status=404)
    after = numbers(app)
    name = "portal_request_seconds_count,rule=/claims/<uuid:claim>,status="
    assert after[name + "2xx"] - before.get(name + "2xx", 0) == 1
    assert after[name + "4xx"] - before.get(name + "4xx", 0) == 1
    assert after["portal_claims_waiting"] == 1
    assert after["portal_jobs,state=queued"] == 2
    assert after["portal_jobs_due"] == 1
    text = app.test_client().get("/metrics").text
    assert not any(word in text for word in ("陈晓", "20120001", str(claim.uuid)))


def test_metrics_are_for_this_machine_unless_there_is_a_token(app: Flask, settings: Settings) -> None:
    def ask(client: FlaskClient, *, at: str = "127.0.0.1", **headers: str) -> int:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.get("/metrics", headers=given, environ_overrides={"REMOTE_ADDR": at}).status_code

    client = app.test_client()
    assert ask(client) == 200
    assert ask(client, at="10.1.2.3") == 404
    assert ask(client, X_Forwarded_For="10.1.2.3") == 404
    app.extensions["portal.settings"] = settings.model_copy(update={"metrics_token": "a-long-token"})
    try:
        assert ask(client) == 404
        assert ask(client, Authorization="Bearer another") == 404
        assert ask(client, Authorization="Bearer 令牌") == 404
        assert ask(client, at="10.1.2.3", Authorization="Bearer a-long-token") == 200
    finally:
        app.extensions["portal.settings"] = settings


def test_processes_count_together_and_a_successor_goes_on(tmp_path: Path) -> None:
    meter = Meter(tmp_path / "metrics")
    slots = Slots(meter)
    first, second, third = object(), object(), object()
    for worker in (first, second):
        slots.give(None, worker)
        meter.answered("/login", 200, 0.01)
    assert meter.slot == 2
    slots.take_back(None, first)
    slots.give(None, third)
    assert meter.slot == 1
    meter.answered("/login", 503, 0.01)
    meter.answered("/login", 200, 0.01)
    meter.failed("busy")
    text = meter.page([]).decode()
    assert 'portal_request_seconds_count{rule="/login",status="2xx"} 3.0' in text
    assert 'portal_database_faults_total{kind="busy"} 1.0' in text
    assert len(list((tmp_path / "metrics").iterdir())) <= 4  # however many processes come and go


def test_the_counters_own_their_disk_blocks_before_anybody_counts(app: Flask, tmp_path: Path) -> None:
    kept = app.extensions["portal.meter"]
    try:
        share(app, tmp_path / "metrics", range(1, 3))
        shared = app.extensions["portal.meter"]
        for slot in (1, 2):
            shared.slot = slot
            shared.answered("/login", 200, 0.01)
        assert 'rule="/login",status="2xx"} 2.0' in shared.page([]).decode()
        for file in (tmp_path / "metrics").iterdir():  # a sparse one ends the process on a full disk
            assert file.stat().st_blocks * 512 >= file.stat().st_size
    finally:
        app.extensions["portal.meter"] = kept


@pytest.mark.parametrize("port", [6379, 1])
def test_limits_hold_with_redis_and_without_it(
    tmp_path: Path, port: int, request: pytest.FixtureRequest
) -> None:
    redis = pytest.importorskip("redis")
    address = f"redis://127.0.0.1:{port}/15"
    if port == 6379:
        try:
            redis.Redis.from_url(address, socket_connect_timeout=1).ping()
        except redis.exceptions.ConnectionError:
            pytest.skip("no Redis at 127.0.0.1:6379")
    app = create_app(Settings(instance=tmp_path, redis_url=address, testing=True))
    try:
        codes = [app.test_client().get("/verify/no-such-code").status_code for _ in range(40)]
    finally:  # the limiter is one for all apps: it must not stay with this Redis
        create_app(Settings(instance=tmp_path / "after", testing=True))
        limiter._storage_dead = False
    assert set(codes) <= {404, 429}
    assert 429 in codes
