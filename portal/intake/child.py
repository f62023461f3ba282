"""Runs one inspection of a file from outside in this process, after binding the process to limits.

Usage: `python -I child.py MODULE MEMORY_BYTES CPU_SECONDS ARGUMENT…`; prints the verdict as one line of JSON.
It must not import the portal: starting Flask costs ten times the inspection.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

LARGEST_OUTPUT = 256 * 1024 * 1024  # bytes one file may grow to


def limit(memory: int, cpu_seconds: int) -> None:
    """Bound this process; Windows has no such limits and relies on the parent's timeout."""
    try:
        import resource  # not on Windows
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_OUTPUT, LARGEST_OUTPUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(module: str, memory: str, cpu_seconds: str, *arguments: str) -> None:
    """Limit, inspect, print."""
    limit(int(memory), int(cpu_seconds))
    try:
        inspect = runpy.run_path(str(Path(__file__).with_name(f"{module}.py")))["inspect"]
        verdict = inspect(*arguments)
    except (MemoryError, RecursionError):
        verdict = {"refused": "heavy"}
    print(json.dumps(verdict))


if __name__ == "__main__":
    main(*sys.argv[1:])
