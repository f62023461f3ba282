"""Queues work for the background in the deed's own transaction, and keeps its progress while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import Job, JobRunner
from portal.rules.access import Actor
from portal.rules.refusals import Conflict, NotFound
from portal.rules.vocabulary import Hat, JobState
from portal.services import events

LEASE = timedelta(seconds=30)  # a process that was killed loses its job after this
MOST_ATTEMPTS = 8  # without getting on in between
FORGOTTEN = timedelta(days=1)  # a runner not seen for so long is none any more


class Cancelled(Exception):
    """Somebody asked for the job to stop; the chunk in hand is given up."""


class LeaseLost(Exception):
    """Another process has taken the job over; this one may write nothing more."""


class Stopped(Exception):
    """The process is told to end; the chunk before is kept and the job goes on elsewhere."""


class Later(Exception):
    """The job cannot get on now and wants to be tried again after some seconds."""

    def __init__(self, seconds: float, problem: str) -> None:
        super().__init__(problem)
        self.seconds, self.problem = seconds, problem


@dataclass(slots=True)
class Task:
    """A job in the hands of its handler. `folder` is where it leaves files for its owner."""

    id: int
    uuid: UUID
    kind: str
    payload: dict[str, Any]
    owner: Actor | None
    checkpoint: dict[str, Any]
    done: int
    total: int
    folder: Path
    lease: str
    now: Callable[[], datetime]
    ending: Callable[[], bool] = bool  # whether the process is told to end
    result: dict[str, Any] = field(default_factory=dict)
    _last: bool = False

    def advance(
        self,
        session: Session,
        done: int,
        total: int | None = None,
        checkpoint: dict[str, Any] | None = None,
    ) -> None:
        """Note progress inside the chunk's own transaction, so that both are kept or neither.

        Raises Cancelled or LeaseLost, and the chunk rolls back; Stopped in the chunk after the one that was
        in hand when the process was told to end.
        """
        kept: dict[str, Any] = {"done": done, "attempts": 0, "lease_until": datetime.now(UTC) + LEASE}
        if total is not None:
            kept["total"] = total
        if checkpoint is not None:
            kept["checkpoint"] = checkpoint
        asked = session.execute(
            update(Job)
            .where(Job.id == self.id, Job.lease == self.lease, Job.state == JobState.RUNNING.value)
            .values(**kept)
            .returning(Job.cancel_asked)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if asked is None:
            raise LeaseLost(str(self.uuid))
        if asked[0]:
            raise Cancelled(str(self.uuid))
        if self._last:
            raise Stopped(str(self.uuid))
        self._last = self.ending()
        self.done, self.total = done, self.total if total is None else total
        if checkpoint is not None:
            self.checkpoint = checkpoint

    def beat(self, done: int, total: int | None = None, checkpoint: dict[str, Any] | None = None) -> None:
        """Note progress in a transaction of its own. Raises Cancelled or LeaseLost."""
        with write_tx() as session:
            self.advance(session, done, total, checkpoint)

    def finish(self, result: dict[str, Any]) -> None:
        """What the owner sees once it is done: `files` (names in `folder`), `sentence`, counts."""
        self.result = result


def enqueue(
    session: Session,
    actor: Actor | None,
    kind: str,
    payload: dict[str, Any],
    *,
    title: str,
    now: datetime,
    run_after: datetime | None = None,
    total: int = 0,
    uuid: UUID | None = None,
) -> UUID:
    """Queue a job inside the caller's transaction: it exists exactly when the deed does. Returns its uuid.

    With a `uuid` of the caller's a second one of the same fails with IntegrityError.
    """
    uuid = uuid or uuid4()
    session.execute(
        insert(Job).values(
            uuid=uuid,
            kind=kind,
            title=title[:120],
            state=JobState.QUEUED.value,
            payload=payload,
            checkpoint={},
            result={},
            problem="",
            owner_id=actor.person_id if actor else None,
            owner_hat=actor.hat.value if actor else "",
            owner_unit_id=actor.acts_for if actor else None,
            address=actor.address if actor else "",
            done=0,
            total=total,
            attempts=0,
            cancel_asked=False,
            created_at=now,
            run_after=run_after or now,
        )
    )
    return uuid


def enqueue_again(session: Session, uuid: UUID, kind: str, *, title: str, now: datetime) -> None:
    """Queue the one job there is of its kind, a first time or once more; one under way is left alone."""
    state = session.scalar(select(Job.state).where(Job.uuid == uuid).with_for_update())
    if state is None:
        enqueue(session, None, kind, {}, title=title, now=now, uuid=uuid)
    elif state not in (JobState.QUEUED, JobState.RUNNING):
        fresh: dict[str, Any] = {"checkpoint": {}, "result": {}, "problem": "", "done": 0, "total": 0}
        session.execute(
            update(Job)
            .where(Job.uuid == uuid)
            .values(
                state=JobState.QUEUED.value,
                attempts=0,
                cancel_asked=False,
                created_at=now,
                run_after=now,
                finished_at=None,
                **fresh,
            )
        )


def cancel(actor: Actor, uuid: UUID, *, now: datetime) -> None:
    """Ask a job to stop; one that has not begun is over at once.

    Raises NotFound for a job neither begun by the actor in this hat nor, for HR, anybody's, Conflict when
    it is over.
    """
    with write_tx() as session:
        job = session.execute(
            select(Job.id, Job.state, Job.owner_id, Job.owner_hat, Job.owner_unit_id)
            .where(Job.uuid == uuid)
            .with_for_update()
        ).one_or_none()
        if job is None:
            raise NotFound()
        began = (job.owner_id, job.owner_hat, job.owner_unit_id)
        if actor.hat is not Hat.HR and began != (actor.person_id, actor.hat.value, actor.acts_for):
            raise NotFound()
        if job.state not in (JobState.QUEUED, JobState.RUNNING):
            raise Conflict("这项任务已经结束，不能再取消。")
        over = {"state": JobState.CANCELLED.value, "finished_at": now} if job.state == JobState.QUEUED else {}
        session.execute(update(Job).where(Job.id == job.id).values(cancel_asked=True, **over))
        events.record(session, actor, "job-cancelled", "job", uuid, now=now)


def due(now: datetime) -> Any:
    """SQL condition: the job may be taken now, or whoever had it is gone."""
    return or_(
        (Job.state == JobState.QUEUED.value) & (Job.run_after <= now),
        (Job.state == JobState.RUNNING.value) & (Job.lease_until < datetime.now(UTC)),
    )


def take(session: Session, lease: str, now: datetime) -> Any:
    """Take the job that has waited longest; None when there is none. Two runners never get the same."""
    first = (
        select(Job.id)
        .where(due(now))
        .order_by(Job.run_after, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    return session.execute(
        update(Job)
        .where(Job.id == first)
        .values(
            state=JobState.RUNNING.value,
            lease=lease,
            lease_until=datetime.now(UTC) + LEASE,
            attempts=Job.attempts + 1,
            started_at=now,
        )
        .returning(Job)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()


def extend(session: Session, job_id: int, lease: str) -> None:
    """Keep a lease alive while one long step is under way."""
    session.execute(
        update(Job)
        .where(Job.id == job_id, Job.lease == lease)
        .values(lease_until=datetime.now(UTC) + LEASE)
        .execution_options(synchronize_session=False)
    )


def release(
    session: Session,
    task: Task,
    state: JobState,
    *,
    now: datetime,
    problem: str = "",
    run_after: datetime | None = None,
) -> None:
    """Give the job back: over, or queued again for `run_after`; nothing when another process has it."""
    over = state is not JobState.QUEUED
    session.execute(
        update(Job)
        .where(Job.id == task.id, Job.lease == task.lease)
        .values(
            state=state.value,
            lease=None,
            lease_until=None,
            problem=problem,
            result=task.result,
            finished_at=now if over else None,
            **({"run_after": run_after} if run_after else {}),
        )
        .execution_options(synchronize_session=False)
    )


def free_leases(session: Session, leases: list[str]) -> None:
    """End the leases of processes known to be gone, so that their jobs need not wait."""
    session.execute(
        update(Job)
        .where(Job.lease.in_(leases))
        .values(lease_until=datetime.fromtimestamp(0, UTC))
        .execution_options(synchronize_session=False)
    )


def seen(session: Session, name: str, now: datetime) -> None:
    """Note that this runner is alive, and forget those that are not."""
    session.execute(delete(JobRunner).where((JobRunner.name == name) | (JobRunner.seen_at < now - FORGOTTEN)))
    session.execute(insert(JobRunner).values(name=name, seen_at=now))
