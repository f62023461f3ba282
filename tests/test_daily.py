"""What the portal does unasked: each thing once a day, nothing twice, whatever fails in between."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from campus import NOW
from flask import Flask
from sqlalchemy import create_engine, func, insert, select, update
from sqlalchemy.engine import make_url

from portal import daily, jobs
from portal.database import harden, tend, write_tx
from portal.extensions import db
from portal.models import (
    CourseImport,
    ImportBatch,
    ImportRow,
    Job,
    Message,
    Person,
    YearCalendar,
    YearReopening,
)
from portal.services import audit_heads
from portal.services.jobs import enqueue

LAST = date(2025, 12, 31)


def day(app: Flask) -> int:
    """One look and everything it queued; how many jobs ran."""
    daily.queue_due(app)
    return jobs.run_all(app)


def scalar(app: Flask, query: Any) -> Any:
    with app.app_context():
        found = db.session.scalar(query)
        db.session.remove()
        return found


def put(app: Flask, table: Any, **values: Any) -> None:
    with app.app_context(), write_tx() as session:
        session.execute(insert(table).values(**values))


@pytest.fixture(autouse=True)
def heads(app: Flask, settings: Any) -> Path:
    """The heads file, gone before and after."""
    settings.heads_file.unlink(missing_ok=True)
    return settings.heads_file


@pytest.fixture
def closing(app: Flask, people: Any) -> None:
    """Filing for 2025 ends on LAST; 2024 is over."""
    setter = {"setter_id": people["周敏"].id, "set_at": NOW, "reason": "年度安排"}
    for year, last in ((2024, date(2025, 6, 30)), (2025, LAST)):
        dates = {"open_until": last, "grace_until": last, "review_until": date(2026, 2, 28)}
        put(app, YearCalendar, year=year, **dates, **setter)


def titles(app: Flask, people: Any, name: str) -> list[str]:
    with app.app_context():
        found = db.session.scalars(
            select(Message.title).where(Message.person_id == people[name].id).order_by(Message.id)
        ).all()
        db.session.remove()
        return list(found)


def test_the_day_is_done_once_and_the_next_one_again(app, clock, heads):
    assert day(app) == 1
    assert day(app) == 0
    clock.move_to("2025-12-01T23:59:59+08:00")
    assert day(app) == 0
    clock.move_to("2025-12-02T00:00:00+08:00")
    assert day(app) == 1
    assert [one for one, _ in audit_heads.lines(heads)] == ["2025-12-01", "2025-12-02"]


def test_who_is_short_is_told_thirty_seven_and_one_day_before(app, people, closing, filing, clock):
    filing.met("刘洋")
    for moment in ("2025-11-30", "2025-12-01", "2025-12-02", "2025-12-24", "2025-12-25", "2025-12-30"):
        clock.move_to(moment)
        day(app)
    clock.move_to("2026-01-01")
    day(app)
    assert titles(app, people, "陈晓") == [
        f"2025 年度申报还有 {left} 天截止，您的学时尚未达标" for left in (30, 7, 1)
    ]
    assert titles(app, people, "刘洋") == []


def test_a_day_on_which_nothing_ran_is_made_up_for(app, people, closing, clock):
    clock.move_to("2025-12-28")
    day(app)
    clock.move_to("2025-12-29")
    day(app)
    assert titles(app, people, "陈晓") == ["2025 年度申报还有 3 天截止，您的学时尚未达标"]


def test_who_may_file_longer_hears_of_their_own_last_day(app, people, closing, clock):
    put(
        app,
        YearReopening,
        year=2025,
        person_id=people["陈晓"].id,
        files_until=date(2026, 1, 20),
        review_until=date(2026, 3, 31),
        reason="住院",
        setter_id=people["周敏"].id,
        set_at=NOW,
    )
    clock.move_to("2025-12-30")
    day(app)
    assert titles(app, people, "陈晓") == ["2025 年度申报还有 21 天截止，您的学时尚未达标"]
    assert titles(app, people, "刘洋") == ["2025 年度申报还有 1 天截止，您的学时尚未达标"]


def test_somebody_who_left_is_told_nothing(app, people, closing):
    with app.app_context(), write_tx() as session:
        session.execute(update(Person).where(Person.name == "陈晓").values(disabled_at=NOW))
    day(app)
    assert titles(app, people, "陈晓") == []
    assert len(titles(app, people, "刘洋")) == 1


def test_the_same_day_again_after_a_crash_tells_nobody_twice(app, closing, clock):
    day(app)
    before = scalar(app, select(func.count(Message.id)))
    with app.app_context(), write_tx() as session:
        session.execute(update(Job).values(state="queued", run_after=NOW))
    assert jobs.run_all(app) == 1
    assert scalar(app, select(func.count(Message.id))) == before > 0


def test_old_trash_and_leftovers_go_and_young_ones_stay(app):
    store = app.extensions["portal.store"]
    old, young = store.stage_dir / f"{uuid4()}.part", store.stage_dir / f"{uuid4()}.part"
    trashed = store.trash_path(str(uuid4()))
    for file, age in ((old, 31), (young, 29), (trashed, 31)):
        file.write_bytes(b"x")
        os.utime(file, times=2 * ((NOW - timedelta(days=age)).timestamp(),))
    day(app)
    assert (old.exists(), young.exists(), trashed.exists()) == (False, True, False)
    young.unlink()


def test_the_files_of_old_jobs_go_and_their_rows_stay(app, people, settings, clock):
    with app.app_context(), write_tx() as session:
        kept = enqueue(session, people.actor("周敏"), "export", {}, title="仍在等待", now=NOW)
        gone = enqueue(session, people.actor("周敏"), "export", {}, title="早已完成", now=NOW)
        done = {"state": "done", "finished_at": NOW, "result": {"files": ["a.xlsx"]}}
        session.execute(update(Job).where(Job.uuid == gone).values(**done))
        later = datetime(2030, 1, 1, tzinfo=UTC)
        session.execute(update(Job).where(Job.uuid == kept).values(run_after=later))
    for uuid in (kept, gone):
        folder = settings.instance / "jobs" / str(uuid)
        folder.mkdir(parents=True)
        (folder / "a.xlsx").write_bytes(b"x")
    day(app)
    assert (settings.instance / "jobs" / str(gone)).exists()
    clock.move_to("2026-01-01")
    day(app)
    assert not (settings.instance / "jobs" / str(gone)).exists()
    assert (settings.instance / "jobs" / str(kept)).exists()
    assert scalar(app, select(Job.title).where(Job.uuid == gone)) == "早已完成"


def test_lists_nobody_agreed_to_go_after_a_day(app, people, settings, clock):
    def batch(number: int, kind: str, stage: str | None) -> None:
        uuid = uuid4()
        put(
            app,
            ImportBatch,
            id=number,
            uuid=uuid,
            kind=kind,
            file_name="a.xlsx",
            file_sha256="0" * 64,
            state="preview",
            importer_id=people["周敏"].id,
            uploaded_at=NOW,
            summary={},
        )
        facts: dict[str, Any] = {"facts": {}, "outcome": "new", "problems": [], "before": {}, "after": {}}
        put(app, ImportRow, batch_id=number, number=2, object_uuid=None, **facts)
        if stage:
            made: dict[str, Any] = {"total": 1, "done": 0, "byte_offset": 0, "chosen": []}
            put(app, CourseImport, batch_id=number, stage=stage, year=None, **made)
            folder = settings.instance / "imports"
            folder.mkdir(exist_ok=True)
            (folder / f"{uuid}.ndjson").write_text("[]\n")

    batch(1, "staff", None)
    batch(2, "courses", "ready")
    batch(3, "courses", "writing")
    day(app)
    assert scalar(app, select(func.count(ImportBatch.id))) == 3
    clock.move_to("2025-12-02T08:00:01+08:00")
    day(app)
    assert scalar(app, select(ImportBatch.id)) == 3
    assert scalar(app, select(func.count(ImportRow.batch_id))) == 1
    assert len(list((settings.instance / "imports").glob("*.ndjson"))) == 1


def test_one_part_that_fails_keeps_no_other_back_and_is_tried_again(
    app, people, closing, clock, heads, caplog
):
    heads.mkdir()  # nothing can be appended to a folder
    day(app)
    assert len(titles(app, people, "陈晓")) == 1
    assert "日志校验值" in scalar(app, select(Job.problem).where(Job.kind == "daily"))
    heads.rmdir()
    clock.instant += timedelta(seconds=daily.AGAIN)
    jobs.run_all(app)
    assert [one for one, _ in audit_heads.lines(heads)] == ["2025-12-01"]
    assert len(titles(app, people, "陈晓")) == 1


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_log_of_sqlite_is_folded_into_the_file_each_day(app, settings, people, clock):
    log = Path(f"{make_url(settings.database).database}-wal")
    for number in range(200):
        told = {"kind": "told", "title": f"{number}", "created_at": NOW, "visible_at": NOW}
        put(app, Message, uuid=uuid4(), person_id=people["陈晓"].id, **told)
    before = log.stat().st_size
    day(app)
    assert before > 100_000
    assert log.stat().st_size < before / 4  # what the day's own job wrote since


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_damaged_file_is_found_by_the_day_and_named(app, settings, tmp_path):
    damaged = tmp_path / "damaged.db"
    # through SQLite: closing the live file ourselves would drop every lock this process holds on it
    live = make_url(settings.database).database or ""
    with (
        contextlib.closing(sqlite3.connect(live)) as source,
        contextlib.closing(sqlite3.connect(damaged)) as copy,
    ):
        source.backup(copy)
    size = damaged.stat().st_size
    with damaged.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * (size // 4))
    engine = create_engine(f"sqlite:///{damaged}")
    harden(engine)
    with pytest.raises((RuntimeError, sqlite3.DatabaseError), match=r"damaged|malformed"):
        tend(engine)
    engine.dispose()
