"""How much memory this process took at its most during a block; the kernel keeps the mark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_CLEAR, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


@dataclass
class Grown:
    """Megabytes above what there was at the start; known once the block is left."""

    megabytes: float = 0.0


@contextmanager
def growth() -> Iterator[Grown]:
    """Puts the high-water mark back to now and reads it at the end. Skips where no kernel keeps it."""
    if not _CLEAR.exists():
        pytest.skip("only Linux tells how much memory was taken at the most")
    _CLEAR.write_text("5")
    start, grown = _mark("VmRSS"), Grown()
    yield grown
    grown.megabytes = (_mark("VmHWM") - start) / 1024


def _mark(name: str) -> int:
    """In kB."""
    found = re.search(rf"{name}:\s+([0-9]+) kB", _STATUS.read_text())
    assert found is not None
    return int(found[1])
