"""After the day: every promise is looked up, no cap is passed, the doctor finds nothing, no job is left."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from load.school import School
from load.server import environment
from portal.extensions import db
from portal.models import Claim, Event, EvidenceFile, Job, Sending

EVENTS = (
    *("claim-created", "claim-submitted", "claim-withdrawn"),
    *("claim-approved", "claim-returned", "decision-undone"),
)
JOBS_WITHIN = 60.0  # seconds
DOCTOR_WITHIN = 180.0
# the notice: “每天不超过8学时”, “每年累计不超过40学时”, “每年累计不超过30学时”; in quarters
A_DAY = 8 * 4
A_YEAR = {"self_study": 40 * 4, "output": 30 * 4}
OUTPUT = ("achievement", "publication")


def last_event(school: School) -> int:
    """The number of the newest event, to tell later what came after it."""
    with school.app.app_context():
        found = db.session.scalar(select(func.max(Event.id))) or 0
        db.session.remove()
    return found


def broken_promises(
    school: School, promises: Sequence[Sequence[str]], since: int, unanswered: int
) -> list[str]:
    """Promises without their event, events nobody was told of, forms without their claim and file."""
    told = Counter((event, UUID(claim)) for event, claim, _ in promises)
    keys = {key: UUID(claim) for _, claim, key in promises if key}
    with school.app.app_context():
        events = select(Event.action, Event.object_uuid).where(Event.id > since, Event.action.in_(EVENTS))
        there = Counter((action, claim) for action, claim in db.session.execute(events))
        sent = dict(db.session.execute(select(Sending.key, Sending.claim_uuid)).all())
        proofs = select(Claim.uuid, func.count(EvidenceFile.id)).join(EvidenceFile).group_by(Claim.uuid)
        files = dict(db.session.execute(proofs).all())
        db.session.remove()
    wrong = [f"{claim}: {event} was promised and is not there" for event, claim in (told - there).elements()]
    more = list((there - told).elements())
    if len(more) > unanswered:  # a lost answer may belong to a deed that was done
        wrong += [f"{claim}: {event} was promised to nobody" for event, claim in more]
    wrong += [
        f"{claim}: the form {key} left nothing" for key, claim in keys.items() if sent.get(key) != claim
    ]
    wrong += [f"{claim}: its file is not there" for claim in keys.values() if files.get(claim) != 1]
    return wrong


def over_caps(school: School) -> list[str]:
    """What counts against the notice's own numbers, added up without the rules of the portal."""
    columns = (Claim.person_id, Claim.category, Claim.start_on, Claim.end_on, Claim.credited)
    with school.app.app_context():
        rows = db.session.execute(select(*columns).where(Claim.status == "approved")).all()
        db.session.remove()
    return [*_over_a_year(rows), *_over_a_day(rows)]


def _over_a_year(rows: Iterable[Any]) -> Iterator[str]:
    sums: Counter[tuple[int, str, str]] = Counter()
    for row in rows:
        cap = "output" if row.category in OUTPUT else row.category
        if cap in A_YEAR:
            for year, quarters in row.credited.items():
                sums[row.person_id, cap, year] += quarters
    for (person, cap, year), quarters in sums.items():
        if quarters > A_YEAR[cap]:
            yield f"person {person}, {year}: {quarters / 4:g} h of {cap}, {A_YEAR[cap] / 4:g} allowed"


def _over_a_day(rows: Iterable[Any]) -> Iterator[str]:
    """In any run of days no more counts, of the trainings that lie within it, than eight hours a day."""
    trainings: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        if row.category == "training":
            trainings[row.person_id].append(row)
    for person, held in trainings.items():
        for first in {row.start_on for row in held}:
            for last in {row.end_on for row in held if row.end_on >= first}:
                within = [row for row in held if first <= row.start_on and row.end_on <= last]
                counted = sum(sum(row.credited.values()) for row in within)
                if counted > A_DAY * ((last - first).days + 1):
                    yield f"person {person}: {counted / 4:g} h of training from {first} to {last}"


def jobs_left(school: School) -> tuple[dict[str, int], float, list[str]]:
    """Jobs by state now that everybody has gone, seconds until none was due, and what did not end well."""
    began, first = time.monotonic(), None
    while True:
        now = school.app.extensions["portal.clock"].now()
        with school.app.app_context():
            states = Counter(db.session.scalars(select(Job.state)))
            due = db.session.scalar(
                select(func.count())
                .select_from(Job)
                .where((Job.state == "running") | ((Job.state == "queued") & (Job.run_after <= now)))
            )
            db.session.remove()
        took = time.monotonic() - began
        first = first or {**states, "due": due or 0}
        if not due or took > JOBS_WITHIN:
            wrong = [f"{due} jobs still due after {took:.0f} s"] if due else []
            wrong += [f"{states['failed']} jobs failed"] if states["failed"] else []
            return first, round(took, 1), wrong
        time.sleep(0.2)


def doctor(school: School) -> list[str]:
    """Every problem `portal doctor` finds, run as an operator runs it."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "portal.cli", "doctor", "--json"],
            env=environment(school.settings),
            capture_output=True,
            timeout=DOCTOR_WITHIN,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return [f"doctor: no answer within {DOCTOR_WITHIN:.0f} s"]
    if not done.stdout:
        return [f"doctor: {done.stderr.decode(errors='replace')[-500:]}"]
    report = json.loads(done.stdout)
    return [f"doctor, {name}: {one}" for name, found in report["checks"].items() for one in found["problems"]]
