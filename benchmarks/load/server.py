"""The portal as an operator starts it: the `portal serve` command, its web processes and runner of jobs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from faults.server import free_port
from processes import children

from portal.config import Settings

STARTS_WITHIN = 60.0  # seconds
STOPS_WITHIN = 10.0
# as behind the proxy of deploy/nginx.conf: it tells where people sit, and requests are logged to files
SETTINGS = {"PORTAL_PROXY_HOPS": "1"}


@dataclass(frozen=True, slots=True)
class Server:
    """A running portal; everything it starts is in one group of processes."""

    port: int
    process: subprocess.Popen[bytes]

    def pids(self) -> list[int]:
        """The first process, the ones it keeps (the web processes and the runner) and the ones these keep."""
        kept = children(self.process.pid)
        return [self.process.pid, *kept, *(one for each in kept for one in children(each))]


def environment(settings: Settings) -> dict[str, str]:
    """What a portal command needs to know of an instance, and nothing of the caller's own portal."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    place = {"PORTAL_INSTANCE": str(settings.instance), "PORTAL_DATABASE_URL": settings.database_url}
    return {**clean, **place}


@contextmanager
def serving(settings: Settings) -> Iterator[Server]:
    """Serve an instance until the block ends. Raises AssertionError when it does not get ready in time."""
    port, instance = free_port(), settings.instance
    given = {"PORTAL_BASE_URL": f"http://127.0.0.1:{port}", "PORTAL_LOG_FILE": str(instance / "portal.log")}
    with (instance / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "portal.cli", "serve", "--port", str(port)],
            env={**environment(settings), **SETTINGS, **given},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait(port, process, instance / "server.log")
        yield Server(port, process)
    finally:
        _stop(process)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and process.poll() is None:
        with suppress(URLError, OSError), urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            if answer.status == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"the portal did not start: {log.read_text('utf-8', 'replace')[-2000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """As a service manager does: ask, then kill whatever is left."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOPS_WITHIN)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(STOPS_WITHIN)
