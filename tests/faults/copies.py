"""Backups made while people file; each is put into an empty place and must hold what was promised before."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from sqlalchemy import select
from sqlalchemy.engine import make_url

from faults.killing import Result, doctor_says, seats_of, working
from faults.more_deeds import Submit
from faults.outages import whole
from faults.school import School
from faults.server import Server
from portal import backups, create_app
from portal.config import Settings
from portal.extensions import db
from portal.models import Sending

FILING = tuple((f"教师{number:02d}", "person") for number in range(20))  # six would use up their quotas
HEAD_START = 0.3  # seconds people have filed for when a backup begins


def backups_meanwhile(school: School, server: Server, times: int) -> Result:
    """That many backups, one after the other, while twenty file claims with their proofs."""
    result, deed = Result("backups while people file, each restored", times, "backups"), Submit(school)
    seats = seats_of(school, server, FILING)
    folder = school.settings.instance.with_name("backups")
    longest = 0.0
    for number in range(times):
        with working(deed, seats):
            time.sleep(HEAD_START)
            promised, at = deed.keys.copy(), time.monotonic()
            made = backups.make(school.settings, folder, now=datetime.now(UTC))
            longest = max(longest, time.monotonic() - at)
        at = time.monotonic()
        with _restored(school, made.folder) as (restored, manifest):
            result.recovery = max(result.recovery, time.monotonic() - at)
            found = _keys(restored)
            faults = doctor_says(restored, quick=False)
        faults += [f"{key} was promised before the backup began" for key in promised - found]
        faults += [] if manifest["files"] else ["the backup lists no file"]
        result.faults += [f"backup {number + 1}: {one}" for one in faults]
        shutil.rmtree(made.folder)
    result.detail = f"each made within {longest:.1f} s, the last {made.size / 1e6:.0f} MB"
    return whole(result, school, deed, seats)


@contextmanager
def _restored(school: School, source: Path) -> Iterator[tuple[School, dict[str, object]]]:
    """The backup in an instance of its own, gone again afterwards; and its manifest."""
    place = school.settings.instance.with_name("restored")
    with _empty_database(school.settings.database_url) as address:
        settings = Settings(instance=place, database_url=address)
        manifest = backups.restore(source, settings)
        twin = School(create_app(settings), settings, school.people, school.staff)
        try:
            yield twin, manifest
        finally:
            twin.close()
            shutil.rmtree(place)


@contextmanager
def _empty_database(address: str) -> Iterator[str]:
    """A new database beside the one in use; nothing to do where SQLite's file will be new anyway."""
    if not address:
        yield ""
        return
    name = "restored"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield make_url(address).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _keys(school: School) -> set[str]:
    with school.app.app_context():
        found = set(db.session.scalars(select(Sending.key)))
        db.session.remove()
    return found
