"""kill -9 in the middle of a revocation of many: nobody half done, the rest after it, nothing twice."""

from __future__ import annotations

import os
import signal
from datetime import date

import pytest
from campus import NOW
from killed_worker import work
from sqlalchemy import func, select

from portal.extensions import db
from portal.models import Claim, Event, Job, Message, RevocationItem, RevocationProposal
from portal.rules.vocabulary import RevocationKind
from portal.services import revocation_proposals

NAMES, EACH, KILLED_AT = ("陈晓", "刘洋", "何平", "欧阳䶮"), 6, 3


def counts(app) -> tuple[int, int, int, int]:
    """Claims revoked, items with an outcome, events, people told."""
    with app.app_context():
        found = tuple(
            db.session.scalar(select(func.count()).select_from(table).where(condition)) or 0
            for table, condition in (
                (Claim, Claim.status == "revoked"),
                (RevocationItem, RevocationItem.outcome == "revoked"),
                (Event, Event.action == "claim-revoked"),
                (Message, Message.kind == "claim-revoked"),
            )
        )
        db.session.remove()
        return found[0], found[1], found[2], found[3]


def of_people(count: int) -> tuple[int, int, int, int]:
    return EACH * count, EACH * count, EACH * count, count


@pytest.mark.skipif(os.name == "nt", reason="kills a process as Unix does")
def test_a_worker_killed_in_the_middle_leaves_everybody_whole(app, settings, people, filing):
    days = [date(2025, 3, 1 + n) for n in range(EACH)]
    claims = [
        filing.claim(name, "training", "approved", start_on=day, end_on=day, quarters=16)
        for name in NAMES
        for day in days
    ]
    with app.app_context():
        made = revocation_proposals.propose(
            people.actor("周敏"),
            [one.uuid for one in claims],
            kind=RevocationKind.FALSE,
            reason="查实。",
            now=NOW,
        )
        revocation_proposals.confirm(people.actor("孙悦"), made, now=NOW)
        db.session.remove()
        db.engine.dispose()
    for at, ending in ((KILLED_AT, -signal.SIGKILL), (10 * len(NAMES), 0)):
        ended = work(settings, "portal.services.revocation_proposals:take_back", killed_at=at)
        assert ended.returncode == ending, ended.stderr.decode()
        assert counts(app) == of_people(KILLED_AT - 1 if ending else len(NAMES))
    with app.app_context():
        state = db.session.scalar(select(RevocationProposal.state).where(RevocationProposal.uuid == made))
        job = db.session.scalar(select(Job.state).where(Job.kind == "revocations"))
    assert (state, job) == ("done", "done")
