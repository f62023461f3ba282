"""Counts every answer by kind of request and says what it came to: rates, percentiles, statuses, faults."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

SHOWN = 20  # faults told one by one
STATIC = "static file"  # fast and many on a first visit: they would make everything look faster
ARRIVING = ("sign-in page", STATIC, "sign in", "first page")  # neither reading nor writing


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer."""

    kind: str
    at: float  # when it was there
    milliseconds: float
    status: int
    wrote: bool
    wrong: str = ""


class Tally:
    """Listens to locust; everything since it was made."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self.told: list[str] = []

    def note(
        self,
        request_type: str,
        name: str,
        response_time: float,
        response: Any,
        exception: BaseException | None,
        **_: Any,
    ) -> None:
        """One answer, or the lack of one."""
        status = int(getattr(response, "status_code", 0) or 0)
        wrong = str(exception) if exception else ""
        writes = request_type == "POST" and name not in ARRIVING
        self.samples.append(Sample(name, time.monotonic(), response_time, status, writes, wrong))
        if wrong and len(self.told) < SHOWN:
            number = (response.headers or {}).get("X-Request-ID", "") if status else ""
            self.told.append(f"{request_type} {name}: {wrong} {number}".strip())

    def between(self, begin: float, end: float) -> list[Sample]:
        """The samples of that time."""
        return [one for one in self.samples if begin <= one.at < end]


def summary(samples: Sequence[Sample], seconds: float) -> dict[str, Any]:
    """All of them together but static files, and each kind of request by itself."""
    kinds: dict[str, list[Sample]] = {}
    for one in samples:
        kinds.setdefault(one.kind, []).append(one)
    work = [one for one in samples if one.kind not in ARRIVING]
    return {
        **figures([one for one in samples if one.kind != STATIC], seconds),
        "errors": sum(bool(one.wrong) for one in samples),
        "writing": round(sum(one.wrote for one in work) / len(work), 3) if work else 0.0,
        "kinds": {kind: figures(kinds[kind], seconds) for kind in sorted(kinds)},
    }


def figures(samples: Sequence[Sample], seconds: float) -> dict[str, Any]:
    """How many, how fast, with which statuses."""
    times = sorted(one.milliseconds for one in samples)
    statuses = Counter(one.status for one in samples)
    return {
        "requests": len(samples),
        "per_second": round(len(samples) / seconds, 1) if seconds else 0.0,
        "errors": sum(bool(one.wrong) for one in samples),
        **{f"p{share}": percentile(times, share) for share in (50, 95, 99)},
        "longest": round(times[-1], 1) if times else 0.0,
        "statuses": {str(code): statuses[code] for code in sorted(statuses)},
    }


def percentile(times: Sequence[float], share: int) -> float:
    """The nearest rank, of times in order; 0 of none."""
    return round(times[ceil(len(times) * share / 100) - 1], 1) if times else 0.0


def wrongs(samples: Iterable[Sample]) -> list[str]:
    """What went wrong, each once with how often."""
    counted = Counter(f"{one.kind}: {one.wrong}" for one in samples if one.wrong)
    return [f"{what} ({number} times)" for what, number in counted.most_common()]
