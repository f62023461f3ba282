"""Runs the inspections of `child.py` in a process of their own, few at a time, and reads their verdict."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from portal.rules.refusals import RuleBroken

CPU_SECONDS = 10
WALL_SECONDS = 15
AT_ONCE = 2  # children per server process: a burst of bombs must not eat the machine
PATIENCE = 30  # seconds to wait for a turn

_CHILD = Path(__file__).with_name("child.py")
_turns = threading.BoundedSemaphore(AT_ONCE)


def inspect(module: str, *arguments: str, memory: int) -> dict[str, Any]:
    """The verdict of `module`'s inspect(*arguments) within `memory` bytes of address space.

    Whatever kills the child (memory, processor time, the clock, a crash) is the verdict {"refused": "heavy"}.
    Raises RuleBroken when the server is too busy to look at the file now.
    """
    if not _turns.acquire(timeout=PATIENCE):
        raise RuleBroken("系统正忙，暂时无法检查文件，请稍后重新上传。")
    try:
        return _run(
            [
                sys.executable,
                "-I",
                "-X",
                "utf8",
                str(_CHILD),
                module,
                str(memory),
                str(CPU_SECONDS),
                *arguments,
            ]
        )
    finally:
        _turns.release()


def _run(command: list[str]) -> dict[str, Any]:
    # The child needs no secret of ours; Windows cannot start a process without SYSTEMROOT.
    environment = {name: os.environ[name] for name in ("SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603  (our own script and interpreter, no shell)
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"refused": "heavy"}
    if done.returncode == 0:
        verdict: dict[str, Any] = json.loads(done.stdout)
        return verdict
    if b"ModuleNotFoundError" in done.stderr:  # a broken installation is our fault, not the file's
        raise RuntimeError(done.stderr.decode(errors="replace"))
    return {"refused": "heavy"}
