"""Kill the server at random while people work, and compare promises with the tables afterwards."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from faults.client import Browser, Unanswered
from faults.deeds import Deed, Seat
from faults.school import School, password
from faults.server import Server
from portal.doctor import Patient, examine
from portal.extensions import db
from portal.models import Job

JOBS_WITHIN = 180.0


@dataclass(slots=True)
class Result:
    """What one scenario did and found. `faults` empty means that every promise was kept."""

    scenario: str
    times: int
    unit: str
    acknowledged: int = 0
    unanswered: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    recovery: float = 0.0  # seconds, the longest
    faults: list[str] = field(default_factory=list)
    detail: str = ""

    def as_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def seats_of(school: School, server: Server, people: tuple[tuple[str, str], ...]) -> list[Seat]:
    """One signed-in browser for each."""
    seats = []
    for name, hat in people:
        browser = Browser(server.port)
        browser.sign_in(school.people[name].username, password(), hat)
        seats.append(Seat(browser, name))
    return seats


@contextmanager
def working(deed: Deed, seats: list[Seat]) -> Iterator[None]:
    """Every seat works in a thread of its own until the block ends or its server is gone."""
    over = threading.Event()

    def work(seat: Seat) -> None:
        while not over.is_set():
            try:
                deed.step(seat)
            except Unanswered:
                deed.unanswered += 1
                over.wait(0.05)

    threads = [threading.Thread(target=work, args=(seat,)) for seat in seats]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def settle(deed: Deed, seats: list[Seat]) -> None:
    """Let every seat get an answer to what it has sent."""
    for seat in seats:
        for _ in range(20):
            if seat.order is None:
                break
            try:
                deed.step(seat)
            except Unanswered:
                deed.unanswered += 1
                time.sleep(0.5)
        else:
            deed.wrong.append(f"{deed.name}: {seat.name} never got an answer")


def doctor_says(school: School, *, quick: bool) -> list[str]:
    """Every problem the doctor finds."""
    extensions = school.app.extensions
    with school.app.app_context():
        patient = Patient(
            school.settings,
            extensions["portal.policies"],
            extensions["portal.store"],
            datetime.now(UTC),
            quick=quick,
        )
        report = examine(patient)
        db.session.remove()
    return [f"doctor, {name}: {one}" for name, found in report.checks.items() for one in found.problems]


def jobs_end(school: School) -> list[str]:
    """Wait for the background; whatever has not ended well after a while is a fault."""
    until = time.monotonic() + JOBS_WITHIN
    while True:
        with school.app.app_context():
            states = Counter(db.session.scalars(select(Job.state)))
            db.session.remove()
        moving = states["queued"] + states["running"]
        if not moving or time.monotonic() > until:
            break
        time.sleep(0.2)
    bad = {state: number for state, number in states.items() if state != "done"}
    return [f"jobs that did not end well: {bad}"] if bad else []


def kill_during(school: School, server: Server, deed: Deed, kills: int, rng: random.Random) -> Result:
    """That many kills, each 0.1 to 0.4 s into the work; a comparison after each, a whole one at the end."""
    result = Result(f"kill -9 during {deed.name}", kills, "kills")
    killed: Counter[str] = Counter()
    seats = seats_of(school, server, deed.people)
    for _ in range(kills):
        deed.stock()
        with working(deed, seats):
            time.sleep(rng.uniform(0.1, 0.4))
            killed[server.kill_some(rng)] += 1
            at = time.monotonic()
            time.sleep(0.1)
        server.mend()
        result.recovery = max(result.recovery, time.monotonic() - at)
        result.faults += deed.faults(final=False)
        result.faults += doctor_says(school, quick=True)
        if result.faults:
            break  # what comes after would only repeat it
    settle(deed, seats)
    result.faults += (
        deed.wrong + jobs_end(school) + deed.faults(final=True) + doctor_says(school, quick=False)
    )
    result.faults += [f"{number} answers {code}" for code, number in deed.statuses.items() if code >= 500]
    result.faults = list(dict.fromkeys(result.faults))
    result.acknowledged, result.unanswered = deed.acknowledged, deed.unanswered
    result.statuses = dict(deed.statuses)
    result.times = killed.total()
    result.detail = ", ".join(f"{what} {number}" for what, number in sorted(killed.items()))
    return result
