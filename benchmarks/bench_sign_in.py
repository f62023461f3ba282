"""How long a refused sign-in takes for an account that exists and for one that does not.

    .venv/bin/python benchmarks/bench_sign_in.py [tries]

Prints both medians and their difference; the two are asked in turns, so that other work on the machine
meets both alike.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from portal import create_app, lifecycle
from portal.config import Settings
from portal.database import write_tx
from portal.models import Person, Unit
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Hat
from portal.services import logins, passwords

KNOWN, UNKNOWN = "20250001", "20250002"


def refused(username: str, now: datetime) -> float:
    """Seconds that a wrong password takes."""
    start = time.perf_counter()
    try:
        logins.sign_in(
            username, "wrong", Hat.PERSON, now=now, today=now.date(), address="203.0.113.1", agent="bench"
        )
    except RuleBroken:
        return time.perf_counter() - start
    raise AssertionError("a wrong password opened a session")


def main(tries: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(instance=Path(folder), testing=True))
        now = datetime(2025, 12, 1, tzinfo=UTC)
        with app.app_context():
            lifecycle.migrate_now()
            with write_tx() as session:
                unit = Unit(code="A", name="A")
                session.add(unit)
                session.flush()
                made = passwords.hash_password("the right password")
                session.add(
                    Person(
                        username=KNOWN,
                        name="A",
                        search_key="a",
                        unit_id=unit.id,
                        department="",
                        title_series="",
                        title="",
                        password_hash=made,
                        created_at=now,
                    )
                )
            took: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
            for number in range(tries):
                at = now + timedelta(minutes=6 * number)  # so that the limits never interfere
                for username in (KNOWN, UNKNOWN):
                    took[username].append(refused(username, at))
    known, unknown = (median(took[one]) * 1000 for one in (KNOWN, UNKNOWN))
    print(f"known {known:.1f} ms, unknown {unknown:.1f} ms, difference {abs(known - unknown):.2f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
