"""Counts requests and faults for Prometheus, over all web processes; nothing in it says who asked.

In one process the counters live in memory. `portal serve` with several gives each a slot of its own, whose
file the next process in that slot goes on with: a worker's restart neither loses counts nor piles up files.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from time import perf_counter

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

FOLDER = "metrics"
ROOM = {
    "histogram": 2 * 1024 * 1024,
    "counter": 64 * 1024,
}  # bytes a slot: every rule in every class of status
BUCKETS = (0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 15.0)  # seconds; 0.3 is what a page may take

_LENT = Lock()

Gauge = tuple[str, str, Mapping[tuple[str, str], float]]  # name, meaning, (label, value) -> number


class Meter:
    """The counters of one app. With a `folder` they are files there, one a slot."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder, self.slot = folder, 0
        self.registry = CollectorRegistry()
        into = None if folder else self.registry
        self._values = values.MutexValue
        if folder:
            _empty(folder)
            self._values = values.MultiProcessValue(lambda: self.slot)
        with self._own_values():
            self.seconds = Histogram(
                "portal_request_seconds",
                "Time to answer, by the rule that matched and the class of the status",
                ("rule", "status"),
                buckets=BUCKETS,
                registry=into,
            )
            self.faults = Counter(
                "portal_database_faults", "Requests the database did not serve", ("kind",), registry=into
            )

    def answered(self, rule: str, status: int, seconds: float) -> None:
        """Count one answer."""
        with self._own_values():
            child = self.seconds.labels(rule, f"{status // 100}xx")
        child.observe(seconds)

    def failed(self, kind: str) -> None:
        """Count one fault of the database: busy, full or away."""
        with self._own_values():
            child = self.faults.labels(kind)
        child.inc()

    @contextmanager
    def _own_values(self) -> Iterator[None]:
        """The library makes a new counter of its one global kind; lend it ours. By one thread at a time."""
        with _LENT:
            kept, values.ValueClass = values.ValueClass, self._values
            try:
                yield
            finally:
                values.ValueClass = kept

    def page(self, gauges: Iterable[Gauge]) -> bytes:
        """All counters of all processes and `gauges`, in the text form Prometheus reads."""
        counted = self.registry
        if self.folder:
            counted = CollectorRegistry()
            MultiProcessCollector(counted, str(self.folder))
        momentary = CollectorRegistry()
        momentary.register(_Momentary(gauges))
        return generate_latest(counted) + generate_latest(momentary)


class _Momentary(Collector):
    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for name, meaning, numbers in self._gauges:
            label = next(iter(numbers), ("", ""))[0]
            family = GaugeMetricFamily(name, meaning, labels=[label] if label else None)
            for (_, value), number in numbers.items():
                family.add_metric([value] if label else [], number)
            yield family


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)  # where the library's values put their files


def register(app: Flask) -> None:
    """Time every request but those for static files."""
    app.extensions["portal.meter"] = Meter()

    @app.before_request
    def _start() -> None:
        g.began = perf_counter()

    @app.after_request
    def _count(answer: Response) -> Response:
        if request.endpoint != "static":
            rule = request.url_rule.rule if request.url_rule else "none"
            app.extensions["portal.meter"].answered(rule, answer.status_code, perf_counter() - g.began)
        return answer


def share(app: Flask, folder: Path, slots: Iterable[int]) -> Meter:
    """Count over several processes from now on; for the process that is about to start them.

    Without room on the disk each process counts for itself.
    """
    try:
        meter = Meter(folder)
        _reserve(folder, slots)
    except OSError as fault:
        app.logger.warning("each process counts for itself: %s", fault)
        meter = Meter()
    app.extensions["portal.meter"] = meter
    return meter


def _reserve(folder: Path, slots: Iterable[int]) -> None:
    """Write the files out in full: on a full disk, writing to a mapped hole in one kills the process."""
    for slot in slots:
        for kind, size in ROOM.items():
            (folder / f"{kind}_{slot}.db").write_bytes(bytes(size))
