"""A queue of small jobs, against a bare loop that makes the same inserts.

    python benchmarks/bench_jobs.py [--jobs 300]

Each job inserts one message in one transaction. With PORTAL_BENCH_DATABASE_URL (an empty PostgreSQL
database) the same runs there. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from portal import create_app, jobs, lifecycle
from portal.config import Settings
from portal.database import write_tx
from portal.extensions import db
from portal.models import Person, Unit
from portal.services import jobs as services
from portal.services.jobs import Task
from portal.services.messages import tell

NOW = datetime(2025, 12, 1, tzinfo=UTC)


def run(task: Task) -> None:
    """The job: one message, kept with the progress."""
    with write_tx() as session:
        tell(session, [task.payload["person"]], "told", title="测量", now=NOW)
        task.advance(session, 1, 1)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=300)
    count = parser.parse_args().jobs
    address = os.environ.get("PORTAL_BENCH_DATABASE_URL", "")
    with tempfile.TemporaryDirectory() as place:
        app = create_app(Settings(instance=Path(place), database_url=address))
        jobs.HANDLERS["measured"] = f"{__name__}:run"
        with app.app_context():
            lifecycle.migrate_now()
            person = _person()
            bare = _bare(person, count)
            queued = _queued(person, count)
            db.session.remove()
        begun = time.perf_counter()
        done = jobs.run_all(app)
        ran = time.perf_counter() - begun
        with app.app_context():
            database = db.engine.dialect.name
            db.engine.dispose()
    assert done == count
    per = {"bare": bare / count, "enqueue": queued / count, "run": ran / count}
    found = {"database": database, "jobs": count}
    found |= {f"{name} ms": round(seconds * 1000, 2) for name, seconds in per.items()}
    print(json.dumps({**found, "of bare": round((queued + ran) / bare, 2)}))


def _person() -> int:
    with write_tx() as session:
        unit = Unit(code="CL", name="测量")
        session.add(unit)
        session.flush()
        person = Person(
            username="1", name="测量", search_key="", unit_id=unit.id, department="", created_at=NOW
        )
        session.add(person)
        session.flush()
        return person.id


def _bare(person: int, count: int) -> float:
    begun = time.perf_counter()
    for _ in range(count):
        with write_tx() as session:
            tell(session, [person], "told", title="测量", now=NOW)
    return time.perf_counter() - begun


def _queued(person: int, count: int) -> float:
    begun = time.perf_counter()
    for _ in range(count):
        with write_tx() as session:
            services.enqueue(session, None, "measured", {"person": person}, title="测量", now=NOW)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
