"""What a run of the fuzzer did and found, for people and for the file of found cases."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from fuzz.calls import Call, as_json
from fuzz.door import Answer
from fuzz.promises import Fault

LONGEST = 4000  # characters of a printed request
SLOWEST = 8


@dataclass(frozen=True, slots=True)
class Found:
    """A fault, and the least requests that show it."""

    fault: Fault
    calls: tuple[Call, ...]

    def line(self) -> str:
        """The case as tests/data/fuzz_found.jsonl keeps it; there somebody says why in words."""
        return json.dumps(
            {"why": " ".join(self.fault.sign), "visit": [json.loads(as_json(call)) for call in self.calls]}
        )

    def __str__(self) -> str:
        line = self.line()
        told = line if len(line) <= LONGEST else line[:LONGEST] + f"… ({len(line)} characters)"
        return f"{self.fault}\n  to send it again, add this line to tests/data/fuzz_found.jsonl:\n{told}"


@dataclass(slots=True)
class Report:
    """Counters of a run; `found` by what tells faults apart."""

    backend: str
    seed: int
    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    routes: dict[str, Counter[int]] = field(default_factory=dict)
    slowest: list[tuple[float, float, str, Call]] = field(default_factory=list)
    found: dict[tuple[str, str], Found] = field(default_factory=dict)

    def note(self, answer: Answer) -> None:
        """Count an answer."""
        self.sent += 1
        self.statuses[answer.status] += 1
        self.routes.setdefault(answer.endpoint, Counter())[answer.status] += 1
        where = f"{answer.call.method} {answer.endpoint}"
        self.slowest.append((answer.work, answer.seconds, where, answer.call))
        self.slowest = sorted(self.slowest, key=lambda one: one[0], reverse=True)[:SLOWEST]

    def add(self, found: Found) -> None:
        """Keep a fault that was found."""
        self.found[found.fault.sign] = found

    def slow(self, limit: float) -> Iterator[tuple[Call, float]]:
        """The requests that took more work than that, and how much."""
        for work, _, _, call in self.slowest:
            if work > limit:
                yield call, work

    @property
    def closed(self) -> list[str]:
        """Routes that only ever refused: what lies behind them was not tried."""
        return sorted(
            endpoint
            for endpoint, answers in self.routes.items()
            if endpoint and not {200, 303} & set(answers)
        )

    def __str__(self) -> str:
        told = ", ".join(f"{status} × {count}" for status, count in sorted(self.statuses.items()))
        slow = "; ".join(f"{what} {work:.2f} s ({whole:.2f} s)" for work, whole, what, _ in self.slowest[:5])
        lines = [
            f"fuzzing on {self.backend}: {self.sent} requests, seed {self.seed}, {len(self.routes)} routes",
            f"  answers: {told}",
            f"  most work, of processor (by the clock): {slow}",
            f"  routes that never let anybody through: {', '.join(self.closed) or 'none'}",
            f"  faults: {len(self.found)}",
        ]
        return "\n".join([*lines, *map(str, self.found.values())])
