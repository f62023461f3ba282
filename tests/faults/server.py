"""A portal as operated: the web and the runner of jobs, each started again by itself when it ended.

Processes are forked from one that has imported the portal already: a start costs what the portal does then,
not three seconds of importing, so that hundreds of kills fit into an hour.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from processes import children

STARTS_WITHIN = 60.0
_NURSERY = multiprocessing.get_context("forkserver")
_NURSERY.set_forkserver_preload(["__main__", "portal.server", "portal.cli.serve", "portal.cli.worker"])
# what is killed, by how often: one web process, the runner of jobs, the first web process, everything
_AIMS = ("worker", "worker", "runner", "master", "all")


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _live(words: list[str], environment: dict[str, str], log: Path) -> None:
    """The life of a forked process: a `portal` command in a session and an environment of its own."""
    os.setsid()
    with log.open("ab") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment)
    from portal.cli import main  # lazy: only here it is a portal

    main(words)


@dataclass(slots=True)
class Service:
    """One `portal` command kept running, as a service manager does; it leads a group of processes."""

    words: list[str]
    environment: dict[str, str]
    log: Path
    process: ForkServerProcess | None = None

    def start(self) -> None:
        """Start it without waiting for anything."""
        self.process = _NURSERY.Process(target=_live, args=(self.words, self.environment, self.log))
        self.process.start()

    def ended(self) -> bool:
        """Whether it has to be started again."""
        return self.process is None or not self.process.is_alive()

    def pid(self) -> int:
        """Of its first process."""
        assert self.process is not None
        assert self.process.pid is not None
        return self.process.pid

    def kill(self) -> None:
        """Kill -9 the first process alone and wait until it is gone."""
        assert self.process is not None
        self.process.kill()
        self.process.join(STARTS_WITHIN)  # a busy machine takes a while to bury it

    def kill_group(self) -> None:
        """Kill -9 everything it has started."""
        if self.process is None:
            return
        self.process.kill()  # it may not lead its group yet
        with suppress(ProcessLookupError):
            os.killpg(self.pid(), signal.SIGKILL)
        self.process.join(STARTS_WITHIN)


@dataclass(slots=True)
class Server:
    """The web and the runner of an instance: started, killed and started again."""

    instance: Path
    port: int
    processes: int = 4
    database_url: str = ""
    extra: dict[str, str] | None = None
    sign: str = "/readyz"  # what answers 200 once it works
    web: Service = field(init=False)
    runner: Service = field(init=False)

    def __post_init__(self) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
        environment = {
            **clean,
            "PORTAL_INSTANCE": str(self.instance),
            "PORTAL_DATABASE_URL": self.database_url,
            "PORTAL_BASE_URL": f"http://127.0.0.1:{self.port}",
            **(self.extra or {}),
        }
        serve = ["serve", "--no-jobs", "--port", str(self.port), "--processes", str(self.processes)]
        self.web = Service(serve, environment, self.instance / "server.log")
        self.runner = Service(["worker"], environment, self.instance / "worker.log")

    def start(self) -> None:
        """Start both and wait until the portal says it is ready."""
        self.web.start()
        self.runner.start()
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
            time.sleep(0.02)
        raise AssertionError(f"no answer from the server; see {self.web.log}")

    def children(self) -> list[int]:
        """Numbers of the web processes."""
        return children(self.web.pid())

    def kill_some(self, rng: random.Random) -> str:
        """Kill -9 a web process, the runner, the first web process or everything; says which."""
        what = rng.choice(_AIMS)
        if what == "worker":
            with suppress(ProcessLookupError, IndexError):
                os.kill(rng.choice(self.children()), signal.SIGKILL)
        elif what == "master":
            self.web.kill()
        else:
            self.runner.kill_group()
            if what == "all":
                self.web.kill_group()
        return what

    def mend(self) -> None:
        """What an operator's service manager does: start again what has ended, and only that."""
        if self.runner.ended():
            self.runner.kill_group()
            self.runner.start()
        if self.web.ended():
            self._stop_web()
            self.web.start()
        self.wait()

    def stop(self) -> None:
        """Kill everything."""
        self.runner.kill_group()
        self._stop_web()

    def _stop_web(self) -> None:
        self.web.kill_group()
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", self.port))
                    return
                except OSError:
                    time.sleep(0.02)
