"""Many decisions at once: two admins over the same claims, and a worker killed in the middle."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from campus import NOW
from killed_worker import work
from sqlalchemy import func, select

from portal.extensions import db
from portal.models import Claim, Event, Job, Message
from portal.rules.policy import shipped
from portal.services import review_batches
from portal.services.review_batches import Chosen, Order

TODAY = date(2025, 12, 1)
CLAIMS, JOB, KILLED_AFTER = 60, 16, 7


def chosen(filing, count: int) -> tuple[Chosen, ...]:
    """So many waiting claims of two people."""
    claims = [
        filing.claim("陈晓" if n % 2 else "刘洋", "publication", title=f"论文{n}") for n in range(count)
    ]
    return tuple(Chosen(one.uuid, one.version) for one in claims)


def decided(app) -> int:
    """How many decisions were recorded; each claim has at most one, with its number and its message."""
    with app.app_context():
        rows = db.session.execute(select(Claim.person_id, Claim.approval_number, Claim.version)).all()
        done = [row for row in rows if row.version == 2]
        for person in {row.person_id for row in rows}:
            numbers = sorted(
                row.approval_number for row in done if row.person_id == person and row.approval_number
            )
            assert numbers == list(range(1, len(numbers) + 1))
        made = Event.action.in_(("claim-approved", "claim-returned"))
        events = db.session.scalar(select(func.count()).where(made))
        told = Message.kind.in_(("claim-approved", "claim-returned"))
        assert events == db.session.scalar(select(func.count()).where(told)) == len(done)
        db.session.remove()
        return events


def test_two_admins_over_the_same_claims(app, people, filing):
    claims, gate = chosen(filing, CLAIMS), Barrier(2)

    def decide(name: str, action: str):
        order = Order(action, "材料不清晰。" if action == "return" else "", claims)
        gate.wait()
        with app.app_context():
            return review_batches.decide(people.actor(name), order, policies=shipped(), now=NOW, today=TODAY)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(decide, ("李静", "王芳"), ("approve", "return"))
    assert decided(app) == CLAIMS
    for one, other in zip(first, second, strict=True):
        assert one.decided != other.decided
        loser, winner, done = (other, "李静", "通过") if one.decided else (one, "王芳", "退回")
        assert loser.why == f"{winner} 已于 2025-12-01 08:00 {done}，您的决定没有保存。"


@pytest.mark.skipif(os.name == "nt", reason="kills a process as Unix does")
def test_a_worker_killed_in_the_middle_leaves_nothing_twice(app, settings, people, filing):
    order = Order("approve", "", chosen(filing, JOB))
    with app.app_context():
        job = review_batches.enqueue(people.actor("李静"), order, now=NOW, today=TODAY)
        db.session.remove()
        db.engine.dispose()
    endings = []
    for after in (KILLED_AFTER, 10 * JOB):
        ended = work(settings, "portal.services.reviews:approve", killed_at=after)
        endings.append(ended.returncode)
        assert ended.returncode in (0, -signal.SIGKILL), ended.stderr.decode()
        if after == KILLED_AFTER:
            assert decided(app) == KILLED_AFTER - 1
    assert endings == [-signal.SIGKILL, 0]
    assert decided(app) == JOB
    with app.app_context():
        assert db.session.scalar(select(Job.state).where(Job.uuid == job)) == "done"
