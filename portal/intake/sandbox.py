"""Runs the inspections of `child.py` in processes of their own, few at a time, and reads their verdict."""

from __future__ import annotations

import atexit
import json
import os
import selectors
import socket
import subprocess
import sys
import threading
import time
from typing import Any

from portal.intake import child
from portal.rules.refusals import RuleBroken

CPU_SECONDS = 10
WALL_SECONDS = 15.0
AT_ONCE = 2  # children per server process: a burst of bombs must not eat the machine
PATIENCE = 30  # seconds to wait for a turn

HEAVY = {"refused": "heavy"}
_CHILD = [sys.executable, "-I", "-X", "utf8", str(child.__file__)]
_SLACK = 2.0  # seconds after which a child that should have ended itself is waited for no longer
_STARTING = 60.0  # seconds for the nursery to read a library on a machine with much else to do
_turns = threading.BoundedSemaphore(AT_ONCE)


def inspect(module: str, *arguments: str, memory: int) -> dict[str, Any]:
    """The verdict of `module`'s inspect(*arguments) within `memory` bytes of address space.

    Whatever kills the child (memory, processor time, the clock, a crash) is the verdict {"refused": "heavy"}.
    Raises RuleBroken when the server is too busy to look at the file now, RuntimeError when the child could
    not be run at all: a broken installation is our fault, not the file's.
    """
    if not _turns.acquire(timeout=PATIENCE):
        raise busy()
    try:
        verdict = ask_nursery(module, arguments, memory) if FORKS else ask_once(module, arguments, memory)
    finally:
        _turns.release()
    if "fault" in verdict:
        raise RuntimeError(verdict["fault"])
    return verdict


def busy() -> RuleBroken:
    """The machine has no turn, or no room, for one more inspection."""
    return RuleBroken("系统正忙，暂时无法检查文件，请稍后重新上传。")


def ask_once(module: str, arguments: tuple[str, ...], memory: int) -> dict[str, Any]:
    """The verdict of a child started from nothing: where processes cannot be forked, as on Windows."""
    command = [*_CHILD, "once", module, str(memory), str(CPU_SECONDS), *arguments]
    try:
        done = subprocess.run(  # noqa: S603  (our own script and interpreter, no shell)
            command,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return HEAVY
    return _verdict(done.stdout) or HEAVY


def ask_nursery(module: str, arguments: tuple[str, ...], memory: int) -> dict[str, Any]:
    """The verdict of a child forked by this process's nursery; a nursery that was ended is started anew."""
    for _ in range(2):
        nursery = _current()
        answer = nursery.ask(module, arguments, memory)
        word, rest = answer[:1], answer[1:]
        verdict = _verdict(rest) if word == child.TAKEN else None
        if verdict:
            return verdict
        # What kills one child may have learnt where libraries lie in memory: the next are laid out anew.
        _retire(nursery)
        if word == child.TAKEN:
            return HEAVY
        if word == child.NO_ROOM:
            raise busy()
        if word == child.BROKEN:
            return {"fault": rest.decode(errors="replace")}
    return {"fault": "the inspections' nursery ends as soon as it is started"}


class Nursery:
    """The process that forks inspections: one for each process of the server, started by its first upload."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair()
        self._sending = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  (our own script and interpreter, no shell)
                [*_CHILD, "nursery"],
                env=_environment(),
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def ask(self, module: str, arguments: tuple[str, ...], memory: int) -> bytes:
        """What came down the pipe until it ended or the clock ran out; nothing: the nursery is gone."""
        body = json.dumps([module, memory, CPU_SECONDS, WALL_SECONDS, arguments]).encode()
        reading, writing = os.pipe()
        try:
            with self._sending:
                socket.send_fds(self._line, [len(body).to_bytes(4, "big")], [writing])
                self._line.sendall(body)
        except OSError:
            os.close(reading)
            return b""
        finally:
            os.close(writing)
        with os.fdopen(reading, "rb", buffering=0) as pipe:
            return _all_of(pipe.fileno())

    def stop(self) -> None:
        """Let it end; inspections under way go on to their own end."""
        with self._sending:
            self._line.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def forget(self) -> None:
        """In a forked process: the nursery belongs to the other one."""
        self._line.close()
        self._process.returncode = 0  # not our child


def _all_of(pipe: int) -> bytes:
    """Everything until the end of the pipe; only TAKEN when the child takes longer than it may."""
    pieces: list[bytes] = []
    until = time.monotonic() + _STARTING + WALL_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while selector.select(max(0.0, until - time.monotonic())):
            piece = os.read(pipe, 1 << 20)
            if not piece:
                return b"".join(pieces)
            if not pieces:  # its clock starts now
                until = time.monotonic() + WALL_SECONDS + _SLACK
            pieces.append(piece)
    return pieces[0][:1] if pieces else b""


def _verdict(said: bytes) -> dict[str, Any] | None:
    """None: the child died, perhaps while it was telling."""
    try:
        verdict: dict[str, Any] = json.loads(said)
    except ValueError:
        return None
    return verdict


def _environment() -> dict[str, str]:
    """The child needs no secret of ours; Windows cannot start a process without SYSTEMROOT."""
    return {name: os.environ[name] for name in ("SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}


FORKS = hasattr(os, "fork") and hasattr(socket, "send_fds")
_nursery: Nursery | None = None
_choosing = threading.Lock()


def _current() -> Nursery:
    global _nursery
    with _choosing:
        if _nursery is None:
            _nursery = Nursery()
        return _nursery


def _retire(nursery: Nursery) -> None:
    global _nursery
    with _choosing:
        if _nursery is nursery:
            _nursery = None
            nursery.stop()


def _leave() -> None:
    if _nursery is not None:
        _retire(_nursery)


def _after_fork() -> None:
    global _nursery, _choosing, _turns
    if _nursery is not None:
        _nursery.forget()
    _nursery, _choosing, _turns = None, threading.Lock(), threading.BoundedSemaphore(AT_ONCE)


atexit.register(_leave)
if FORKS:
    os.register_at_fork(after_in_child=_after_fork)
