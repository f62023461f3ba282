"""Runs jobs of the table: takes one, hands it to its handler, and survives being killed in the middle."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from uuid import uuid4

from flask import Flask
from sqlalchemy import exists, select
from sqlalchemy.exc import DBAPIError

from portal import daily
from portal.database import write_tx
from portal.extensions import db
from portal.models import Job
from portal.queries.logins import actor_of
from portal.rules.refusals import NotPermitted, Refusal
from portal.rules.vocabulary import JobState
from portal.services import jobs
from portal.services.jobs import Cancelled, Later, LeaseLost, Stopped, Task

# kind: the function that does it, given a Task, inside an app context
HANDLERS: dict[str, str] = {
    "decisions": "portal.services.review_batches:run",
    "certificates": "portal.certificate_desk:print_batch",
    "course-look": "portal.services.course_jobs:run_look",
    "course-import": "portal.services.course_jobs:run",
    "revocations": "portal.services.revocation_proposals:run",
    "export": "portal.services.exports:run",
    "policy-trial": "portal.services.policy_comparisons:run",
    "provincial": "portal.services.provincial_imports:run",
    "course-undo": "portal.services.course_jobs:run_undo",
    "notices": "portal.services.notices:run",
    "daily": "portal.daily:run",
    "mail": "portal.daily:send_mail",
}

POLL = 1.0  # seconds between looks at an empty table
LOOK = 5.0  # seconds between looks at what the portal does unasked
BEAT = 10.0  # seconds between signs of life
_LOG = logging.getLogger("portal.jobs")
_AGAIN = timedelta(seconds=5)


def run_all(app: Flask) -> int:
    """Do everything that is due, one after the other; returns how many jobs were taken up."""
    count = 0
    while run_one(app):
        count += 1
    return count


def run_one(app: Flask, stop: threading.Event | None = None) -> bool:
    """Take the job that has waited longest and do it; false when none is due.

    Once `stop` is set the chunk in hand is finished and the job given back.
    """
    clock = app.extensions["portal.clock"]
    with app.app_context():
        try:
            if not db.session.scalar(select(exists().where(jobs.due(clock.now())))):
                return False
            db.session.remove()
            with write_tx() as session:
                taken = jobs.take(session, _lease(), clock.now())
                if taken is None:
                    return False
                task, attempts, orphaned = _task(app, taken), taken.attempts, taken.owner_id is not None
            if stop is not None:
                task.ending = stop.is_set
            _run(app, task, attempts, orphaned and task.owner is None)
            return True
        finally:
            db.session.remove()


def forever(app: Flask, stop: threading.Event) -> None:
    """Do jobs as they come until `stop` is set; the chunk in hand is finished first."""
    take_from_the_dead(app)
    lively = threading.Thread(target=_show_life, args=(app, stop), daemon=True)
    lively.start()
    looked = float("-inf")
    while not stop.is_set():
        try:
            if time.monotonic() - looked > LOOK:
                looked = time.monotonic()
                daily.queue_due(app)
            if not run_one(app, stop):
                stop.wait(POLL)
        except DBAPIError:
            _LOG.warning("the database does not answer; trying again")
            stop.wait(BEAT)
    lively.join()


def _run(app: Flask, task: Task, attempts: int, orphaned: bool) -> None:
    clock = app.extensions["portal.clock"]
    state, problem, again = JobState.DONE, "", None
    try:
        if orphaned:
            raise NotPermitted("发起人的身份已经结束，任务没有继续。")
        if attempts > jobs.MOST_ATTEMPTS:
            raise RuntimeError(f"gave up after {attempts - 1} attempts without getting on")
        with _kept_alive(app, task):
            _handler(task.kind)(task)
    except LeaseLost:
        _LOG.warning("another process has taken over job %s", task.uuid)
        return
    except Cancelled:
        state = JobState.CANCELLED
    except Stopped:
        state = JobState.QUEUED
    except Later as later:
        state, problem = JobState.QUEUED, later.problem
        again = clock.now() + timedelta(seconds=later.seconds)
    except Refusal as refused:
        state, problem = JobState.FAILED, refused.message or "没有权限，或对象已不存在。"
    except DBAPIError:  # busy or restarting: the checkpoint is kept
        _LOG.warning("job %s met a database that did not answer", task.uuid, exc_info=True)
        db.session.rollback()
        state, again = JobState.QUEUED, clock.now() + _AGAIN
    except Exception:
        _LOG.exception("job %s (%s) failed", task.uuid, task.kind)
        state, problem = JobState.FAILED, f"处理时发生意外错误，已停止。请把编号 {task.uuid} 告知系统管理员。"
    db.session.rollback()
    with write_tx() as session:
        jobs.release(session, task, state, now=clock.now(), problem=problem, run_after=again)


def _task(app: Flask, job: Job) -> Task:
    clock, settings = app.extensions["portal.clock"], app.extensions["portal.settings"]
    folder: Path = settings.instance / "jobs" / str(job.uuid)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = None
    if job.owner_id is not None:
        owner = actor_of(job.owner_id, job.owner_hat, job.owner_unit_id, clock.today(), address=job.address)
    return Task(
        id=job.id,
        uuid=job.uuid,
        kind=job.kind,
        payload=dict(job.payload),
        owner=owner,
        checkpoint=dict(job.checkpoint),
        done=job.done,
        total=job.total,
        folder=folder,
        lease=str(job.lease),
        now=clock.now,
    )


def _handler(kind: str) -> Callable[[Task], None]:
    module, _, name = HANDLERS[kind].partition(":")
    handler: Callable[[Task], None] = getattr(import_module(module), name)
    return handler


@contextmanager
def _kept_alive(app: Flask, task: Task) -> Iterator[None]:
    """Extend the lease from a second thread, so that one slow step does not lose it."""
    over = threading.Event()

    def extend() -> None:
        while not over.wait(jobs.LEASE.total_seconds() / 3):
            with app.app_context():
                try:
                    with write_tx() as session:
                        jobs.extend(session, task.id, task.lease)
                except DBAPIError:
                    _LOG.warning("could not extend the lease of job %s", task.uuid)
                finally:
                    db.session.remove()

    thread = threading.Thread(target=extend, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _lease() -> str:
    return f"{runner_name()}:{uuid4().hex[:12]}"


def runner_name() -> str:
    """This process: host and number."""
    return f"{socket.gethostname()[:80]}:{os.getpid()}"


def take_from_the_dead(app: Flask) -> None:
    """Free the leases of processes of this host that are no more, so that their jobs need not wait."""
    with app.app_context():
        held = db.session.scalars(select(Job.lease).where(Job.state == JobState.RUNNING.value)).all()
        dead = [lease for lease in held if lease and _is_dead(lease)]
        db.session.remove()
        if dead:
            with write_tx() as session:
                jobs.free_leases(session, dead)
            db.session.remove()


def _is_dead(lease: str) -> bool:
    host, _, rest = lease.partition(":")
    if os.name == "nt" or host != socket.gethostname()[:80]:
        return False
    try:
        os.kill(int(rest.partition(":")[0]), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, ValueError):
        return False
    return False


def _show_life(app: Flask, stop: threading.Event) -> None:
    while True:
        with app.app_context():
            try:
                with write_tx() as session:
                    jobs.seen(session, runner_name(), app.extensions["portal.clock"].now())
            except DBAPIError:
                _LOG.warning("could not note a sign of life")
            finally:
                db.session.remove()
        if stop.wait(BEAT):
            return
