"""Keeps the head of the event log outside the database, so that a log rewritten whole is found out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from portal.clock import SHANGHAI
from portal.queries.event_chain import Head, head

NAME = "audit-heads.log"
_LINE = re.compile(r"(?P<day>\S+) (?P<number>[0-9]+) (?P<digest>[0-9a-f]{64})")


class BadHeads(Exception):
    """The file holds a line nobody wrote; the message names it."""


def append(file: Path, *, now: datetime) -> Head | None:
    """Write today's head at the end of the file, once a day; None when today's is there already."""
    day = now.astimezone(SHANGHAI).date().isoformat()
    if file.is_file() and any(one == day for one, _ in lines(file)):
        return None
    found = head()
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(f"{day} {found.number} {found.digest}\n")
        out.flush()
        os.fsync(out.fileno())
    return found


def lines(file: Path) -> Iterator[tuple[str, Head]]:
    """The day and head of each line. Raises BadHeads."""
    for number, text in enumerate(file.read_text("utf-8").splitlines(), 1):
        found = _LINE.fullmatch(text)
        if found is None:
            raise BadHeads(f"{file} 第 {number} 行不是“日期 序号 校验值”：{text[:80]!r}")
        yield found["day"], Head(int(found["number"]), found["digest"])
