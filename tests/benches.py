"""The bench of the tests: one migrated app per database for the whole session, put back between tests."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from campus import NOW, read_people, settle_people
from flask import Flask
from sqlalchemy import Connection, TextClause, event, select, text
from sqlalchemy.engine import make_url

from portal import create_app, lifecycle
from portal.clock import FixedClock, parse_today
from portal.config import Settings
from portal.database import schema_tx
from portal.extensions import db, limiter

CLEAN = "clean"  # the state in which there is nothing but the people
BELONGING = ("evidence", "imports", "jobs")  # folders of an instance whose files belong to rows


class MovableClock(FixedClock):
    """Stands where it is put."""

    def move_to(self, text: str) -> None:
        """To a date (08:00) or an instant, in Shanghai unless it says otherwise."""
        self.instant = parse_today(text)


class Bench:
    """An app on one database. States it was in can be kept and gone back to."""

    def __init__(self, backend: str, folder: Path, address: str = "") -> None:
        self.backend, self.folder, self.address = backend, folder, address
        self.settings = Settings(instance=folder / "instance", database_url=address, testing=True)
        self.app = create_app(self.settings)
        with self.app.app_context():
            lifecycle.migrate_now()
            self._spare_the_disk()
        settle_people(self.app)
        self.people = read_people(self.app)
        made = Rows if backend == "postgresql" else Pages
        with self.app.app_context():
            self.database: Rows | Pages = made(self.app, folder)
        self._told: dict[str, Any] = {}
        self._files: dict[str, dict[str, tuple[int, int]]] = {}
        self.keep(CLEAN)

    def _spare_the_disk(self) -> None:
        """No test cuts the power: nothing has to reach the disk, as in the scratch database of PostgreSQL."""
        if self.backend == "sqlite":
            event.listen(db.engine, "connect", lambda driver, _: driver.execute("PRAGMA synchronous=OFF"))
        db.session.remove()
        db.engine.dispose()

    def keep(self, name: str, told: Any = None) -> None:
        """Remember the state of now under that name, and `told` with it."""
        self._told[name] = told
        with self.app.app_context():
            db.session.remove()
            self.database.keep(name)
        kept = self.folder / f"kept-{name}"
        for place in BELONGING:
            if (self.settings.instance / place).is_dir():
                shutil.copytree(self.settings.instance / place, kept / place, dirs_exist_ok=True)
        self._files[name] = _files(kept)

    def clean(self, name: str = CLEAN) -> Any:
        """Back to that state, the clock and the limits too; answers what was told with it."""
        limiter.reset()
        self.app.extensions["portal.clock"] = MovableClock(NOW)
        with self.app.app_context():
            db.session.remove()
            self.database.back_to(name)
        _put_back(self.folder / f"kept-{name}", self._files[name], self.settings.instance)
        return self._told[name]

    def prepared(self, name: str, build: Callable[[], Any]) -> Any:
        """The state that `build` makes of the clean one; built once, then gone back to."""
        if name not in self._told:
            self.keep(name, build())
        return self.clean(name)

    def knows(self, name: str) -> bool:
        """Whether that state was kept."""
        return name in self._told

    def stamp(self) -> Any:
        """Something that differs whenever rows differ; cheap to ask for again and again."""
        with self.app.app_context():
            return self.database.stamp()

    def close(self) -> None:
        """Nothing is connected any more."""
        self.database.close()
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


class Pages:
    """States of a SQLite database: copies of its pages, through SQLite and not over its head, so that a
    connection left open somewhere reads on unharmed."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.folder = folder
        self.watch = sqlite3.connect(make_url(app.extensions["portal.settings"].database).database or "")
        self.watch.execute("PRAGMA synchronous=OFF")
        self.stands: tuple[str, Any] = ("", None)

    def keep(self, name: str) -> None:
        with closing(sqlite3.connect(self.folder / f"{name}.db")) as copy:
            self.watch.backup(copy)
        self.stands = (name, self.stamp())

    def back_to(self, name: str) -> None:
        self._still_there()
        if self.stands == (name, self.stamp()):
            return
        with closing(sqlite3.connect(self.folder / f"{name}.db")) as copy:
            copy.backup(self.watch)
        self.stands = (name, self.stamp())

    def _still_there(self) -> None:
        """Whoever opens and closes the file over SQLite's head drops the locks of this whole process. The
        next process to leave then takes itself for the last one and deletes the log we go on writing to."""
        for handle in Path("/proc/self/fd").iterdir():
            with suppress(FileNotFoundError):  # the listing's own
                held = os.readlink(handle)
                if held.startswith(str(self.folder)) and held.endswith("-wal (deleted)"):
                    raise RuntimeError(f"an earlier test opened the live database as a plain file: {held}")

    def stamp(self) -> Any:
        """SQLite's own count: it moves when another connection has committed a change."""
        own = self.watch.total_changes
        return own, self.watch.execute("PRAGMA data_version").fetchone()

    def close(self) -> None:
        self.watch.close()


