"""Twenty send hostile files at once, again and again, while others look at their pages."""

from __future__ import annotations

import threading
import time
from collections import Counter
from itertools import cycle, islice
from statistics import quantiles
from uuid import uuid4

from corpus import hostile
from forms_sent import TRAINING

from faults.client import Browser, Unanswered
from faults.crowds import finish
from faults.deeds import Seat
from faults.killing import Result, seats_of
from faults.more_deeds import STAFF
from faults.school import School
from faults.server import Server

SENDERS = 20
WHOLE = 10_000_000  # bytes: a larger file is refused by its size alone


def bombs(school: School, server: Server, times: int) -> Result:
    """So many hostile files; everybody else's pages are timed meanwhile."""
    result = Result("hostile files from twenty at once", times, "files")
    statuses: Counter[int] = Counter()
    files = [(one.name, one.data) for one in hostile() if len(one.data) < WHOLE]
    orders = iter(list(islice(cycle(files), times)))
    (first,) = seats_of(school, server, STAFF[:1])
    readers = seats_of(school, server, STAFF[1:5])
    lock, over = threading.Lock(), threading.Event()
    waits: list[float] = []
    longest = 0.0

    def send() -> None:
        nonlocal longest
        browser = Browser(server.port, dict(first.browser.cookies), first.browser.token)
        while True:
            with lock:
                order = next(orders, None)
            if order is None:
                return
            name, data = order
            form = {**TRAINING, "action": "save", "idempotency_key": uuid4().hex}
            at = time.monotonic()
            status = browser.post(
                "/claims", form, {"evidence_hours": (name, data, "application/octet-stream")}
            ).status
            with lock:
                longest = max(longest, time.monotonic() - at)
                statuses[status] += 1
                if status != 422:
                    result.faults.append(f"{name} was answered {status}")

    def read(seat: Seat) -> None:
        while not over.is_set():
            at = time.monotonic()
            try:
                status = seat.browser.get("/claims").status
            except Unanswered:
                status = 0
            with lock:
                waits.append(time.monotonic() - at)
                if status != 200:
                    result.faults.append(f"a page was answered {status}")
            over.wait(0.1)

    senders = [threading.Thread(target=send) for _ in range(SENDERS)]
    others = [threading.Thread(target=read, args=(seat,)) for seat in readers]
    for thread in senders + others:
        thread.start()
    for thread in senders:
        thread.join()
    over.set()
    for thread in others:
        thread.join()
    result.detail = (
        f"slowest refusal {longest:.1f} s; {len(waits)} pages of four others meanwhile, "
        f"p50 {quantiles(waits, n=100)[49]:.2f} s, p95 {quantiles(waits, n=100)[94]:.2f} s"
    )
    return finish(result, school, statuses)
