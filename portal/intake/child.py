"""Runs inspections of files from outside, each in a process of its own that is bound to limits.

    python -I child.py once MODULE MEMORY_BYTES CPU_SECONDS ARGUMENT…   prints the verdict as one line of JSON
    python -I child.py nursery                                          forks an inspection for each order on
                                                                        its standard input, a Unix socket

It must not import the portal: starting Flask costs ten times the inspection. The nursery reads the parsing
libraries once, so that an inspection starts in a few milliseconds; it never opens a file from outside itself.
An order is four bytes of length, sent together with the writing end of a pipe, and that much JSON: [module,
memory, processor seconds, seconds by the clock, [argument, …]]. Down the pipe come one of the words below
and, after TAKEN, the verdict; a pipe that ends after TAKEN alone means that the inspection died.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

Inspection = Callable[..., dict[str, Any]]

LARGEST_OUTPUT = 256 * 1024 * 1024  # bytes one file may grow to
YIELDING = 10  # steps below the server's own processes: pages are not to wait for somebody's bombs
TAKEN = b"+"
NO_ROOM = b"~"  # the machine has no room for one more process now
BROKEN = b"!"  # our own code or installation is at fault; what is wrong follows as text


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


def load(module: str) -> Inspection:
    """The inspect() of the module beside this file, with the libraries it needs."""
    inspection: Inspection = runpy.run_path(str(Path(__file__).with_name(f"{module}.py")))["inspect"]
    return inspection


def told(inspect: Inspection, arguments: list[str]) -> bytes:
    """The verdict as JSON; running out of memory or stack is one, a missing library is our own `fault`."""
    try:
        return json.dumps(inspect(*arguments)).encode()
    except (MemoryError, RecursionError):
        return b'{"refused": "heavy"}'
    except ImportError as missing:
        return json.dumps({"fault": repr(missing)}).encode()


def once(module: str, memory: str, cpu_seconds: str, *arguments: str) -> None:
    """Limit, inspect, print."""
    limit(int(memory), int(cpu_seconds))

    def inspect(*given: str) -> dict[str, Any]:
        return load(module)(*given)

    print(told(inspect, list(arguments)).decode())


def nursery() -> None:
    """Fork an inspection for each order until whoever sends them is gone."""
    signal.signal(signal.SIGCHLD, _reap)
    for told_to_all in (signal.SIGTERM, signal.SIGINT):  # a service that is stopped still answers its uploads
        signal.signal(told_to_all, signal.SIG_IGN)
    orders = socket.socket(fileno=os.dup(0))
    inspections: dict[str, Inspection] = {}
    while head := _exactly(orders, 4):
        length, pipe = head
        body = _exactly(orders, int.from_bytes(length, "big"))
        if body is None:
            return
        _begin(orders, pipe, inspections, json.loads(body[0]))


def _reap(*_: object) -> None:
    """Let go of the children that ended: their pipe has told all, but what they used is counted only so."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _exactly(orders: socket.socket, count: int) -> tuple[bytes, int] | None:
    """So many bytes and the descriptor that came with them (-1: none); None when the other side is gone."""
    data, pipe = b"", -1
    while len(data) < count:
        piece, pipes, _, _ = socket.recv_fds(orders, count - len(data), 1)
        if not piece:
            return None
        data, pipe = data + piece, pipes[0] if pipes else pipe
    return data, pipe


def _begin(orders: socket.socket, pipe: int, inspections: dict[str, Inspection], order: list[Any]) -> None:
    module, memory, cpu_seconds, wall_seconds, arguments = order
    try:
        try:
            if module not in inspections:
                inspections[module] = load(module)
            if os.fork() == 0:
                _in_the_child(inspections[module], pipe, orders, memory, cpu_seconds, wall_seconds, arguments)
        except BlockingIOError:
            os.write(pipe, NO_ROOM)
        except Exception:  # told to the server, which raises it
            os.write(pipe, BROKEN + traceback.format_exc()[-2000:].encode())
    except BrokenPipeError:
        pass  # whoever asked has given up
    finally:
        os.close(pipe)


def _in_the_child(
    inspect: Inspection,
    pipe: int,
    orders: socket.socket,
    memory: int,
    cpu_seconds: int,
    wall_seconds: float,
    arguments: list[str],
) -> NoReturn:
    """Inspect and end, whatever happens: the nursery's loop must never go on in a child."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        orders.close()
        os.write(pipe, TAKEN)  # fails where whoever asked has given up
        os.nice(YIELDING)
        os.close(0)
        os.open(os.devnull, os.O_RDONLY)
        signal.setitimer(signal.ITIMER_REAL, wall_seconds)  # its signal ends the process
        limit(memory, cpu_seconds)
        with os.fdopen(pipe, "wb") as out:
            out.write(told(inspect, arguments))
    except BaseException:  # no verdict: the parser has died of this file
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[1] == "nursery":
        nursery()
    else:
        once(*sys.argv[2:])
