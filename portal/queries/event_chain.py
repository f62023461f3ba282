"""Checks the event log against itself: nothing changed, removed, inserted, or cut off at the end."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from sqlalchemy import select

from portal.extensions import db
from portal.models import Event, EventHead

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ended at some time: the last event's number and digest."""

    number: int
    digest: str


def digest(row: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over an event's own content and the digest before it."""
    content = {name: value for name, value in row.items() if name != "digest"}
    content["at"] = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    content["object_uuid"] = str(row["object_uuid"] or "")
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def head() -> Head:
    """Where the chain ends now, as the log itself says."""
    row = db.session.execute(select(EventHead.last_id, EventHead.digest).where(EventHead.id == 1)).one()
    return Head(row.last_id, row.digest)


def faults(written: Iterable[Head] = ()) -> Iterator[str]:
    """A sentence for each place where the log is not what was recorded.

    `written` are heads kept outside the database, which tell of a log that was rewritten whole.
    """
    now = head()
    kept = {one.number: one.digest for one in written if one.number}
    expected, previous = 1, GENESIS
    for event in db.session.execute(select(Event.__table__).order_by(Event.id)).yield_per(1000).mappings():
        number = event["id"]
        if number > expected:
            yield f"缺少{_numbers(expected, number - 1)}：被删除。"
        elif number < expected:
            yield f"第 {number} 条不在应有的次序上：被插入。"
        sound = digest(dict(event)) == event["digest"]
        if not sound:
            yield f"第 {number} 条（{event['action']}）：内容与校验值不符，被改动。"
        if event["previous"] != previous and number == expected:
            yield f"第 {number} 条（{event['action']}）：与前一条不相连，此处有改动、删除或插入。"
        if number > now.number:
            yield f"第 {number} 条（{event['action']}）：在日志末尾之后，被插入。"
        if kept.pop(number, event["digest"]) != event["digest"]:
            yield f"第 {number} 条（{event['action']}）：与另存的每日校验值不符，日志曾被整体改写。"
        expected, previous = number + 1, event["digest"]
    last = expected - 1
    if last < now.number:
        yield f"缺少{_numbers(last + 1, now.number)}：日志末尾被截断。"
    elif last == now.number and previous != now.digest:
        yield f"第 {last} 条：与日志末尾登记的校验值不符。"
    for number in sorted(kept):
        yield f"缺少第 {number} 条：另存的每日校验值中有这一条，日志末尾被截断。"


def _numbers(first: int, last: int) -> str:
    return f"第 {first} 条" if first == last else f"第 {first} 至 {last} 条"
