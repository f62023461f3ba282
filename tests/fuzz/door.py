"""Sends a call to the application and brings back what came of it: answer, log, writes and work."""

from __future__ import annotations

import logging
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from processes import children, processor_seconds
from sqlalchemy import event
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.test import run_wsgi_app

from fuzz.calls import Call, Standing, environ_of
from fuzz.world import World
from portal.extensions import db

WRITING = ("INSERT", "UPDATE", "DELETE", "REPLACE", "TRUNCATE", "ALTER", "CREATE", "DROP")


@dataclass(slots=True)
class Answer:
    """What came of a call; status 0 when the application itself fell over."""

    call: Call
    endpoint: str
    status: int
    headers: Headers
    body: bytes
    wrote: list[str]
    logged: list[logging.LogRecord]
    seconds: float
    work: float

    @property
    def mimetype(self) -> str:
        """The media type, without what follows it."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


@dataclass(slots=True)
class Door:
    """The way into the world's application; `watched` while requests are to be seen through."""

    world: World
    logged: list[logging.LogRecord] = field(default_factory=list)
    _wrote: list[str] = field(default_factory=list)

    def send(self, call: Call) -> Answer:
        """Hand the call over as a server would."""
        world = self.world
        self._wrote.clear()
        self.logged.clear()
        environ = environ_of(call, world.names, world.standings[call.role])
        began, work = time.perf_counter(), _work()
        try:
            parts, line, headers = run_wsgi_app(world.app.wsgi_app, environ, buffered=True)
            status, body = int(line.split()[0]), b"".join(parts)
        except Exception:  # what no server of ours would survive quietly
            logging.getLogger("portal").exception("the application fell over")
            status, headers, body = 0, Headers(), b""
        seconds, done = time.perf_counter() - began, _work() - work
        return Answer(
            call,
            self.endpoint(environ["PATH_INFO"], call.method),
            status,
            headers,
            body,
            list(self._wrote),
            list(self.logged),
            seconds,
            done,
        )

    def endpoint_of(self, call: Call) -> str:
        """Which route a call would reach."""
        return self.endpoint(str(environ_of(call, self.world.names, Standing())["PATH_INFO"]), call.method)

    def endpoint(self, path: str, method: str) -> str:
        """Which route it was; "" for none."""
        try:
            text = path.encode("latin-1").decode("utf-8", "replace")
            found, _ = self.world.app.url_map.bind("localhost").match(text, method=method)
        except HTTPException:
            return ""
        return str(found)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Note what is written to the database and to the log meanwhile."""
        with self.world.app.app_context():
            engine = db.engine
        listener = _Listener(self.logged)
        logger = logging.getLogger("portal")
        event.listen(engine, "before_cursor_execute", self._note)
        logger.addHandler(listener)
        try:
            yield
        finally:
            event.remove(engine, "before_cursor_execute", self._note)
            logger.removeHandler(listener)

    def _note(self, _connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith(WRITING):
            self._wrote.append(statement)


class _Listener(logging.Handler):
    def __init__(self, logged: list[logging.LogRecord]) -> None:
        super().__init__(logging.WARNING)
        self.logged = logged

    def emit(self, record: logging.LogRecord) -> None:
        self.logged.append(record)


def _work() -> float:
    """Seconds of processor this process and its children have used, those that still run included."""
    own, ended = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    used = own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime
    return used + sum(processor_seconds(pid) for pid in children(os.getpid()))
