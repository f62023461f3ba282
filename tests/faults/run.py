"""Run the fault harness: `make faults`, or `python tests/faults/run.py --kills 20 --scenario kill-review`.

Every scenario works on an instance of its own in a temporary folder, with a server of its own, and writes
what it found as JSON and as a table in Markdown. It ends with 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "intake"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from faults import bombs, copies, crowds, outages
from faults.deeds import Bulk, Deed, Review, Revoke
from faults.killing import Result, kill_during
from faults.more_deeds import Certify, Import, Submit
from faults.school import School, build
from faults.server import Server, free_port

Scenario = Callable[[School, Server, argparse.Namespace], list[Result]]
DEEDS: tuple[type[Deed], ...] = (Submit, Review, Bulk, Import, Certify, Revoke)


def _killing(deed: type[Deed]) -> Scenario:
    def run(school: School, server: Server, given: argparse.Namespace) -> list[Result]:
        return [kill_during(school, server, deed(school), given.kills, random.Random(given.seed))]

    return run


def _restarting(deed: type[Deed]) -> Scenario:
    def run(school: School, server: Server, given: argparse.Namespace) -> list[Result]:
        return [outages.restarts(school, server, deed(school), given.restart, given.outages)]

    return run


ON_POSTGRESQL = "postgresql-"  # what begins so works on a PostgreSQL of its own
SCENARIOS: dict[str, Scenario] = {
    **{f"kill-{deed.name}": _killing(deed) for deed in DEEDS},
    "admins": lambda school, server, given: [crowds.admins(school, server, given.claims)],
    "cap": lambda school, server, _: [crowds.cap(school, server, 50)],
    "clicks": lambda school, server, given: [crowds.clicks(school, server, given.clicks)],
    "bombs": lambda school, server, given: [bombs.bombs(school, server, given.bombs)],
    "lock": lambda school, server, _: [outages.write_lock(school, server)],
    "disk": lambda school, server, _: [outages.full_disk(school, server)],
    "backup": lambda school, server, given: [copies.backups_meanwhile(school, server, given.backups)],
    "memory": lambda school, server, given: [outages.memory(school, server, given.outages)],
    f"{ON_POSTGRESQL}submit": _restarting(Submit),
    f"{ON_POSTGRESQL}review": _restarting(Review),
    f"{ON_POSTGRESQL}admins": lambda school, server, given: [crowds.admins(school, server, given.claims)],
    f"{ON_POSTGRESQL}cap": lambda school, server, _: [crowds.cap(school, server, 50)],
    f"{ON_POSTGRESQL}backup": lambda school, server, given: [
        copies.backups_meanwhile(school, server, given.backups)
    ],
}


def _in_a_school(name: str, given: argparse.Namespace) -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="portal-faults-") as place, ExitStack() as rooms:
        instance, database, restart = Path(place) / "instance", "", []
        if name == "disk":
            rooms.enter_context(outages.small_disk(instance))
        if name.startswith(ON_POSTGRESQL):
            database, restart = rooms.enter_context(outages.cluster(Path(place)))
        given.restart = restart
        school = build(instance, database)
        server = Server(instance, free_port(), given.processes, database)
        if name == "disk":
            server.sign = "/healthz"  # so small a disk is never called ready
        try:
            server.start()
            return SCENARIOS[name](school, server, given)
        finally:
            server.stop()
            school.close()


def table(results: list[Result]) -> str:
    """The results in Markdown."""
    lines = [
        "| scenario | times | acknowledged | sent without an answer | answers | longest recovery | faults |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in results:
        statuses = ", ".join(f"{code} × {number}" for code, number in sorted(one.statuses.items()))
        detail = f" ({one.detail})" if one.detail else ""
        lines.append(
            f"| {one.scenario} | {one.times} {one.unit}{detail} | {one.acknowledged} "
            f"| {one.unanswered} | {statuses} | {one.recovery:.1f} s | {len(one.faults)} |"
        )
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run what was asked for; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=200, help="kills for each kind of deed")
    parser.add_argument("--claims", type=int, default=1000, help="claims eight admins decide at once")
    parser.add_argument("--clicks", type=int, default=1000, help="forms sent three times each")
    parser.add_argument("--outages", type=int, default=10, help="restarts of PostgreSQL, ends for memory")
    parser.add_argument("--backups", type=int, default=100, help="backups made while people file")
    parser.add_argument("--bombs", type=int, default=1000, help="hostile files twenty send at once")
    parser.add_argument("--processes", type=int, default=4, help="web processes; 1 is waitress")
    parser.add_argument("--seed", type=int, default=20260101)
    parser.add_argument("--scenario", action="append", choices=list(SCENARIOS), help="only these")
    parser.add_argument("--out", type=Path, help="folder for results.json and results.md")
    given = parser.parse_args()
    results: list[Result] = []
    for name in given.scenario or SCENARIOS:
        began = time.monotonic()
        try:
            found = _in_a_school(name, given)
            if name.startswith(ON_POSTGRESQL):
                for one in found:
                    one.detail = f"{one.detail}, PostgreSQL" if one.detail else "PostgreSQL"
        except (PermissionError, FileNotFoundError) as lacking:
            print(f"{name}: left out, {lacking}", flush=True)
            continue
        results += found
        for one in found:
            print(f"{name}: {time.monotonic() - began:.0f} s, {len(one.faults)} faults", flush=True)
            for fault in one.faults[:10]:
                print(f"    {fault}", flush=True)
        if given.out:
            given.out.mkdir(parents=True, exist_ok=True)
            (given.out / "results.json").write_text(json.dumps([one.as_json() for one in results], indent=1))
            (given.out / "results.md").write_text(table(results), "utf-8")
    print(table(results))
    return int(any(one.faults for one in results))


if __name__ == "__main__":
    sys.exit(main())
