"""`portal worker` as a process: killed, told to end, and started again by `portal serve`."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from campus import NOW
from flask import Flask
from sqlalchemy import select

from portal import jobs as runner
from portal.database import write_tx
from portal.extensions import db
from portal.models import Job
from portal.services import jobs

HERE = Path(__file__).parent
ENDS_WITHIN = 120  # seconds


@pytest.fixture
def started(app: Flask) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """`started("worker")`: the command on the app's database, with the job of slow_job.py."""
    settings = app.extensions["portal.settings"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    environment |= {
        "PORTAL_INSTANCE": str(settings.instance),
        "PORTAL_DATABASE_URL": settings.database_url,
        "PYTHONPATH": os.pathsep.join((str(HERE), str(HERE.parents[1]))),
    }
    running: list[subprocess.Popen[bytes]] = []

    def start(*words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, str(HERE / "slow_job.py"), *words]
        running.append(subprocess.Popen(command, env=environment, stderr=subprocess.PIPE))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()
    settings.heads_file.unlink(missing_ok=True)  # of the real day


@pytest.fixture
def slow(app: Flask, people: Any, tmp_path: Path) -> Any:
    """The queued job's uuid; its pipes lie in tmp_path."""
    for name in ("reached", "go"):
        os.mkfifo(tmp_path / name)
    with app.app_context(), write_tx() as session:
        owner = people.actor("周敏")
        return jobs.enqueue(session, owner, "slow", {"folder": str(tmp_path)}, title="测试", now=NOW)


def reached(folder: Path) -> int:
    """Wait until the job is in its third chunk; the process that is."""
    return int((folder / "reached").read_text())


def job(app: Flask, uuid: Any) -> Any:
    with app.app_context():
        found = db.session.execute(
            select(Job.state, Job.checkpoint, Job.attempts).where(Job.uuid == uuid)
        ).one()
        db.session.remove()
        return found


def until(app: Flask, uuid: Any, state: str) -> None:
    end = time.monotonic() + ENDS_WITHIN
    while job(app, uuid).state != state:
        assert time.monotonic() < end, f"still {job(app, uuid)}"
        time.sleep(0.05)  # another process writes it; there is nothing to wait at


def test_a_worker_killed_in_a_chunk_loses_that_chunk_and_the_next_one_finishes(app, started, slow, tmp_path):
    first = started("worker")
    reached(tmp_path)
    first.kill()
    first.wait()
    assert job(app, slow)[:2] == ("running", {"seen": [0, 1]})
    started("worker")
    reached(tmp_path)
    (tmp_path / "go").write_text("on")
    until(app, slow, "done")
    assert job(app, slow).checkpoint == {"seen": [0, 1, 2, 3, 4]}


def test_a_worker_told_to_end_finishes_the_chunk_in_hand_and_gives_the_job_back(
    app, started, slow, tmp_path, monkeypatch
):
    worker = started("worker")
    reached(tmp_path)
    worker.send_signal(signal.SIGTERM)
    (tmp_path / "go").write_text("on")
    assert worker.wait(ENDS_WITHIN) == 0
    assert job(app, slow)[:2] == ("queued", {"seen": [0, 1, 2]})
    monkeypatch.setitem(runner.HANDLERS, "slow", "slow_job:run")
    assert runner.run_all(app) >= 1
    assert job(app, slow)[:2] == ("done", {"seen": [0, 1, 2, 3, 4]})


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_server_starts_a_new_worker_when_one_was_killed(app, started, people):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = started("serve", "--port", str(port), "--processes", "1")
    (first,) = children(server.pid, but=())
    os.kill(first, signal.SIGKILL)
    with app.app_context(), write_tx() as session:
        uuid = jobs.enqueue(session, None, "mail", {}, title="测试", now=NOW)
    until(app, uuid, "done")
    (second,) = children(server.pid, but=(first,))
    server.terminate()
    server.wait(ENDS_WITHIN)
    gone(second)


def children(process: int, *, but: tuple[int, ...]) -> set[int]:
    """The one child that is not among `but`, as soon as there is one."""
    end = time.monotonic() + ENDS_WITHIN
    while time.monotonic() < end:
        found: set[int] = set()
        for thread in Path(f"/proc/{process}/task").iterdir():
            found |= {int(one) for one in (thread / "children").read_text().split()}
        if found - {*but}:
            return found - {*but}
        time.sleep(0.05)  # polling for a process to come up
    raise AssertionError("no worker came up")


def gone(process: int) -> None:
    """A worker does not outlive its server."""
    end = time.monotonic() + ENDS_WITHIN
    while Path(f"/proc/{process}").exists():
        assert time.monotonic() < end, "the worker outlived its server"
        time.sleep(0.05)  # polling for a process to end
