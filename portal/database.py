"""How the portal talks to its database: engine events and the one door for writing.

SQLite's defaults lose updates silently, so every transaction is read-only unless it was begun by
`write_tx`, which takes the write lock before its first read. PostgreSQL gets the same promise from
read-only transactions and row locks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, DateTime, Engine, TypeDecorator, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.extensions import db

_WRITING: ContextVar[bool] = ContextVar("writing", default=False)
BUSY_MS = 15_000


class UTCDateTime(TypeDecorator[datetime]):
    """An instant, stored in UTC; naive values are refused.

    SQLite has no time zones: without this the same instant reads back as two values 8 h apart.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def harden(engine: Engine, *, busy_ms: int = BUSY_MS) -> None:
    """Attach the engine events; call once per engine, before its first connection."""
    if engine.dialect.name == "sqlite":
        _harden_sqlite(engine, busy_ms)
    else:
        _harden_postgresql(engine)


def _harden_sqlite(engine: Engine, busy_ms: int) -> None:
    @event.listens_for(engine, "connect")
    def _connect(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None  # the driver never begins by itself; PRAGMAs run outside transactions
        cursor = dbapi.cursor()
        for pragma in (
            f"busy_timeout={busy_ms}",
            "journal_mode=WAL",
            "synchronous=FULL",  # an acknowledged approval survives a power cut
            "foreign_keys=ON",
            "trusted_schema=OFF",
            "journal_size_limit=67108864",
        ):
            cursor.execute("PRAGMA " + pragma)
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        writing = _WRITING.get()
        connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writing else 'ON'}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _harden_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(dbapi: Any, _record: Any) -> None:
        # statements here read some thousand rows at most: compiling one takes a hundred times as long
        dbapi.autocommit = True
        dbapi.execute("SET jit TO off")
        dbapi.autocommit = False

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # psycopg sends BEGIN with the first statement, so this costs no round trip
        connection.connection.dbapi_connection.read_only = not _WRITING.get()


@contextmanager
def write_tx() -> Iterator[Session]:
    """The only way to write: begin, let the caller read and change, commit; or roll back whole.

    Everything a decision rests on is read again inside. Nothing slow (hashing, files, PDF, network)
    belongs in it. Raises RuntimeError when nested or when the session already carries changes.
    """
    session = db.session
    if _WRITING.get():
        raise RuntimeError("write_tx must not be nested: pass the session on instead")
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("write_tx must start clean")
    session.rollback()  # ends the read snapshot that loading the signed-in person opened
    token = _WRITING.set(True)
    try:
        session.connection()  # takes SQLite's write lock before the first read
        yield session()
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        _WRITING.reset(token)


def require_writable(engine: Engine, *, wait_ms: int) -> None:
    """Begin a write and give it up: it could begin within `wait_ms`, and no row was touched.

    Raises OperationalError, as a write would, when the lock is held or the database does not answer.
    """
    token = _WRITING.set(True)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                driver: Any = connection.connection.dbapi_connection
                before = driver.execute("PRAGMA busy_timeout").fetchone()[0]
                driver.execute(f"PRAGMA busy_timeout={int(wait_ms)}")
                try:
                    connection.begin().rollback()  # BEGIN IMMEDIATE, by the engine's own event
                finally:
                    driver.execute(f"PRAGMA busy_timeout={before}")
            else:
                connection.exec_driver_sql("SELECT pg_current_xact_id()")  # a standby has none to give
    finally:
        _WRITING.reset(token)


def tend(engine: Engine) -> int:
    """Look a SQLite file over, renew what its planner knows, fold its log into it; returns the pages of the
    log that a reader keeps open. PostgreSQL looks after itself: 0.

    Raises RuntimeError with SQLite's first finding when the file is damaged.
    """
    if engine.dialect.name != "sqlite":
        return 0
    pooled = engine.raw_connection()
    try:
        driver: Any = pooled.dbapi_connection
        (found,) = driver.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise RuntimeError(f"the database is damaged: {found}")
        driver.execute("PRAGMA query_only=OFF")  # each transaction sets it anew
        driver.execute("PRAGMA optimize").fetchall()
        _busy, pages, folded = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return int(pages - folded)
    finally:
        pooled.close()


def knows_lateral() -> bool:
    """Whether a subquery in FROM may refer to what stands before it."""
    return db.engine.dialect.name != "sqlite"


def kind_of_fault(fault: DBAPIError) -> str:
    """What an OperationalError means for the person: `full` (no room to write), `busy` or `away`."""
    text, state = str(fault.orig).lower(), getattr(fault.orig, "sqlstate", None) or ""
    if "disk is full" in text or state.startswith("53100"):
        return "full"
    if "locked" in text or "busy" in text or state in ("40001", "40P01", "55P03", "57014"):
        return "busy"
    return "away"


@contextmanager
def schema_tx(engine: Engine) -> Iterator[Connection]:
    """One transaction for changing tables: all of it happens, or nothing.

    On SQLite foreign keys rest meanwhile, because rebuilding a table would cascade into its children,
    and are checked before the commit. Raises RuntimeError naming the tables that would dangle.
    """
    sqlite = engine.dialect.name == "sqlite"
    token = _WRITING.set(True)
    try:
        with engine.connect() as connection:
            driver: Any = connection.connection.dbapi_connection
            if sqlite:
                driver.execute("PRAGMA foreign_keys=OFF")  # ignored once a transaction has begun
            try:
                with connection.begin():
                    yield connection
                    if sqlite:
                        _check_foreign_keys(connection)
            finally:
                if sqlite:
                    driver.execute("PRAGMA foreign_keys=ON")
    finally:
        _WRITING.reset(token)


def _check_foreign_keys(connection: Connection) -> None:
    dangling = sorted({row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")})
    if dangling:
        raise RuntimeError(f"rows without their parent in: {', '.join(dangling)}")
