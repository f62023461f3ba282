"""Taking course records in, against the bare reader plus one bulk insert; and what others feel of it.

    python benchmarks/bench_imports.py [--rows 200000] [--people 5000]

With PORTAL_BENCH_DATABASE_URL (an empty PostgreSQL database) the same runs there. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import resource
import tempfile
import threading
import time
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

from sqlalchemy import delete, insert, select

from portal import create_app, lifecycle, spreadsheets
from portal.config import Settings
from portal.database import write_tx
from portal.extensions import db
from portal.models import CourseRecord, Person, Unit
from portal.queries.ledger import ledger
from portal.rules.policy import shipped
from portal.rules.standing import assess
from portal.services import course_imports, course_previews
from portal.services.names import search_key

HEADINGS = "记录编号,工号,姓名,学习平台,课程名称,科目类型,学时,完成日期"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--people", type=int, default=5_000)
    given = parser.parse_args()
    address = os.environ.get("PORTAL_BENCH_DATABASE_URL", "")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        app = create_app(Settings(instance=folder / "instance", database_url=address))
        file = folder / "courses.csv"
        _list(file, given.rows, given.people)
        with app.app_context():
            lifecycle.migrate_now()
            _people(given.people, app.extensions["portal.clock"].now())
            found = {"rows": given.rows, "people": given.people, "database": db.engine.dialect.name}
            found["bare rows/s"] = round(given.rows / _bare(file))
            found |= _imported(app, file, folder / "imports", given.rows, given.people)
            db.session.remove()
            db.engine.dispose()
    found["of bare"] = round(found["rows/s"] / found["bare rows/s"], 3)
    found["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(found, ensure_ascii=False))


def _list(file: Path, rows: int, people: int) -> None:
    rng = Random(1)
    with file.open("w", encoding="gb18030", newline="") as opened:
        opened.write(HEADINGS + "\n")
        for number in range(rows):
            subject = rng.choice(("公需科目", "专业科目"))
            day = f"2025-{rng.randint(1, 11):02d}-{rng.randint(1, 28):02d}"
            opened.write(
                f"K{number:08d},{rng.randrange(people):08d},陈晓,蟹壳云学,医学统计,{subject},0.5,{day}\n"
            )


def _people(people: int, now: object) -> None:
    with write_tx() as session:
        unit = Unit(code="HLXY", name="护理学院")
        session.add(unit)
        session.flush()
        key = search_key("陈晓")
        shared = {
            "name": "陈晓",
            "search_key": key,
            "unit_id": unit.id,
            "department": "内科",
            "created_at": now,
        }
        session.execute(insert(Person), [{"username": f"{n:08d}", **shared} for n in range(people)])


def _bare(file: Path) -> float:
    """Seconds for csv.reader and one insert of every row, then gone again."""
    with write_tx() as session:
        ids = {row.username: row.id for row in session.execute(select(Person.id, Person.username))}
    started = time.perf_counter()
    rows = list(csv.DictReader(io.StringIO(file.read_text("gb18030"))))
    now = datetime.now(UTC)
    values = [
        {
            "person_id": ids[row["工号"]],
            "platform": row["学习平台"],
            "record_id": row["记录编号"],
            "title": row["课程名称"],
            "subject": "public" if row["科目类型"] == "公需科目" else "professional",
            "year": 2025,
            "completed_on": date.fromisoformat(row["完成日期"]),
            "quarters": int(float(row["学时"]) * 4),
            "created_at": now,
        }
        for row in rows
    ]
    with write_tx() as session:
        session.execute(insert(CourseRecord), values)
    taken = time.perf_counter() - started
    with write_tx() as session:
        session.execute(delete(CourseRecord))
    return taken


def _imported(app: object, file: Path, folder: Path, rows: int, people: int) -> dict[str, object]:
    clock = app.extensions["portal.clock"]  # type: ignore[attr-defined]
    reads: list[float] = []
    writes: list[float] = []
    over = threading.Event()
    threads = [
        threading.Thread(target=_others, args=(app, over, reads, people, False)),
        threading.Thread(target=_others, args=(app, over, writes, people, True)),
    ]
    started = time.perf_counter()
    sheet = spreadsheets.read(file, file.name)
    read = time.perf_counter()
    batch = course_previews.preview(
        None,
        sheet,
        file.name,
        year=2025,
        policies=shipped(),
        folder=folder,
        now=clock.now(),
        today=date(2025, 12, 1),
    )
    del sheet
    looked = time.perf_counter()
    for thread in threads:
        thread.start()
    with write_tx() as session:
        course_imports.agree(None, session, batch, chosen=(), now=clock.now())
    course_imports.write(None, batch, policies=shipped(), folder=folder, clock=clock.now)
    ended = time.perf_counter()
    over.set()
    for thread in threads:
        thread.join()
    return {
        "read s": round(read - started, 2),
        "preview s": round(looked - read, 2),
        "write s": round(ended - looked, 2),
        "rows/s": round(rows / (ended - started)),
        "standing read p95 ms": _p95(reads),
        "other write p95 ms": _p95(writes),
        "other write worst ms": round(max(writes) * 1000),
    }


def _others(app: object, over: threading.Event, took: list[float], people: int, writes: bool) -> None:
    """Somebody else at work: the standing of anybody, or a short write, twenty times a second."""
    rng = Random(2)
    with app.app_context():  # type: ignore[attr-defined]
        while not over.wait(0.05):
            started = time.perf_counter()
            if writes:
                with write_tx() as session:
                    person = session.get(Person, rng.randint(1, people))
                    if person is not None:
                        person.phone = "1" if person.phone == "0" else "0"
            else:
                assess(shipped(), ledger(rng.randint(1, people), years=(2025, 2025)).approved, as_of=None)
                db.session.rollback()
            took.append(time.perf_counter() - started)
        db.session.remove()


def _p95(took: list[float]) -> int:
    return round(sorted(took)[int(len(took) * 0.95)] * 1000)


if __name__ == "__main__":
    main()