@dataclass(frozen=True, slots=True)
class Kept:
    """A table as it was: its stamp and its rows."""

    stamp: tuple[int, Any]
    rows: list[dict[str, Any]]


class Rows:
    """States of a PostgreSQL database: all rows of all tables."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.kept: dict[str, dict[str, Kept]] = {}

    def keep(self, name: str) -> None:
        stamps = self.stamp()
        with db.engine.connect() as connection:
            self.kept[name] = {
                table.name: Kept(
                    stamps[table.name], [dict(row) for row in connection.execute(select(table)).mappings()]
                )
                for table in db.metadata.sorted_tables
            }

    def back_to(self, name: str) -> None:
        """What differs is written anew, and looked at no further: most tests touch a few tables."""
        stamps, then = self.stamp(), self.kept[name]
        changed = [
            table for table in db.metadata.sorted_tables if stamps[table.name] != then[table.name].stamp
        ]
        if not changed:
            return
        with schema_tx(db.engine) as connection:
            _rest_guards(connection)
            for table in changed:
                connection.execute(table.delete())
                if rows := then[table.name].rows:
                    connection.execute(table.insert(), rows)

    def stamp(self) -> dict[str, tuple[int, Any]]:
        """Rows and a sum over their text, table by table, in one statement."""
        with db.engine.connect() as connection:
            return {name: (count, total) for name, count, total in connection.execute(_stamps())}

    def close(self) -> None:
        self.kept.clear()


@cache
def _stamps() -> TextClause:
    return text(
        " UNION ALL ".join(
            f"SELECT '{table.name}', count(*), sum(hashtextextended(t::text, 0)) FROM {table.name} AS t"  # noqa: S608
            for table in db.metadata.sorted_tables
        )
    )


def _rest_guards(connection: Connection) -> None:
    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")


def _files(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file that belongs to rows, from `folder` on, with its size and age."""
    found = {}
    waiting = [str(folder / place) for place in BELONGING if (folder / place).is_dir()]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for one in entries:
                if one.is_dir():
                    waiting.append(one.path)
                else:
                    known = one.stat()
                    found[os.path.relpath(one.path, folder)] = (known.st_size, known.st_mtime_ns)
    return found


def _put_back(kept: Path, then: dict[str, tuple[int, int]], instance: Path) -> None:
    """The files of then, and none that came since: each would be looked at after every later test."""
    (instance / "seal.png").unlink(missing_ok=True)
    now = _files(instance)
    for file in now.keys() - then.keys():
        (instance / file).unlink()
        if (instance / file).parents[1].name == "files":  # one of the store's many small folders
            with suppress(OSError):  # others are in it
                (instance / file).parent.rmdir()
    for file in [file for file in then if then[file] != now.get(file)]:
        (instance / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(kept / file, instance / file)
