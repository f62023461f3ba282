"""The days that are measured, what each is measured for, and whether it got there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.clock import SHANGHAI

MORNING = datetime(2025, 12, 1, 8, tzinfo=SHANGHAI)
LAST_HOUR = datetime(2025, 12, 31, 23, tzinfo=SHANGHAI)
AT_ONCE = (2, 4, 8, 16, 32)  # people without pauses, one number after the other
LEVEL, LEAST = 0.01, 3.0  # how long each: a share of the time asked for, but so many seconds at least
GROWTH = 10.0  # percent of memory


@dataclass(frozen=True, slots=True)
class Scenario:
    """So many people on a database for a share of the time asked for.

    One that `saturates` goes on with people who do not pause. Of a `rush` everybody files; `pace` is a
    factor of all pauses.
    """

    name: str
    title: str
    database: str
    people: int
    share: float
    p95: float | None = None  # milliseconds to stay below
    capacity: float | None = None  # requests a second to reach without pauses
    rush: bool = False
    saturates: bool = False
    pace: float = 1.0

    @property
    def begins(self) -> datetime:
        """What the school's clock says at first."""
        return LAST_HOUR if self.rush else MORNING

    def levels(self, seconds: float) -> list[tuple[int, float]]:
        """How many people for how long, with their pauses."""
        return [(self.people, seconds * self.share)]

    def saturation(self, seconds: float) -> list[tuple[int, float]]:
        """The same without pauses, afterwards."""
        return [(people, max(LEAST, seconds * LEVEL)) for people in AT_ONCE] if self.saturates else []

    def missed(self, result: dict[str, Any]) -> list[str]:
        """The aims this day did not reach; what is worse stands in its faults."""
        wrong = []
        if self.p95 and result["p95"] >= self.p95:
            wrong.append(f"p95 {result['p95']:.0f} ms, aim below {self.p95:.0f}")
        best = max((level["per_second"] for level in result["levels"]), default=0.0)
        if self.capacity and best < self.capacity:
            wrong.append(f"{best:.0f} req/s at most, aim {self.capacity:.0f}")
        if result["memory"]["growth"] >= GROWTH:
            wrong.append(f"memory grew by {result['memory']['growth']} %, aim below {GROWTH:.0f}")
        return wrong


_RUSH = "last hour of the year"
SCENARIOS = (
    Scenario("mixed-sqlite", "mixed work", "sqlite", 50, 1.0, p95=300, capacity=100, saturates=True),
    Scenario("mixed-postgresql", "mixed work", "postgresql", 200, 1.0, p95=500, saturates=True),
    Scenario("last-hour-sqlite", _RUSH, "sqlite", 50, 0.5, p95=300, rush=True),
    Scenario("last-hour-postgresql", _RUSH, "postgresql", 200, 0.5, p95=500, rush=True),
)
BY_NAME = {one.name: one for one in SCENARIOS}
