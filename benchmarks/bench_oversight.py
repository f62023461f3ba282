"""The oversight pages, recomputation and exports at 5,000 and 100,000 people.

    python benchmarks/bench_oversight.py [5000 100000]

With PORTAL_BENCH_DATABASE_URL (an empty PostgreSQL database, one size a run) the same runs there. Prints
one JSON line a size: milliseconds (best of five) and statements of each page's reads, people a second
recomputed from their claims (on a sample), rows a second exported and by the bare writer.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import xlsxwriter
from sqlalchemy import event, insert, select

from portal import create_app, lifecycle
from portal.config import Settings
from portal.database import write_tx
from portal.extensions import db
from portal.models import Claim, CourseRecord, Person, PersonYear, Unit
from portal.queries import exports, oversight, review_pace
from portal.queries.exports import Wanted
from portal.queries.ledger import ledgers
from portal.rules.access import Actor
from portal.rules.policy import shipped
from portal.rules.standing import assess
from portal.rules.vocabulary import Hat
from portal.services import exports as services

YEARS = (2021, 2022, 2023, 2024, 2025)
UNITS, SAMPLE, AT_ONCE = 40, 5_000, 5_000
NOW = datetime(2025, 12, 1, tzinfo=UTC)
HR = Actor(1, uuid4(), "hr", "周敏", 1, "人事处", Hat.HR, (Hat.HR,))


def main() -> None:
    """Measure each size and print."""
    for size in [int(given) for given in sys.argv[1:]] or [5_000, 100_000]:
        with tempfile.TemporaryDirectory() as place:
            address = os.environ.get("PORTAL_BENCH_DATABASE_URL", "")
            app = create_app(Settings(instance=Path(place) / "instance", database_url=address))
            with app.app_context():
                lifecycle.migrate_now()
                _fill(size)
                print(json.dumps(_measured(size, Path(place)), ensure_ascii=False), flush=True)
                db.session.remove()
                db.engine.dispose()


def _fill(size: int) -> None:
    """Two claims and three course records a person, five years of standing; one claim in twenty waits."""
    rng = Random(1)
    with write_tx() as session:
        units = [
            {"id": n, "uuid": uuid4(), "code": f"U{n:02d}", "name": f"单位{n}"} for n in range(1, UNITS + 1)
        ]
        session.execute(insert(Unit), units)
        for start in range(1, size + 1, AT_ONCE):
            some = range(start, min(start + AT_ONCE, size + 1))
            session.execute(insert(Person), [_person(n, rng) for n in some])
            session.execute(insert(PersonYear), [_year(n, year, rng) for n in some for year in YEARS])
            session.execute(insert(Claim), [claim for n in some for claim in _claims(n, rng)])
            session.execute(insert(CourseRecord), [_course(n, k) for n in some for k in range(3)])
    with write_tx() as session:
        session.connection().exec_driver_sql("ANALYZE")


def _person(number: int, rng: Random) -> dict[str, Any]:
    return {
        "id": number,
        "uuid": uuid4(),
        "username": f"{number:08d}",
        "name": "陈晓",
        "search_key": "陈晓 chenxiao",
        "unit_id": rng.randint(1, UNITS),
        "department": "内科教研室",
        "title": "讲师",
        "created_at": NOW,
    }


def _year(person: int, year: int, rng: Random) -> dict[str, Any]:
    public, professional = rng.randint(60, 140), rng.randint(160, 280)
    return {
        "person_id": person,
        "year": year,
        "public": public,
        "professional": professional,
        "categories": {"course": public, "training": professional},
        "met": public >= 120 and professional >= 240,
        "updated_at": NOW,
    }


def _claims(person: int, rng: Random) -> list[dict[str, Any]]:
    found = []
    for number in (1, 2):
        waits = rng.random() < 0.05
        sent = NOW - timedelta(days=rng.randint(1, 300))
        day = sent.date() - timedelta(days=5)
        decided = {
            "status": "approved",
            "decided_at": sent + timedelta(hours=rng.randint(1, 300)),
            "decider_id": person % 50 + 1 if person % 50 + 1 != person else 60,
            "approved_quarters": 64,
            "approved_subject": "professional",
            "approval_number": number,
            "credited": {str(day.year): 64},
            "policy_id": "sdsmu-2025",
        }
        nothing = dict.fromkeys(decided)
        found.append(
            {
                "uuid": uuid4(),
                "person_id": person,
                "unit_id": person % UNITS + 1,
                "category": "training",
                "kind": "研修",
                "subject": "professional",
                "title": "教学能力研修班",
                "start_on": day,
                "end_on": day + timedelta(days=1),
                "quarters": 64,
                "year_from": day.year,
                "year_to": (day + timedelta(days=1)).year,
                "created_at": sent,
                "updated_at": sent,
                "submitted_at": sent,
                **(nothing | {"status": "pending"} if waits else decided),
            }
        )
    return found


def _course(person: int, number: int) -> dict[str, Any]:
    return {
        "person_id": person,
        "platform": "山东开放大学",
        "record_id": f"{person}-{number}",
        "title": "公需科目课程",
        "subject": "public",
        "year": 2025,
        "completed_on": NOW.date(),
        "quarters": 40,
        "created_at": NOW,
    }


def _measured(size: int, place: Path) -> dict[str, Any]:
    policy = shipped().for_year(2025)
    period = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
    found: dict[str, Any] = {"people": size, "database": db.engine.dialect.name}
    reads: dict[str, Callable[[], object]] = {
        "overview": lambda: oversight.school(HR, policy, 2025),
        "five years": lambda: oversight.over_years(HR, YEARS),
        "pace": lambda: review_pace.pace(HR, period, NOW),
        "reviewers": lambda: review_pace.each_other(HR, period),
    }
    for name, read in reads.items():
        sent: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *given, kept=sent: kept.append(given[2]))
        taken = []
        for _ in range(5):
            started = time.perf_counter()
            read()
            taken.append(time.perf_counter() - started)
            db.session.rollback()
        found[f"{name} ms"] = round(min(taken) * 1000, 1)
        found[f"{name} statements"] = len([one for one in sent if one.startswith("SELECT")]) // 5
    return found | _recomputed(size) | _exported(place)


def _recomputed(size: int) -> dict[str, Any]:
    people = min(SAMPLE, size)
    started = time.perf_counter()
    for start in range(1, people + 1, 500):
        for book in ledgers(list(range(start, min(start + 500, people + 1)))).values():
            assess(shipped(), book.approved, as_of=None, obligations=book.obligations)
        db.session.rollback()
    pace = people / (time.perf_counter() - started)
    return {"recomputed people/s": round(pace), "whole campus s": round(size / pace, 1)}


def _exported(place: Path) -> dict[str, Any]:
    wanted = Wanted(exports.STANDINGS, YEARS)
    found: dict[str, Any] = {}
    rows = 0
    for form in ("xlsx", "csv"):
        file = place / f"list.{form}"
        started = time.perf_counter()
        rows = services.write_to(file, wanted, form, now=NOW, progress=lambda _done: None)  # type: ignore[arg-type]
        found[f"{form} rows/s"] = round(rows / (time.perf_counter() - started))
    some = db.session.scalars(select(Person.id).limit(2_000)).all()
    known = list(exports.rows(wanted, some, masked=False))
    started = time.perf_counter()
    with xlsxwriter.Workbook(str(place / "bare.xlsx"), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number in range(rows):
            for column, value in enumerate(known[number % len(known)]):
                sheet.write(number, column, value)
    found["bare xlsx rows/s"] = round(rows / (time.perf_counter() - started))
    found["of bare"] = round(found["xlsx rows/s"] / found["bare xlsx rows/s"], 2)
    return found


if __name__ == "__main__":
    main()
