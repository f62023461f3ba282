"""The portal's clock: real time, or a shifted one in demo and test instances.

Only blueprints, jobs and commands look at it; everything below is handed `now` or `today`.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from portal.config import Settings

SHANGHAI = ZoneInfo("Asia/Shanghai")
DEMO_START = datetime(2025, 12, 1, 8, 0, tzinfo=SHANGHAI)
CLOCK_FILE = "clock.json"


class Clock:
    """Tells the time, shifted by a fixed amount."""

    def __init__(self, shift: timedelta = timedelta()) -> None:
        self._shift = shift

    @property
    def shifted(self) -> bool:
        """Whether this clock differs from the real one."""
        return bool(self._shift)

    def now(self) -> datetime:
        """The instant, in UTC."""
        return datetime.now(UTC) + self._shift

    def today(self) -> date:
        """The calendar date in Shanghai."""
        return shanghai_date(self.now())


class FixedClock(Clock):
    """Stands still at one instant; for tests and for PORTAL_TODAY."""

    def __init__(self, instant: datetime) -> None:
        super().__init__()
        self.instant = instant

    @property
    def shifted(self) -> bool:
        return True

    def now(self) -> datetime:
        return self.instant.astimezone(UTC)


def shanghai_date(instant: datetime) -> date:
    """The calendar date of an instant in Asia/Shanghai: the only place a year is taken from."""
    return instant.astimezone(SHANGHAI).date()


def parse_today(text: str) -> datetime:
    """The instant for PORTAL_TODAY: a date means 08:00 in Shanghai. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if "T" not in text and " " not in text:
        moment = moment.replace(hour=8)
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def start_demo_clock(settings: Settings) -> None:
    """Let a demo instance's clock begin at DEMO_START now and run on from there."""
    shift = DEMO_START - datetime.now(UTC)
    (settings.instance / CLOCK_FILE).write_text(json.dumps({"shift_seconds": int(shift.total_seconds())}))


def clock_for(settings: Settings) -> Clock:
    """The clock of an instance; only demo and test instances may differ from real time."""
    if not (settings.demo or settings.testing):
        return Clock()
    if settings.today:
        return FixedClock(parse_today(settings.today))
    file = settings.instance / CLOCK_FILE
    if file.is_file():
        return Clock(timedelta(seconds=json.loads(file.read_text())["shift_seconds"]))
    return Clock()
