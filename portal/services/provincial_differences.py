"""Settles differences from the provincial platform by hand, and opens them again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from portal.database import write_tx
from portal.models import ProvincialDifference
from portal.queries import provincial_differences as queries
from portal.queries.provincial_differences import Stand
from portal.rules.access import Actor
from portal.rules.refusals import Conflict, RuleBroken
from portal.services import events

_LONGEST = 200  # characters of a note


def settle(actor: Actor, uuid: UUID, *, note: str, now: datetime) -> None:
    """Close a task with a word on what was done. Raises NotFound, Conflict, RuleBroken."""
    note = note.strip()
    if not note or len(note) > _LONGEST or not note.isprintable():
        raise RuleBroken(f"请填写处理说明，不超过 {_LONGEST} 个字符。")
    with write_tx() as session:
        task = queries.task(session, actor, uuid)
        if task.state != Stand.OPEN:
            raise Conflict("这条差异已经处理，请刷新页面。")
        session.execute(
            update(ProvincialDifference)
            .where(ProvincialDifference.id == task.id)
            .values(state=Stand.SETTLED.value, settled_at=now, settler_id=actor.person_id, note=note)
            .execution_options(synchronize_session=False)
        )
        events.record(
            session,
            actor,
            "provincial-difference-settled",
            "difference",
            uuid,
            now=now,
            reason=note,
            cause=task.cause,
        )


def reopen(actor: Actor, uuid: UUID, *, now: datetime) -> None:
    """Open a settled task again. Raises NotFound, Conflict."""
    with write_tx() as session:
        task = queries.task(session, actor, uuid)
        if task.state != Stand.SETTLED:
            raise Conflict("这条差异不是人工处理的，不能重新打开。")
        if queries.opened(session, task.person_id, task.year, task.subject):
            raise Conflict("同一人、同一年度、同一科目已有待处理的差异，请处理那一条。")
        session.execute(
            update(ProvincialDifference)
            .where(ProvincialDifference.id == task.id)
            .values(state=Stand.OPEN.value, settled_at=None, settler_id=None, note="")
            .execution_options(synchronize_session=False)
        )
        events.record(
            session,
            actor,
            "provincial-difference-reopened",
            "difference",
            uuid,
            now=now,
            note=task.note,
        )
