"""The process that drives the people: `python benchmarks/load/drive.py PLAN RESULT`, both JSON.

locust and what it changes of Python's sockets and threads stay in here.
"""

from __future__ import annotations

import gevent.monkey

gevent.monkey.patch_all()

import json  # noqa: E402  (everything below wants the changed sockets)
import sys  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / "tests")]

import gevent  # noqa: E402
from locust.env import Environment  # noqa: E402
from locust.runners import LocalRunner  # noqa: E402

from load.people import Day, Someone  # noqa: E402
from load.reviewers import Officer, Reviewer  # noqa: E402
from load.staff import Staff, Visitor  # noqa: E402
from load.tally import Tally, summary, wrongs  # noqa: E402

PARTS = {"staff": Staff, "visitor": Visitor, "admin": Reviewer, "hr": Officer}
ARRIVE_WITHIN = 0.1  # of the time, one after the other; at most a minute
LAST_ANSWER = 65  # seconds to wait for answers under way when the day is over
SETTLING = 0.25  # of each level without pauses, not measured


def run(plan: dict[str, Any]) -> dict[str, Any]:
    """The whole day, level by level; what came of it."""
    names = ("port", "seats", "forms", "codes", "year", "pace", "rush", "deeds")
    day, tally = Day(**{name: plan[name] for name in names}), Tally()
    environment = Environment(
        user_classes=[Someone], host=f"http://127.0.0.1:{day.port}", stop_timeout=LAST_ANSWER
    )
    environment.day, environment.parts = day, PARTS
    environment.events.request.add_listener(tally.note)
    runner = environment.create_local_runner()
    began, used = time.monotonic(), time.process_time()
    levels = [_level(runner, tally, day, people, seconds) for people, seconds in plan["levels"]]
    ended, used = time.monotonic(), time.process_time() - used
    day.over.set()
    runner.stop()
    runner.quit()
    samples = tally.samples
    return {
        **summary(samples, ended - began),
        "seconds": round(ended - began, 1),
        "levels": levels,
        "driver_cpu": round(used / (ended - began), 2),
        "wrongs": wrongs(samples) + _broken(runner),
        "told": tally.told,
        "promises": day.promises,
        "unanswered": sum(one.wrote and not one.status for one in samples),
    }


def _level(runner: LocalRunner, tally: Tally, day: Day, people: int, seconds: float) -> dict[str, Any]:
    """So many people for so long; measured once they have arrived, if they do not pause."""
    begin, used = time.monotonic(), time.process_time()
    arriving = min(60.0, seconds * ARRIVE_WITHIN)
    runner.start(people, spawn_rate=max(1.0, people / arriving))
    while time.monotonic() < begin + seconds and day.gone < people:
        gevent.sleep(0.1)
    end = time.monotonic()
    settled = begin if day.pace else begin + seconds * SETTLING
    found = summary(tally.between(settled, end), end - settled)
    names = ("per_second", "p50", "p95", "p99", "errors")
    cpu = (time.process_time() - used) / (end - begin)
    return {"people": people, **{name: found[name] for name in names}, "driver_cpu": round(cpu, 2)}


def _broken(runner: LocalRunner) -> list[str]:
    """Faults of the driver itself."""
    return [f"driver: {one['msg']} ({one['count']} times)" for one in runner.exceptions.values()]


def main() -> None:
    """Read the plan, drive, write what came of it."""
    plan, result = Path(sys.argv[1]), Path(sys.argv[2])
    result.write_text(json.dumps(run(json.loads(plan.read_text("utf-8"))), ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
