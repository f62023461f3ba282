"""Run the load: `make load`, or `python benchmarks/load/run.py --seconds 30 --scenario mixed-sqlite`.

Every scenario works on a copy of one school with a server of its own, as `portal serve` starts it. The
results are written as JSON and as tables after each. It ends with 1 when an answer was wrong or a promise
broken; an aim that was missed is only told.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent), str(ROOT / "tests"), str(ROOT)]

import psycopg  # noqa: E402  (the paths above come first)
from faults.outages import cluster  # noqa: E402
from forms_sent import PAPER, TRAINING  # noqa: E402

from load import checks, report, school  # noqa: E402
from load.processes import Watch  # noqa: E402
from load.scenarios import BY_NAME, SCENARIOS, Scenario  # noqa: E402
from load.server import serving  # noqa: E402
from portal.demo import accounts  # noqa: E402

SECONDS = 600.0  # of the longest scenarios
PEOPLE = 2000
SPARE = 90.0  # seconds a driver may take beyond its time, for last answers
POSTGRESQL = "postgresql://postgres@127.0.0.1/postgres"


class NotDriven(Exception):
    """The driver did not bring a result; what it said."""


def measure(
    one: Scenario,
    at: school.School,
    seconds: float,
    place: Path,
    *,
    password: str = accounts.PASSWORD,
    deeds: int = 0,
) -> dict[str, Any]:
    """Serve the school, let people work, look everything up. Raises NotDriven.

    With `deeds` everybody goes home after so many.
    """
    plan = {
        "seats": school.seats(at, one.people, password),
        "codes": school.codes(at),
        "forms": {"training": TRAINING, "publication": PAPER},
        "levels": one.levels(seconds),
        "pace": one.pace,
        "rush": one.rush,
        "deeds": deeds,
        "year": one.begins.year,
    }
    since = checks.last_event(at)
    with serving(at.settings) as server:
        plan["port"] = server.port
        with Watch(server, sum(time for _, time in plan["levels"])) as watch:
            result = drive(plan, place)
        jobs, jobs_done, wrong = checks.jobs_left(at)
        pressed = _saturate(one, plan, seconds, place)
        promises = result.pop("promises") + pressed.pop("promises")
        unanswered = result["unanswered"] + pressed["unanswered"]
        broken = checks.broken_promises(at, promises, since, unanswered)
    wrong += [*result["wrongs"], *pressed["wrongs"], *broken, *checks.over_caps(at), *checks.doctor(at)]
    found = {
        "scenario": one.name,
        "title": one.title,
        "database": one.database,
        "people": one.people,
        **result,
        "levels": pressed["levels"],
        "saturation": pressed,
        "memory": watch.as_json(),
        "jobs": jobs,
        "jobs_done": jobs_done,
        "promised": len(promises),
        "broken": broken,
        "faults": wrong,
    }
    return {**found, "missed": one.missed(found)}


def _saturate(one: Scenario, plan: dict[str, Any], seconds: float, place: Path) -> dict[str, Any]:
    """The same people again, without pauses, more and more of them; nothing where that is not asked for."""
    levels = one.saturation(seconds)
    if not levels:
        return {"levels": [], "wrongs": [], "promises": [], "unanswered": 0}
    return drive({**plan, "levels": levels, "pace": 0.0, "rush": False}, place)


def drive(plan: dict[str, Any], place: Path) -> dict[str, Any]:
    """Let the people work in a process of their own. Raises NotDriven."""
    given, result = place / "plan.json", place / "result.json"
    result.unlink(missing_ok=True)
    given.write_text(json.dumps(plan, ensure_ascii=False), "utf-8")
    seconds = sum(time for _, time in plan["levels"])
    with (place / "driver.log").open("wb") as log:
        try:
            subprocess.run(
                [sys.executable, str(HERE / "drive.py"), str(given), str(result)],
                stdout=log,
                stderr=log,
                timeout=seconds + SPARE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NotDriven(f"the driver did not end within {seconds + SPARE:.0f} s") from None
    if not result.is_file():
        raise NotDriven((place / "driver.log").read_text("utf-8", "replace")[-2000:])
    found: dict[str, Any] = json.loads(result.read_text("utf-8"))
    return found


@contextmanager
def _database(one: Scenario, place: Path) -> Iterator[str]:
    """Where the tables go: "" for SQLite, else a database of the server at hand or of a server for this."""
    if one.database == "sqlite":
        yield ""
        return
    with ExitStack() as rooms:
        address = os.environ.get("PORTAL_TEST_DATABASE_URL", POSTGRESQL)
        try:
            found = rooms.enter_context(school.scratch_database(address))
        except psycopg.OperationalError:
            found, _ = rooms.enter_context(cluster(place))
        yield found


def _run(one: Scenario, source: Path, given: argparse.Namespace) -> dict[str, Any]:
    with (
        tempfile.TemporaryDirectory(prefix="portal-load-", dir=source.parent) as place,
        _database(one, Path(place)) as address,
    ):
        instance = Path(place) / "instance"
        at = school.copy(source, instance, address)
        try:
            school.set_clock(at, one.begins)
            return measure(one, at, given.seconds, Path(place))
        finally:
            at.close()


def _machine() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    return (
        f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}, server, database and driver "
        f"on this one machine; load average before: {os.getloadavg()[0]:.1f}"
    )


def _end(*_: object) -> None:
    """Asked to end: stop what was started and drop the databases, however often it is asked."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit("ended by a signal")


def main() -> int:
    """Run what was asked for; 1 when something was wrong."""
    signal.signal(signal.SIGTERM, _end)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="of the longest; the others in proportion"
    )
    parser.add_argument("--people", type=int, default=PEOPLE, help="of the school")
    parser.add_argument("--scenario", action="append", choices=list(BY_NAME), help="only these")
    parser.add_argument("--out", type=Path, help="folder for results.json and results.md")
    given = parser.parse_args()
    machine, began = _machine(), time.monotonic()
    results: list[dict[str, Any]] = []
    lacking = False
    with tempfile.TemporaryDirectory(prefix="portal-load-") as place:
        source = Path(place) / "school"
        school.campus(source, given.people)
        print(f"a school of {given.people} people: {time.monotonic() - began:.0f} s", flush=True)
        for one in SCENARIOS:
            if given.scenario and one.name not in given.scenario:
                continue
            at = time.monotonic()
            try:
                found = _run(one, source, given)
            except (NotDriven, AssertionError, FileNotFoundError) as fault:
                lacking = True
                print(f"{one.name}: not measured, {fault}", flush=True)
                continue
            results.append(found)
            print(f"{one.name}: {time.monotonic() - at:.0f} s, {len(found['faults'])} faults", flush=True)
            for fault in found["faults"][:10]:
                print(f"    {fault}", flush=True)
            _write(results, machine, given.out)
    print(f"\n{time.monotonic() - began:.0f} s in all\n")
    print(report.tables(results, machine))
    return int(lacking or any(one["faults"] for one in results))


def _write(results: list[dict[str, Any]], machine: str, out: Path | None) -> None:
    if out is None:
        return
    out.mkdir(parents=True, exist_ok=True)
    told = {"machine": machine, "scenarios": results}
    (out / "results.json").write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
    (out / "results.md").write_text(report.tables(results, machine), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
