"""Lays a training and those of the same days on one line of days, as shares of its width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

MOST_LABELS = 8  # days that are named where the line holds few of them
MARGIN = 7  # days shown on either side of the claim at most, unless it is long
SPREAD = 4  # a long claim shows a quarter of its own length on either side
MOST_LANES = 4
STRETCHED = 2  # hours below a half of what the days allow ask for a look at the dates


@dataclass(frozen=True, slots=True)
class Span:
    """A training on the line: inclusive days, quarters, title, state (`claim` `approved` `pending`), uuid."""

    start: date
    end: date
    quarters: int
    title: str
    state: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A span as drawn: percent of the width; `before` and `after` tell that it goes on beyond the line."""

    span: Span
    left: float
    width: float
    before: bool
    after: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A day named on the line, or a month beginning there when `month` is set."""

    text: str
    left: float
    month: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """The line: its first and last day, bars (the claim's first), marks, and spans that found no room."""

    first: date
    last: date
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    lines: tuple[float, ...]
    more: int

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def strip(claim: Span, others: Sequence[Span]) -> Strip:
    """The claim with other trainings; the line stays near the claim however long or far away they are.

    Where there are too many, those that hold room already are drawn before those that wait.
    """
    length = (claim.end - claim.start).days + 1
    margin = timedelta(days=max(MARGIN, length // SPREAD))
    near = timedelta(days=1)
    within = [one for one in others if one.start <= claim.end + margin and claim.start - margin <= one.end]
    lanes = sorted(within, key=lambda one: (one.state != "approved", one.start, one.end))[:MOST_LANES]
    lanes.sort(key=lambda one: (one.start, one.end))
    starts = [max(other.start, claim.start - margin) for other in lanes]
    ends = [min(other.end, claim.end + margin) for other in lanes]
    first, last = min([claim.start - near, *starts]), max([claim.end + near, *ends])
    shown = [claim, *lanes]
    total = (last - first).days + 1

    def share(day: date) -> float:
        return round(100 * (day - first).days / total, 2)

    bars = tuple(
        Bar(
            one,
            share(max(one.start, first)),
            round(100 * ((min(one.end, last) - max(one.start, first)).days + 1) / total, 2),
            one.start < first,
            one.end > last,
        )
        for one in shown
    )
    days = [first + timedelta(days=n) for n in range(total)]
    lines = tuple(share(day) for day in days[1:]) if total <= 5 * MOST_LABELS else ()
    marks = tuple(Mark(text, round(left, 2), month) for text, left, month in _marks(days, total))
    return Strip(first, last, bars, marks, lines, len(others) - len(lanes))


def _marks(days: Sequence[date], total: int) -> Iterator[tuple[str, float, bool]]:
    """Months where they begin (with the year when the line sees two), days in even steps."""
    years = days[0].year != days[-1].year
    starts = [n for n, day in enumerate(days) if n == 0 or day.day == 1]
    room = max(1, -(-len(starts) // 6))  # at most six months are named
    if len(starts) > 1 and starts[1] * 100 / total < 16:
        starts = starts[1:]  # a name needs its width before the next begins
    for n in starts[::room]:
        text = f"{days[n].year}年{days[n].month}月" if years else f"{days[n].month}月"
        yield text, 100 * n / total, True
    if total <= 5 * MOST_LABELS:
        step = -(-total // MOST_LABELS)
        for n in range(0, total, step):
            yield str(days[n].day), 100 * (n + 0.5) / total, False


def stretched(quarters: int, days: int, per_day: int | None) -> bool:
    """Whether the hours are far below what the days allow, as when dates were drawn out to find room."""
    return per_day is not None and days > 1 and quarters * STRETCHED < per_day * days
