"""Whether the portal can serve, what an operator should look at, and the numbers of the moment."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import current_app

from portal import backups, lifecycle
from portal.config import Settings
from portal.database import require_writable
from portal.extensions import db
from portal.metrics import Gauge
from portal.queries.operation import Vitals, vitals
from portal.storage import require_room

ROOM = 100 * 1024 * 1024  # bytes: a day's worth of evidence
LITTLE_ROOM = 10 * ROOM
RUNNER_SILENT = timedelta(minutes=2)
DAY_MISSED = timedelta(hours=36)
BACKUP_OLD = timedelta(hours=36)
WAIT_MS = 2_000  # for the write lock


class NotReady(Exception):
    """Nothing may be sent here now; the message says why, in English, for whoever runs the portal."""


def require_ready() -> None:
    """Tables of this version, a write that can begin, room for evidence; nothing is written.

    Raises NotReady, StorageFull below 100 MB, and the database's own fault when it does not answer.
    """
    if not lifecycle.ready():
        raise NotReady("database needs portal upgrade")
    require_writable(db.engine, wait_ms=WAIT_MS)
    require_room(current_app.extensions["portal.store"].root, ROOM)


def warnings(now: datetime) -> list[str]:
    """What does not keep the portal from serving yet, a sentence each."""
    settings: Settings = current_app.extensions["portal.settings"]
    found, told = vitals(now), []
    if found.runner_seen is None:
        told.append("no job runner was ever seen")
    elif now - found.runner_seen > RUNNER_SILENT:
        told.append(f"no job runner seen for {_span(now - found.runner_seen)}")
    if found.day_done is not None and now - found.day_done > DAY_MISSED:
        told.append(f"the day's work was last done {_span(now - found.day_done)} ago")
    age = backup_age(settings)
    if age is None:
        told.append("no backup was ever made")
    elif age > BACKUP_OLD.total_seconds():
        told.append(f"the last backup is {_span(timedelta(seconds=age))} old")
    free = _free()
    if free < LITTLE_ROOM:
        told.append(f"{free // 1024**2} MB left for evidence")
    return told


def gauges(now: datetime) -> Iterator[Gauge]:
    """The moment's numbers for Prometheus; those that do not exist yet are left out."""
    found: Vitals = vitals(now)
    nothing = ("", "")
    yield "portal_jobs", "Jobs by state", {("state", state): count for state, count in found.jobs.items()}
    yield "portal_jobs_due", "Queued jobs whose time has come", {nothing: found.due}
    yield "portal_claims_waiting", "Claims waiting for review", {nothing: found.waiting_claims}
    yield "portal_evidence_free_bytes", "Room on the disk of the evidence files", {nothing: _free()}
    if found.runner_seen is not None:
        silent = (now - found.runner_seen).total_seconds()
        yield "portal_runner_silent_seconds", "Since a job runner was last seen", {nothing: max(0.0, silent)}
    if found.day_done is not None:
        since = (now - found.day_done).total_seconds()
        yield "portal_day_done_seconds", "Since the day's work was last done", {nothing: max(0.0, since)}
    age = backup_age(current_app.extensions["portal.settings"])
    if age is not None:
        yield "portal_backup_age_seconds", "Since the last whole backup", {nothing: age}


def backup_age(settings: Settings) -> float | None:
    """Seconds since `portal backup` last finished; None when it never did. By the machine's clock."""
    try:
        return max(0.0, time.time() - (settings.instance / backups.LAST).stat().st_mtime)
    except FileNotFoundError:
        return None


def _free() -> int:
    return shutil.disk_usage(current_app.extensions["portal.store"].root).free


def _span(time_gone: timedelta) -> str:
    minutes = int(time_gone.total_seconds() // 60)
    return f"{minutes // 60} h" if minutes >= 120 else f"{minutes} min"
