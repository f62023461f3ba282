"""Reads how the portal itself is doing: work that waits, jobs, signs of life. Numbers only, nobody's name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from portal.extensions import db
from portal.models import Claim, Job, JobRunner
from portal.rules.vocabulary import JobState, Status


@dataclass(frozen=True, slots=True)
class Vitals:
    """One look at the tables. Instants are None when it never happened."""

    jobs: dict[str, int]  # state -> how many
    due: int  # queued jobs whose time has come
    waiting_claims: int
    runner_seen: datetime | None
    day_done: datetime | None  # the day's work, last time it ended well


def vitals(now: datetime) -> Vitals:
    """What waits and what was last seen alive."""
    rows = db.session.execute(select(Job.state, func.count().label("count")).group_by(Job.state))
    counted = {row.state: row._mapping["count"] for row in rows}
    queued = (Job.state == JobState.QUEUED.value) & (Job.run_after <= now)
    return Vitals(
        jobs={state.value: counted.get(state.value, 0) for state in JobState},
        due=db.session.scalar(select(func.count()).select_from(Job).where(queued)) or 0,
        waiting_claims=db.session.scalar(
            select(func.count()).select_from(Claim).where(Claim.status == Status.PENDING.value)
        )
        or 0,
        runner_seen=db.session.scalar(select(func.max(JobRunner.seen_at))),
        day_done=db.session.scalar(
            select(func.max(Job.finished_at)).where(Job.kind == "daily", Job.state == JobState.DONE.value)
        ),
    )
