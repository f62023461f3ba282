"""Prints many certificates at once, in processes of their own, because one process prints one at a time."""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import wait
from types import TracebackType
from typing import Any

from portal.pdf.errors import PdfFailed, Unprintable
from portal.pdf.press import Press, Printed

FEW = 12  # prints that are done before a process has opened its faces
LOG = logging.getLogger(__name__)

_press: Press | None = None


class PressRoom:
    """Presses side by side: `with PressRoom(press, processes=2, expected=900) as room: room.pull(...)`."""

    def __init__(self, press: Press, *, processes: int = 2, expected: int = FEW + 1) -> None:
        self.press = press
        self._pool: ProcessPoolExecutor | None = None
        if processes > 1 and expected > FEW:
            # spawned, not forked: the caller may run threads that hold locks
            self._pool = ProcessPoolExecutor(
                processes, multiprocessing.get_context("spawn"), initializer=_open, initargs=(press,)
            )

    def __enter__(self) -> PressRoom:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def pull(self, many: Sequence[Mapping[str, Any]]) -> list[Printed | str]:
        """A print of each, in order; a text instead of it says why it cannot be printed."""
        if self._pool is None:
            return [_attempt(self.press, facts) for facts in many]
        return list(self._pool.map(_one, many))


def _open(press: Press) -> None:
    from portal.pdf import engine  # lazy: the caller's process may never print itself

    global _press
    _press = press
    engine.register_fonts()
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()


def _follow(sentinel: int) -> None:
    """End with the parent: a killed one tells nobody, and its presses would wait for ever."""
    wait([sentinel])
    os._exit(1)


def _one(facts: Mapping[str, Any]) -> Printed | str:
    assert _press is not None  # noqa: S101  (the initializer ran, or the process would not be here)
    return _attempt(_press, facts)


def _attempt(press: Press, facts: Mapping[str, Any]) -> Printed | str:
    try:
        return press.pull(facts)
    except Unprintable as refused:
        return refused.message
    except PdfFailed as failed:
        LOG.error("certificate %s: %s", facts.get("number"), failed)
        return "排版失败，请联系系统管理员查看日志。"
