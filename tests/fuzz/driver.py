"""Drives visits of the world until the budget is spent; what breaks is narrowed down and noted."""

from __future__ import annotations

import gc
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence

from hypothesis import HealthCheck, Phase, given, seed, settings
from sqlalchemy.exc import SAWarning

from fuzz.asked import Asked
from fuzz.calls import Call
from fuzz.door import Answer, Door
from fuzz.invariants import broken
from fuzz.narrowing import narrowed
from fuzz.promises import Fault, faults
from fuzz.report import Found, Report
from fuzz.visits import Catalogue, Visit, visits
from fuzz.world import World
from portal import jobs

SIZE = 20  # requests from one start to the next
VISITS = 10  # of one seed; past ten hypothesis goes on to vary what it has, mostly to the same again
MOST_FAULTS = 30  # a run that found so many has said enough
MOST_JOBS = 6  # of those a visit has queued


class Broken(AssertionError):
    """A promise did not hold: which, and after which requests."""

    def __init__(self, fault: Fault, calls: tuple[Call, ...]) -> None:
        super().__init__(str(fault))
        self.fault, self.calls = fault, calls


def play(world: World, door: Door, calls: Sequence[Call]) -> Iterator[Answer | Fault]:
    """Send a visit's calls from the start, do the work they queued, and tell every promise broken."""
    world.restore()
    for call in calls:
        answer = door.send(call)
        yield answer
        yield from faults(world, answer)
    yield from _work(world, door)
    yield from broken(world)


def _work(world: World, door: Door) -> Iterator[Fault]:
    """What background work makes of what it was given: it may refuse, not fall over."""
    door.logged.clear()
    for _ in range(MOST_JOBS):
        if not jobs.run_one(world.app):
            break
    for record in door.logged:
        if record.exc_info:
            told = logging.Formatter().format(record)
            yield Fault("a job failed", str(record.exc_info[0]), told)


def run(
    world: World,
    asked: Sequence[Asked],
    *,
    backend: str,
    budget: int,
    start: int,
    limit: float | None = None,
    only: frozenset[str] = frozenset(),
    sought: str = "",
    tell: Callable[[str], None] = lambda _: None,
) -> Report:
    """Ask until so many requests were sent; `start` is the seed, `limit` the most work of one request.

    A fault is narrowed down to the least that shows it, noted, and then passed over while the rest is
    sought. `only` are the endpoints to ask, all of them if there are none; once a fault against the promise
    `sought` was found, that is enough; `tell` hears how it goes.
    """
    report, door = Report(backend, start), Door(world)
    catalogue = Catalogue(world, asked, only)
    with door.watched(), warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        warnings.simplefilter("ignore", ResourceWarning)  # of bodies that break off in the middle of a file
        turn = start
        while report.sent < budget and len(report.found) < MOST_FAULTS:
            try:
                _turn(world, door, catalogue, report, budget, turn)
            except Broken as found:
                report.add(_narrowed(world, door, found))
                tell(str(report.found[found.fault.sign]))
                if found.fault.promise == sought:
                    break
            turn += 1
            tell(f"{report.sent} of {budget} sent, {len(report.found)} faults")
        for call, work in report.slow(limit) if limit else ():
            least = min(work, *(_work_of(world, door, call) for _ in range(2)))
            if least > limit:
                fault = Fault("slow", door.endpoint_of(call), f"{least:.2f} s of work", call)
                report.add(Found(fault, (call,)))
        gc.collect()
    return report


def _turn(world: World, door: Door, catalogue: Catalogue, report: Report, budget: int, number: int) -> None:
    """A few visits, until something new breaks (Broken) or the budget is spent."""

    @seed(number)
    @settings(
        max_examples=VISITS,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(visits(catalogue, SIZE))
    def visit(drawn: Visit) -> None:
        if not drawn.calls or report.sent >= budget:
            return
        for came in play(world, door, drawn.calls):
            if isinstance(came, Answer):
                report.note(came)
            elif came.sign not in report.found:
                raise Broken(came, drawn.calls)

    visit()


def _narrowed(world: World, door: Door, found: Broken) -> Found:
    """The fault after the least that shows it."""
    shown: dict[tuple[Call, ...], Fault] = {}

    def shows(calls: tuple[Call, ...]) -> bool:
        for came in play(world, door, calls):
            if isinstance(came, Fault) and came.sign == found.fault.sign:
                shown[calls] = came
                return True
        return False

    last = found.fault.call
    calls = found.calls[: found.calls.index(last) + 1] if last else found.calls
    least = narrowed(calls, shows)
    return Found(shown.get(least, found.fault), least)


def _work_of(world: World, door: Door, call: Call) -> float:
    world.restore()
    return door.send(call).work
