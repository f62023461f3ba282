"""Reads background jobs: one's own, and all of them for HR."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from portal.extensions import db
from portal.models import Job, JobRunner, Person
from portal.rules.access import Actor
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import Hat

PAGE = 50
_SHOWN = (
    *(Job.id, Job.uuid, Job.kind, Job.title, Job.state, Job.done, Job.total, Job.problem, Job.result),
    *(Job.cancel_asked, Job.created_at, Job.started_at, Job.finished_at, Job.owner_id),
    Person.name.label("owner"),
)


def job(actor: Actor, uuid: UUID) -> Any:
    """A job the actor began in the hat and for the unit worn now, or anybody's for HR. Raises NotFound.

    What a role let somebody take out is not theirs any more once they wear another hat or have lost it.
    """
    found = db.session.execute(_visible(actor).where(Job.uuid == uuid)).one_or_none()
    if found is None:
        raise NotFound()
    return found


def all_jobs(actor: Actor, before: int | None) -> Sequence[Any]:
    """One more than a page of jobs, newest first; those of the portal itself are HR's to see."""
    query = _visible(actor).order_by(Job.id.desc()).limit(PAGE + 1)
    return db.session.execute(query.where(Job.id < before) if before else query).all()


def last_sign_of_life() -> Any:
    """When a runner was last seen alive (an instant), None when there never was one."""
    return db.session.scalar(select(func.max(JobRunner.seen_at)))


def _visible(actor: Actor) -> Select[Any]:
    query = select(*_SHOWN).outerjoin(Person, Person.id == Job.owner_id)
    if actor.hat is Hat.HR:
        return query
    return query.where(
        Job.owner_id == actor.person_id,
        Job.owner_hat == actor.hat.value,
        Job.owner_unit_id.is_not_distinct_from(actor.acts_for),
    )
