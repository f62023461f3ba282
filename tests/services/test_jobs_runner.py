"""Jobs: queued with the deed, done once chunk by chunk, whatever happens to the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from campus import NOW, People
from flask import Flask
from sqlalchemy import select

from portal import jobs as runner
from portal.database import write_tx
from portal.extensions import db
from portal.models import Job
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import JobState
from portal.services import jobs
from portal.services.jobs import Later, Task

SEEN: list[Any] = []


def count(task: Task) -> None:
    """Notes each number once, in the chunk's own transaction."""
    for number in range(task.checkpoint.get("next", 0), task.payload["to"]):
        with write_tx() as session:
            task.advance(session, number + 1, task.payload["to"], {"next": number + 1})
        SEEN.append(number)
        if task.payload.get("break_at") == number and not task.payload.get("broken"):
            task.payload["broken"] = True
            raise RuntimeError("the power failed")
    task.finish({"sentence": "完成"})


def refuse(_task: Task) -> None:
    raise RuleBroken("名单中没有可处理的人员。")


def wait(task: Task) -> None:
    SEEN.append("tried")
    raise Later(60, "邮件服务器没有应答。")


def stop_yourself(task: Task) -> None:
    jobs.cancel(task.owner, task.uuid, now=task.now())  # as the owner would from the page
    with write_tx() as session:
        task.advance(session, 1, 2)
    SEEN.append("went on")


@pytest.fixture(autouse=True)
def handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    SEEN.clear()
    for name in ("count", "refuse", "wait", "stop_yourself"):
        monkeypatch.setitem(runner.HANDLERS, name, f"{__name__}:{name}")


def queue(app: Flask, people: People, kind: str, **payload: Any) -> Any:
    with app.app_context(), write_tx() as session:
        return jobs.enqueue(session, people.actor("周敏"), kind, payload, title="测试", now=NOW)


def job(app: Flask, uuid: Any) -> Any:
    with app.app_context():
        found = db.session.scalars(select(Job).where(Job.uuid == uuid)).one()
        db.session.expunge(found)
        db.session.remove()
        return found


def test_a_job_is_done_and_says_so(app: Flask, people: People) -> None:
    uuid = queue(app, people, "count", to=3)
    assert runner.run_all(app) == 1
    found = job(app, uuid)
    assert (found.state, found.done, found.total, found.result) == (JobState.DONE, 3, 3, {"sentence": "完成"})
    assert (found.lease, found.finished_at) == (None, NOW)
    assert SEEN == [0, 1, 2]


def test_what_a_hat_began_is_closed_without_it(app: Flask, people: People, sign_in: Any) -> None:
    with app.app_context(), write_tx() as session:
        began = jobs.enqueue(session, people.actor("李静"), "count", {"to": 1}, title="导出", now=NOW)
    for client, status in ((sign_in("李静", "person"), 404), (sign_in("王芳"), 404), (sign_in("李静"), 200)):
        client.get(f"/jobs/{began}", status=status)
    sign_in("李静", "person").post(f"/jobs/{began}/cancel", data={}, status=404)
    sign_in("李静").post(f"/jobs/{began}/cancel", data={}, status=303)


def test_a_deed_that_fails_leaves_no_job(app: Flask, people: People) -> None:
    def deed() -> None:
        with write_tx() as session:
            jobs.enqueue(session, people.actor("周敏"), "count", {"to": 1}, title="测试", now=NOW)
            raise ZeroDivisionError

    with app.app_context(), pytest.raises(ZeroDivisionError):
        deed()
    assert runner.run_all(app) == 0


def test_an_unexpected_error_is_told_with_a_number_and_no_detail(app: Flask, people: People) -> None:
    uuid = queue(app, people, "count", to=3, break_at=1)
    runner.run_all(app)
    found = job(app, uuid)
    assert found.state == JobState.FAILED
    assert str(uuid) in found.problem
    assert "power" not in found.problem


def test_a_refusal_is_told_as_it_stands(app: Flask, people: People) -> None:
    uuid = queue(app, people, "refuse")
    runner.run_all(app)
    found = job(app, uuid)
    assert (found.state, found.problem) == (JobState.FAILED, "名单中没有可处理的人员。")


def test_a_job_that_cannot_get_on_waits_for_its_time(app: Flask, people: People, clock: Any) -> None:
    uuid = queue(app, people, "wait")
    assert runner.run_all(app) == 1
    assert job(app, uuid).state == JobState.QUEUED
    assert runner.run_all(app) == 0
    clock.move_to("2025-12-01T08:01:01+08:00")
    assert runner.run_all(app) == 1
    assert SEEN == ["tried", "tried"]


def test_a_cancelled_job_gives_its_chunk_up(app: Flask, people: People) -> None:
    uuid = queue(app, people, "stop_yourself")
    runner.run_all(app)
    assert (job(app, uuid).state, job(app, uuid).done, SEEN) == (JobState.CANCELLED, 0, [])


def test_who_lost_the_role_meanwhile_gets_nothing_done(app: Flask, people: People) -> None:
    with app.app_context(), write_tx() as session:
        uuid = jobs.enqueue(
            session, people.actor("陈晓", "person"), "count", {"to": 1}, title="测试", now=NOW
        )
        session.execute(Job.__table__.update().where(Job.uuid == uuid).values(owner_hat="hr"))
    runner.run_all(app)
    assert job(app, uuid).state == JobState.FAILED
    assert SEEN == []


def test_who_lost_the_lease_writes_nothing_more(app: Flask, people: People) -> None:
    uuid = queue(app, people, "count", to=2)
    with app.app_context():
        with write_tx() as session:
            taken = jobs.take(session, "elsewhere:1:x", NOW)
            task = runner._task(app, taken)
            jobs.free_leases(session, ["elsewhere:1:x"])
        with write_tx() as session:
            assert jobs.take(session, "elsewhere:2:y", NOW).uuid == uuid
        with pytest.raises(jobs.LeaseLost):
            task.beat(1, 2)
    assert job(app, uuid).done == 0


def test_a_killed_worker_leaves_the_rest_to_the_next(app: Flask, people: People, tmp_path: Path) -> None:
    """A real process is killed between two chunks; the one after it goes on where the first stopped."""
    uuid = queue(app, people, "count", to=6)
    settings = app.extensions["portal.settings"]
    child = f"""
import sys; sys.path[:0] = [{str(Path(__file__).parent)!r}, {str(Path(__file__).parents[1])!r}]
from portal import create_app, jobs
from portal.clock import FixedClock
from portal.config import Settings
import test_jobs_runner as here, os, signal
jobs.HANDLERS["count"] = "test_jobs_runner:count"
place = dict(instance={str(settings.instance)!r}, database_url={settings.database_url!r})
app = create_app(Settings(**place, testing=True))
app.extensions["portal.clock"] = FixedClock(here.NOW)
class Dying(list):
    def append(self, number):
        super().append(number)
        if number == int(sys.argv[1]):
            os.kill(os.getpid(), signal.SIGKILL)
here.SEEN = Dying()
jobs.take_from_the_dead(app)
jobs.run_all(app)
"""
    for number, code in ((1, -signal.SIGKILL), (3, -signal.SIGKILL), (99, 0)):
        done = subprocess.run(
            [sys.executable, "-c", child, str(number)],
            env={**os.environ, "PYTHONPATH": os.getcwd()},
            timeout=60,
        )
        assert done.returncode == code
    found = job(app, uuid)
    assert (found.state, found.done, found.checkpoint) == (JobState.DONE, 6, {"next": 6})
