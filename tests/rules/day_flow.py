"""An independent oracle for credits: a day-by-day maximum flow, sharing nothing with the portal's rules.

Claims are sources, days are sinks of 8 hours; a unit of flow is a quarter-hour. Claims are added in
order and each is augmented as far as it goes, which never takes flow from an earlier claim.
"""

from __future__ import annotations

from collections import deque
from datetime import date, timedelta


def each_day(start: date, end: date) -> list[date]:
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]


class DayFlow:
    """Claims laid on days, `per_day` quarters to a day."""

    def __init__(self, per_day: int = 32) -> None:
        self.per_day = per_day
        self.days: list[list[date]] = []
        self.flow: list[dict[date, int]] = []

    def add(self, start: date, end: date, wanted: int) -> int:
        """Lay as much of a new claim as fits while every earlier claim keeps its amount."""
        me = len(self.days)
        self.days.append(each_day(start, end))
        self.flow.append(dict.fromkeys(self.days[me], 0))
        laid = 0
        while laid < wanted:
            pushed = self._augment(me, wanted - laid)
            if not pushed:
                break
            laid += pushed
        return laid

    def _used(self, day: date) -> int:
        return sum(flow.get(day, 0) for flow in self.flow)

    def _augment(self, source: int, most: int) -> int:
        # breadth first over claims and days; a day is left through a claim that holds flow on it
        came: dict[object, object] = {source: None}
        queue: deque[int] = deque([source])
        while queue:
            claim = queue.popleft()
            for day in self.days[claim]:
                if day in came:
                    continue
                came[day] = claim
                free = self.per_day - self._used(day)
                if free > 0:
                    return self._push(came, day, min(most, free))
                for other, flow in enumerate(self.flow):
                    if other not in came and flow.get(day, 0) > 0:
                        came[other] = day
                        queue.append(other)
        return 0

    def _push(self, came: dict[object, object], last: date, amount: int) -> int:
        steps: list[tuple[int, date, int]] = []
        node: object = last
        while node is not None:
            before = came[node]
            if isinstance(node, date):
                assert isinstance(before, int)
                steps.append((before, node, 1))
            elif before is not None:
                assert isinstance(node, int)
                assert isinstance(before, date)
                steps.append((node, before, -1))
                amount = min(amount, self.flow[node][before])
            node = before
        for claim, day, sign in steps:
            self.flow[claim][day] += sign * amount
        return amount
