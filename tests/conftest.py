"""Fixtures: the app on each database, a clock that stands still, people with names, strict clients.

`app` runs every test on SQLite and, when PORTAL_TEST_DATABASE_URL is set, on PostgreSQL. A test that does
not care asks for one with `@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)`.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher
from benches import CLEAN, Bench, MovableClock
from campus import HAT_OF, PASSWORD, Filing, People
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import make_url
from strict import StrictClient, StrictResponse

from portal.config import Settings
from portal.extensions import db
from portal.services import passwords

POSTGRESQL = os.environ.get("PORTAL_TEST_DATABASE_URL", "")
BACKENDS = ["sqlite", *(["postgresql"] if POSTGRESQL else [])]

LONG = ("test_wheel.py", "test_load.py", "test_faults.py", "/cli/", "/migrations/")

pytest_plugins = ["browsing", "built_campus", "her_things", "asking"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long goes first, so that no process is left alone with it at the end."""
    items.sort(key=lambda item: not any(part in item.nodeid for part in LONG))


def pytest_collection_finish() -> None:
    """What was read to run tests stays until the end: the collector need not walk over it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Hashing stays the real thing at a thousandth of its cost."""
    kept = passwords._HASHER, passwords._NOBODY
    passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords._NOBODY = passwords._HASHER.hash("nobody has this password")
    yield
    passwords._HASHER, passwords._NOBODY = kept


@pytest.fixture(scope="session")
def scratch_database() -> Iterator[str]:
    """A new PostgreSQL database of this process alone; dropped at the end."""
    url = make_url(POSTGRESQL)
    name = f"{url.database}_{os.getpid()}"
    admin = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    yield url.set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def _benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Bench]]:
    benches: dict[str, Bench] = {}
    yield benches
    for bench in benches.values():
        bench.close()


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """The database a test runs on."""
    return request.param


@pytest.fixture
def bench(
    backend: str,
    request: pytest.FixtureRequest,
    _benches: dict[str, Bench],
    cheap_passwords: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Bench]:
    if backend == "postgresql" and not POSTGRESQL:
        pytest.skip("PORTAL_TEST_DATABASE_URL names no PostgreSQL")
    if backend not in _benches:
        address = request.getfixturevalue("scratch_database") if backend == "postgresql" else ""
        _benches[backend] = Bench(backend, tmp_path_factory.mktemp(backend), address)
    found = _benches[backend]
    found.clean(next((name for name in request.fixturenames if found.knows(name)), CLEAN))
    yield found
    with found.app.app_context():
        db.session.remove()


@pytest.fixture
def app(bench: Bench) -> Flask:
    """The application with an empty ledger and the named people. Push `app.app_context()` yourself
    around service calls, never around requests (they would share `g`)."""
    return bench.app


@pytest.fixture
def settings(bench: Bench) -> Settings:
    """The settings of `app`."""
    return bench.settings


@pytest.fixture
def clock(app: Flask) -> MovableClock:
    """The app's clock, at 2025-12-01 08:00 in Shanghai until moved."""
    return app.extensions["portal.clock"]


@pytest.fixture
def people(bench: Bench) -> People:
    """Everybody by name: `people["陈晓"].id`, `people.actor("李静")`."""
    return bench.people


@pytest.fixture
def filing(app: Flask, people: People) -> Filing:
    """Factories: `filing.claim("陈晓", "training", "approved", quarters=96)`, `filing.course(...)`."""
    return Filing(app, people)


@pytest.fixture
def client(app: Flask) -> StrictClient:
    """Nobody signed in."""
    return _client(app)


@pytest.fixture
def sign_in(app: Flask, people: People) -> Callable[..., StrictClient]:
    """`sign_in("李静")` in the hat that names her, or `sign_in("李静", "person")`: a strict client."""

    def enter(name: str, hat: str | None = None) -> StrictClient:
        client = _client(app)
        given = {
            "username": people[name].username,
            "password": PASSWORD,
            "hat": hat or HAT_OF.get(name, "person"),
        }
        client.post("/login", data=given, status=303)
        return client

    return enter


@pytest.fixture
def queries_of(app: Flask) -> Callable[[Callable[[], Any]], list[str]]:
    """`queries_of(lambda: client.get("/standing"))`: the statements it sent, session loading included."""

    def counted(deed: Callable[[], Any]) -> list[str]:
        sent: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(("PRAGMA", "BEGIN")):
                sent.append(statement)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            deed()
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return sent

    return counted


def _client(app: Flask) -> StrictClient:
    return StrictClient(app, StrictResponse, use_cookies=True)
