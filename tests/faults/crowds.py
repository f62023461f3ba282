"""Many at once: admins on the same claims, submitters against a cap, every form sent twice."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from uuid import uuid4

from forms_sent import PAPER
from sqlalchemy import select

from faults.client import Answer, Browser
from faults.deeds import Seat
from faults.killing import Result, doctor_says, jobs_end, seats_of
from faults.more_deeds import STAFF, Submit
from faults.school import School, picture
from faults.server import Server
from portal.extensions import db
from portal.models import Claim, Event

ADMINS = (("李静", "unit"), ("王芳", "unit"), ("周敏", "hr"), ("孙悦", "hr"))
OUTPUT_CAP = 30 * 4  # quarters of works a year, “折算学时每年累计不超过30学时”


def together(deeds: Iterable[Callable[[], None]]) -> None:
    """Run them in threads that begin at the same moment."""
    jobs = list(deeds)
    ready = threading.Barrier(len(jobs))

    def run(deed: Callable[[], None]) -> None:
        ready.wait()
        deed()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def finish(result: Result, school: School, statuses: Counter[int]) -> Result:
    """Add what every scenario ends with: the doctor, and no fault of the server's own."""
    result.statuses = dict(statuses)
    result.faults += [f"{number} answers {code}" for code, number in statuses.items() if code >= 500]
    result.faults += jobs_end(school) + doctor_says(school, quick=False)
    return result


def admins(school: School, server: Server, claims: int) -> Result:
    """Eight browsers of four admins decide the same claims, each in an order of its own."""
    uuids = school.waiting(claims)
    seats = seats_of(school, server, ADMINS + ADMINS)
    statuses: Counter[int] = Counter()
    winners: Counter[str] = Counter()
    result = Result("eight admins on the same claims", claims, "claims")

    def work(number: int, seat: Seat) -> None:
        order = random.Random(number).sample(uuids, len(uuids))
        for claim in order:
            data = {
                "action": "return" if number % 2 else "approve",
                "version": "1",
                "reason": "材料不完备" if number % 2 else "",
            }
            status = seat.browser.post(f"/admin/claims/{claim}/decision", data).status
            statuses[status] += 1
            if status == 303:
                winners[str(claim)] += 1

    together([lambda n=n, s=s: work(n, s) for n, s in enumerate(seats)])  # type: ignore[misc]
    with school.app.app_context():
        actions = ("claim-approved", "claim-returned")
        events = Counter(db.session.scalars(select(Event.object_uuid).where(Event.action.in_(actions))))
        db.session.remove()
    result.acknowledged = sum(winners.values())
    for claim in uuids:
        if winners[str(claim)] != 1 or events[claim] != 1:
            result.faults.append(f"{claim}: {winners[str(claim)]} promises, {events[claim]} decisions")
    result.faults += [
        f"{number} losers answered {code}" for code, number in statuses.items() if code not in (303, 409)
    ]
    return finish(result, school, statuses)


def cap(school: School, server: Server, people: int) -> Result:
    """So many browsers of one person file works over the yearly cap at once; eight admins approve at once."""
    result = Result("submitters against a yearly cap", people, "at once")
    statuses: Counter[int] = Counter()
    (first,) = seats_of(school, server, STAFF[:1])
    name = first.name
    browsers = [
        Browser(server.port, dict(first.browser.cookies), first.browser.token) for _ in range(2 * people)
    ]

    def file(browser: Browser, number: int) -> None:
        # the second half names one and the same work: one may be filed
        same = {"work_id": "10.1016/s0140-6736(20)30183-5"} if number >= people else {}
        data = {
            **PAPER,
            "author_name": name,
            "title": f"护理研究之{uuid4().hex}",
            "idempotency_key": uuid4().hex,
        }
        data |= {"action": "submit", "keep_zero": "y", **same}
        proof = ("论文.png", picture(uuid4().hex), "image/png")
        answer = browser.post("/claims", data, {"evidence_material": proof})
        statuses[answer.status] += 1
        if same and answer.status == 303:
            statuses[-1] += 1

    for half in (range(people), range(people, 2 * people)):
        together([lambda n=n: file(browsers[n], n) for n in half])  # type: ignore[misc]
    same = statuses.pop(-1, 0)
    if same != 1:
        result.faults.append(f"one work was accepted {same} times")
    waiting = _of(school, name)
    seats = seats_of(school, server, ADMINS + ADMINS)

    def approve(number: int, seat: Seat) -> None:
        for claim in waiting[number :: len(seats)]:
            data = {"action": "approve", "version": "1", "reason": ""}
            statuses[seat.browser.post(f"/admin/claims/{claim}/decision", data).status] += 1

    together([lambda n=n, s=s: approve(n, s) for n, s in enumerate(seats)])  # type: ignore[misc]
    with school.app.app_context():
        query = select(Claim.credited, Claim.status).where(
            Claim.person_id == school.people[name].id, Claim.category == "publication"
        )
        found = db.session.execute(query).all()
        db.session.remove()
    credited = sum(sum((row.credited or {}).values()) for row in found)
    approved = sum(row.status == "approved" for row in found)
    result.acknowledged = len(waiting)
    result.detail = f"{approved} approved, {credited / 4:g} h counted of {OUTPUT_CAP / 4:g} h"
    if credited > OUTPUT_CAP or approved != len(waiting):
        result.faults.append(f"{result.detail}, {len(waiting)} filed")
    return finish(result, school, statuses)


def clicks(school: School, server: Server, times: int) -> Result:
    """Every form is sent twice at the same moment and once more afterwards; each leaves one claim."""
    deed = Submit(school)
    result = Result("double click and retry", times, "forms, three times each")
    seats = seats_of(school, server, STAFF)
    lock = threading.Lock()
    left = iter(range(times))

    def work(seat: Seat) -> None:
        while True:
            with lock:
                if next(left, None) is None:
                    return
                order = deed.next(seat)
            answers: list[Answer] = []
            other = Seat(Browser(server.port, dict(seat.browser.cookies), seat.browser.token), seat.name)
            together([partial(_note, answers, deed, one, order) for one in (seat, other)])
            answers.append(deed.send(seat, order))
            with lock:
                deed.statuses.update(one.status for one in answers)
                places = {one.headers.get("Location") for one in answers if one.status == 303}
                if len(places) != 1:
                    deed.wrong.append(f"{order[0]}: answered {[one.status for one in answers]}")
                deed.done(seat, order)

    at = time.monotonic()
    together([lambda s=s: work(s) for s in seats])  # type: ignore[misc]
    result.detail = f"{time.monotonic() - at:.0f} s"
    result.acknowledged = len(deed.keys)
    result.faults += deed.wrong + deed.faults(final=True)
    return finish(result, school, deed.statuses)


def _note(answers: list[Answer], deed: Submit, seat: Seat, order: Any) -> None:
    answers.append(deed.send(seat, order))


def _of(school: School, name: str) -> list[str]:
    with school.app.app_context():
        query = select(Claim.uuid).where(Claim.person_id == school.people[name].id, Claim.status == "pending")
        found = [str(uuid) for uuid in db.session.scalars(query)]
        db.session.remove()
    return found
