"""kill -9 in the middle of a revocation of many: nobody half done, the rest after it, nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date

import pytest
from campus import NOW
from sqlalchemy import func, select

from portal.extensions import db
from portal.models import Claim, Event, Job, Message, RevocationItem, RevocationProposal
from portal.rules.vocabulary import RevocationKind
from portal.services import revocation_proposals

NAMES, EACH, KILLED_AT = ("陈晓", "刘洋", "何平", "欧阳䶮"), 6, 3
COMMAND = """
import os, signal, sys
from portal import jobs
from portal.services import revocation_proposals as proposals
take_back, left = proposals.take_back, int(sys.argv[1])
def counted(*given, **named):
    global left
    take_back(*given, **named)
    left -= 1
    if left == 0:  # revoked, told and logged, not committed
        os.kill(os.getpid(), signal.SIGKILL)
proposals.take_back = counted
run_one = jobs.run_one
def last(*given, **named):  # the worker is told to stop once nothing is left to do
    more = run_one(*given, **named)
    if not more:
        os.kill(os.getpid(), signal.SIGTERM)
    return more
jobs.run_one = last
from portal.cli import main
main(sys.argv[2:])
"""


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
    environment = {
        **os.environ,
        "PORTAL_DATABASE_URL": settings.database_url,
        "PORTAL_TESTING": "1",
        "PORTAL_TODAY": "2025-12-01T08:00",
    }
    for at, ending in ((KILLED_AT, -signal.SIGKILL), (10 * len(NAMES), 0)):
        command = [sys.executable, "-c", COMMAND, str(at), "worker", "--instance", str(settings.instance)]
        ended = subprocess.run(command, capture_output=True, check=False, env=environment)
        assert ended.returncode == ending, ended.stderr.decode()
        assert counts(app) == of_people(KILLED_AT - 1 if ending else len(NAMES))
    with app.app_context():
        state = db.session.scalar(select(RevocationProposal.state).where(RevocationProposal.uuid == made))
        job = db.session.scalar(select(Job.state).where(Job.kind == "revocations"))
    assert (state, job) == ("done", "done")
