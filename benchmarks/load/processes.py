"""What the server's processes use while people work: memory every few seconds, processor time in all."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Any

from processes import processor_seconds

from load.server import Server

EVERY = 10.0  # seconds
EARLY, LATE = (0.1, 0.3), (0.8, 1.0)  # shares of the time between which growth is measured
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Watch:
    """Resident memory of the first process, the web processes, their nurseries and the runner, added up.

    Children that open one file and end are left out; pages that processes share count for each.
    """

    def __init__(self, server: Server, seconds: float) -> None:
        self._server = server
        self._every = min(EVERY, max(0.5, seconds / 30))
        self.series: list[tuple[float, int]] = []  # seconds, bytes
        self.most_of_one = 0
        self._began, self._cpu = time.monotonic(), self._used()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    def _look(self) -> None:
        sizes = []
        for pid in self._server.pids():
            try:
                sizes.append(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE)
            except (OSError, IndexError):  # ended just now
                continue
        self.series.append((time.monotonic() - self._began, sum(sizes)))
        self.most_of_one = max(self.most_of_one, *sizes)

    def _look_on(self) -> None:
        while True:
            self._look()
            if self._over.wait(self._every):
                return

    def _used(self) -> float:
        """Processor seconds of all of them, and of their children that ended."""
        return sum(processor_seconds(pid) for pid in self._server.pids())

    def __enter__(self) -> Watch:
        self._look()  # before the first request
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._look()
        self._cpu = (self._used() - self._cpu) / (time.monotonic() - self._began)

    def as_json(self) -> dict[str, Any]:
        """Megabytes; growth is from when everybody had arrived to the last fifth of the time."""
        early, late = self._typical(EARLY), self._typical(LATE)
        return {
            "start": _mb(self.series[0][1]),
            "early": _mb(early),
            "late": _mb(late),
            "end": _mb(self.series[-1][1]),
            "peak": _mb(max(size for _, size in self.series)),
            "most_of_one": _mb(self.most_of_one),
            "growth": round(100 * (late / early - 1), 1),
            "series": [(round(at), _mb(size)) for at, size in self.series],
            "server_cpu": round(self._cpu, 2),
        }

    def _typical(self, share: tuple[float, float]) -> float:
        last = self.series[-1][0]
        sizes = [size for at, size in self.series if share[0] * last <= at <= share[1] * last]
        return median(sizes or [self.series[-1][1]])


def _mb(size: float) -> float:
    return round(size / 1e6, 1)
