"""The notice's rules about a unit's admins: how many at once, and by when their sheet is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

MOST_ADMINS = 2  # notice, part three: 各单位指定1-2名平台管理人员
DUE_MONTH, DUE_DAY = 11, 28  # notice, part three: 11月28日前 …… 提报 …… 纸质版1份
ANNEX_TITLE = "山东省继续教育平台管理人员信息表"

Span = tuple[date, date | None]  # first and last day, both inclusive; no last day: until further notice


def most_at_once(spans: Sequence[Span], since: date) -> int:
    """The largest number of spans that cover one day on or after `since`."""
    days = [since, *(first for first, last in spans if first > since)]
    return max(sum(first <= day and (last is None or last >= day) for first, last in spans) for day in days)


def usual_deadline(year: int) -> date:
    """The last day for the sheet of a year unless the personnel office set another one."""
    return date(year, DUE_MONTH, DUE_DAY)


def days_late(due: date, received: date | None, today: date) -> int:
    """Days past the deadline: of the paper that came, or of the wait for it; 0 when in time."""
    return max(0, ((received or today) - due).days)
