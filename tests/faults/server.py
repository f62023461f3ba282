"""A portal as operated: web processes and the runner of jobs, in a process group that can be killed."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

STARTS_WITHIN = 60.0


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Server:
    """`portal serve` on an instance, started, killed and started again."""

    instance: Path
    port: int
    processes: int = 4
    database_url: str = ""
    extra: dict[str, str] | None = None
    sign: str = "/readyz"  # what answers 200 once it works
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until the portal says it is ready."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
        given = {
            "PORTAL_INSTANCE": str(self.instance),
            "PORTAL_DATABASE_URL": self.database_url,
            "PORTAL_BASE_URL": f"http://127.0.0.1:{self.port}",
            **(self.extra or {}),
        }
        command = [sys.executable, "-m", "portal.cli", "serve", "--port", str(self.port)]
        with (self.instance / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--processes", str(self.processes)],
                env={**clean, **given},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait()

    def wait(self) -> None:
        """Until its sign of life answers 200. Raises AssertionError when it does not in time."""
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until:
            try:
                with urlopen(f"http://127.0.0.1:{self.port}{self.sign}", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (URLError, OSError):
                pass
            time.sleep(0.05)
        raise AssertionError(f"no answer from the server; see {self.instance / 'server.log'}")

    def children(self) -> list[int]:
        """Numbers of the processes the first one has started, the runner of jobs among them."""
        assert self.process
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(one) for one in listed.read_text().split()]

    def kill_some(self, rng: random.Random) -> str:
        """Kill -9 a web process, the runner, the first process or all of them; says which."""
        assert self.process
        what = rng.choice(("worker", "worker", "all", "master"))
        try:
            if what == "worker":
                os.kill(rng.choice(self.children()), signal.SIGKILL)
            elif what == "master":
                self.process.kill()
            else:
                os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, IndexError):
            pass
        if what != "worker":
            self.process.wait(timeout=STARTS_WITHIN)  # a busy machine takes a while to bury it
        return what

    def mend(self) -> None:
        """What an operator's service manager does: start again what has ended, and only that."""
        assert self.process
        if self.process.poll() is None:
            self.wait()
            return
        self.stop()
        self.start()

    def stop(self) -> None:
        """Kill everything of the group."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", self.port))
                    return
                except OSError:
                    time.sleep(0.05)
