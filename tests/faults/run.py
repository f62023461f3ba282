"""Run the fault harness: `make faults`, or `python tests/faults/run.py --kills 20 --scenario kill-review`.

Every scenario works on an instance of its own in a temporary folder, with a server of its own, and writes
what it found as JSON and as a table in Markdown. It ends with 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

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


SCENARIOS: dict[str, Scenario] = {f"kill-{deed.name}": _killing(deed) for deed in DEEDS}


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
    parser.add_argument("--processes", type=int, default=4, help="web processes; 1 is waitress")
    parser.add_argument("--seed", type=int, default=20260101)
    parser.add_argument("--scenario", action="append", choices=list(SCENARIOS), help="only these")
    parser.add_argument("--out", type=Path, help="folder for results.json and results.md")
    given = parser.parse_args()
    results: list[Result] = []
    for name in given.scenario or SCENARIOS:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="portal-faults-") as place:
            os.chmod(place, 0o700)
            school = build(Path(place) / "instance")
            server = Server(Path(place) / "instance", free_port(), given.processes)
            try:
                server.start()
                found = SCENARIOS[name](school, server, given)
            finally:
                server.stop()
                school.close()
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
