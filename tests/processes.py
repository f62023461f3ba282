"""What the system tells of processes and those they keep: for the load driver, the fuzzer and the faults."""

from __future__ import annotations

import os
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """Numbers of the processes that `pid`'s threads have started and that still run."""
    found: list[int] = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(one) for one in listed.read_text().split()]
        except OSError:  # the thread ended just now
            continue
    return found


def processor_seconds(pid: int) -> float:
    """Of the process and of its children that ended; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / _TICK
