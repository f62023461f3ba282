"""The days that are measured, what each is measured for, and whether it got there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.clock import SHANGHAI

MORNING = datetime(2025, 12, 1, 8, tzinfo=SHANGHAI)
LAST_HOUR = datetime(2025, 12, 31, 23, tzinfo=SHANGHAI)
NO_PAUSES = (2, 4, 8, 16, 32)  # people, one level after the other
LEAST = 3.0  # seconds for each number of people
GROWTH = 10.0  # percent of memory
CAPACITY = 100.0  # requests a second


@dataclass(frozen=True, slots=True)
class Scenario:
    """So many people on a database for a share of the time asked for; several numbers follow one another."""

    name: str
    title: str
    database: str
    people: tuple[int, ...]
    share: float
    p95: float | None = None  # milliseconds to stay below
    capacity: float | None = None  # requests a second to reach at some level
    rush: bool = False
    pauses: bool = True

    @property
    def begins(self) -> datetime:
        """What the school's clock says at first."""
        return LAST_HOUR if self.rush else MORNING

    def levels(self, seconds: float) -> list[tuple[int, float]]:
        """How many people for how long."""
        each = max(LEAST, seconds * self.share / len(self.people))
        return [(people, each) for people in self.people]

    def missed(self, result: dict[str, Any]) -> list[str]:
        """The aims this day did not reach; what is worse stands in its faults."""
        wrong = []
        if self.p95 and result["p95"] >= self.p95:
            wrong.append(f"p95 {result['p95']:.0f} ms, aim below {self.p95:.0f}")
        if self.capacity and best(result) < self.capacity:
            wrong.append(f"{best(result):.0f} req/s at most, aim {self.capacity:.0f}")
        if self.pauses and result["memory"]["growth"] >= GROWTH:
            wrong.append(f"memory grew by {result['memory']['growth']} %, aim below {GROWTH:.0f}")
        return wrong


def best(result: dict[str, Any]) -> float:
    """The most requests a second of any level."""
    return max(level["per_second"] for level in result["levels"])


SCENARIOS = (
    Scenario("mixed-sqlite", "mixed work", "sqlite", (50,), 1.0, p95=300),
    Scenario("mixed-postgresql", "mixed work", "postgresql", (200,), 1.0, p95=500),
    Scenario("last-hour-sqlite", "last hour of the year", "sqlite", (50,), 0.5, p95=300, rush=True),
    Scenario("last-hour-postgresql", "last hour of the year", "postgresql", (200,), 0.5, p95=500, rush=True),
    Scenario(
        "saturation-sqlite",
        "no pauses, 2 to 32 people",
        "sqlite",
        NO_PAUSES,
        0.05,
        capacity=CAPACITY,
        pauses=False,
    ),
    Scenario(
        "saturation-postgresql", "no pauses, 2 to 32 people", "postgresql", NO_PAUSES, 0.05, pauses=False
    ),
)
BY_NAME = {one.name: one for one in SCENARIOS}
