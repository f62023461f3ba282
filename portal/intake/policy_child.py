"""Checks a policy file from outside; runs inside the limits of `child.py`, with the rules alone.

The check itself is that of `portal policy check`; this only bounds what reaches it.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from portal.rules.policy_check import file_faults

MOST_DEPTH = 12
MOST_ENTRIES = 20_000
MOST_IN_A_LIST = 400
MOST_TOLD = 100


def inspect(file: str, notice: str) -> dict[str, Any]:
    """{"faults": [sentence…], "more": how many were left off}; `notice` may be empty."""
    path = Path(file)
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except RecursionError:
        return {"refused": "nested"}
    except ValueError:
        raw = {}  # told in its own words below
    refused = _unbounded(raw)
    if refused:
        return {"refused": refused}
    faults = [str(fault) for fault in file_faults(path, Path(notice) if notice else None)]
    return {"faults": faults[:MOST_TOLD], "more": max(0, len(faults) - MOST_TOLD)}


def _unbounded(raw: object) -> str:
    entries, level = 0, [raw]
    for _ in range(MOST_DEPTH):
        below: list[object] = []
        for one in level:
            if isinstance(one, dict | list):
                if len(one) > MOST_IN_A_LIST:
                    return "long"
                below.extend(one.values() if isinstance(one, dict) else one)
        entries += len(below)
        if entries > MOST_ENTRIES:
            return "long"
        if not below:
            return ""
        level = below
    return "nested"
