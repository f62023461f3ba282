"""A worker that is killed between a deed and its commit, or runs to the end: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

from portal.config import Settings

_COMMAND = """
import os, signal, sys
from importlib import import_module
from portal import jobs
module, name, left = import_module(sys.argv[1]), sys.argv[2], int(sys.argv[3])
deed = getattr(module, name)
def counted(*given, **named):
    global left
    answer = deed(*given, **named)
    left -= 1
    if left == 0:  # done and told, not committed
        os.kill(os.getpid(), signal.SIGKILL)
    return answer
setattr(module, name, counted)
run_one = jobs.run_one
def last(*given, **named):  # the worker is told to stop once nothing is left to do
    more = run_one(*given, **named)
    if not more:
        os.kill(os.getpid(), signal.SIGTERM)
    return more
jobs.run_one = last
from portal.cli import main
main(["worker", "--instance", sys.argv[4]])
"""


def work(settings: Settings, deed: str, *, killed_at: int) -> subprocess.CompletedProcess[bytes]:
    """Run `portal worker` until nothing is due, or until its deed `module:name` was done so often."""
    environment = {
        **os.environ,
        "PORTAL_DATABASE_URL": settings.database_url,
        "PORTAL_TESTING": "1",
        "PORTAL_TODAY": "2025-12-01T08:00",
    }
    asked = [*deed.split(":"), str(killed_at), str(settings.instance)]
    return subprocess.run(
        [sys.executable, "-c", _COMMAND, *asked], capture_output=True, check=False, env=environment
    )
