"""A job the tests can hold in the middle of a chunk, and the `portal` command that knows it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from portal import jobs
from portal.database import write_tx
from portal.services.jobs import Task


def run(task: Task) -> None:
    """Chunks 0 to 4; before chunk 2 is kept it says so through one pipe and waits at another."""
    folder = Path(task.payload["folder"])
    seen = list(task.checkpoint.get("seen", []))
    for number in range(len(seen), 5):
        with write_tx() as session:
            seen.append(number)
            if number == 2:
                (folder / "reached").write_text(str(os.getpid()))  # opens once the test reads
                (folder / "go").read_text()
            task.advance(session, number + 1, 5, {"seen": seen})


if __name__ == "__main__":
    from portal.cli import main

    jobs.HANDLERS["slow"] = "slow_job:run"
    main(sys.argv[1:])
