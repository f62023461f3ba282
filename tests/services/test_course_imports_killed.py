"""An import whose process is killed again and again ends as one that was left alone."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from portal import create_app, lifecycle
from portal.config import Settings
from portal.database import write_tx
from portal.extensions import db
from portal.models import CourseImport, CourseRecord, Event, ImportBatch, Person, PersonYear, Unit
from portal.services.names import search_key

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kills a process as Unix does")

ROWS, PEOPLE, KILLS = 4000, 40, 3
KILLED_AFTER = (1, 2, 2)  # chunks each of the killed processes gets done, of twenty
COMMAND = """
import os, signal, sys
from portal.services import course_imports
chunk, left = course_imports._chunk, int(sys.argv[1])
def counted(*given):
    global left
    more = chunk(*given)
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return more
course_imports._chunk = counted
from portal.cli import main
main(sys.argv[2:])
"""


@pytest.fixture
def instance(tmp_path):
    """A campus of its own with the people of the list, whose folder the commands are given."""

    first = tmp_path / "first"

    def make(name):
        folder = tmp_path / name
        if first.exists():
            shutil.copytree(first, folder)
            return folder, create_app(Settings(instance=folder))
        app = create_app(Settings(instance=first))
        with app.app_context():
            lifecycle.migrate_now()
            with write_tx() as session:
                unit = Unit(code="HLXY", name="护理学院")
                session.add(unit)
                session.flush()
                for number in range(PEOPLE):
                    session.add(
                        Person(
                            username=f"{number:08d}",
                            name="陈晓",
                            search_key=search_key("陈晓"),
                            unit_id=unit.id,
                            department="内科",
                            created_at=app.extensions["portal.clock"].now(),
                        )
                    )
            db.session.remove()
            db.engine.dispose()
        return make(name)

    return make


@pytest.fixture
def listed(tmp_path):
    file = tmp_path / "课程.csv"
    lines = ["记录编号,工号,姓名,学习平台,课程名称,科目类型,学时,完成日期"]
    for n in range(ROWS):
        subject = "公需科目" if n % 3 else "专业科目"
        name = "别人" if n % 100 == 7 else "陈晓"
        lines.append(f"K{n},{n * 7 % PEOPLE:08d},{name},蟹壳云学,药物警戒,{subject},0.5,2025-0{n % 9 + 1}-11")
    file.write_text("\n".join(lines), "utf-8")
    return file


def run(folder: Path, file: Path, chunks: int) -> int:
    command = [sys.executable, "-c", COMMAND, str(chunks), "import", "courses", str(file)]
    done = subprocess.run([*command, "--instance", str(folder)], capture_output=True, check=False)
    assert done.returncode in (-signal.SIGKILL, 2), done.stderr.decode()
    return done.returncode


def state(app):
    """Records, standings and counts, without what differs from run to run."""
    with app.app_context():
        record = CourseRecord
        rows = db.session.execute(
            select(
                *(record.person_id, record.record_id, record.subject, record.year, record.quarters),
                record.batch_id,
            ).order_by(record.record_id)
        ).all()
        years = db.session.execute(
            select(
                PersonYear.person_id, PersonYear.year, PersonYear.public, PersonYear.professional
            ).order_by(PersonYear.person_id, PersonYear.year)
        ).all()
        batches = db.session.execute(select(ImportBatch.state, ImportBatch.summary)).all()
        stages = db.session.execute(select(CourseImport.stage, CourseImport.done)).all()
        deeds = db.session.scalars(select(Event.action).order_by(Event.id)).all()
        db.session.remove()
    return [list(map(tuple, one)) for one in (rows, years, batches, stages)], deeds


def test_killed_three_times_it_ends_as_one_clean_run(instance, listed):
    clean, quiet = instance("clean")
    assert run(clean, listed, 10**6) == 2, "bad rows answer 2"
    killed, battered = instance("killed")
    assert [run(killed, listed, chunks) for chunks in KILLED_AFTER] == [-signal.SIGKILL] * KILLS
    assert len(state(battered)[0][0]) < ROWS, "the kills came before the end"
    assert run(killed, listed, 10**6) == 2
    assert state(battered) == state(quiet)
    assert len(state(quiet)[0][0]) == ROWS - ROWS // 100
