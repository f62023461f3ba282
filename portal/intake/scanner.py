"""Asks a ClamAV daemon about a file, over its INSTREAM protocol. Whoever sets one wants no file unseen."""

from __future__ import annotations

import re
import socket
import struct
from pathlib import Path

from portal.rules.refusals import RuleBroken

SECONDS = 20  # for connecting, and for each answer
_CHUNK = 64 * 1024
_LONGEST_ANSWER = 4096  # bytes
_FOUND = re.compile(rb"stream: ([!-~]{1,80}) FOUND")
_PLACE = re.compile(r"(?:(?P<host>[^\s/:]+|\[[0-9A-Fa-f:.]+\]):(?P<port>[0-9]{1,5})|(?:unix:)?(?P<path>/.+))")


class ScannerAway(Exception):
    """The scanner gave no verdict; nothing was kept, and the same file may be sent again later."""


def place_of(address: str) -> tuple[str, int] | str:
    """(host, port), or the path of a socket, of `host:port`, `[v6]:port`, `/path` or `unix:/path`.

    Raises ValueError for anything else.
    """
    found = _PLACE.fullmatch(address)
    if found is None or (found["port"] and not 0 < int(found["port"]) < 65536):
        raise ValueError("must be host:port or the absolute path of a socket")
    return found["path"] or (found["host"].strip("[]"), int(found["port"]))


def scan(file: Path, name: str, address: str) -> None:
    """Let the daemon at `address` look at the file; returns when it finds nothing.

    Raises RuleBroken naming what was found, ScannerAway for no answer or any other answer.
    """
    try:
        answer = _asked(file, place_of(address))
    except (OSError, ValueError) as fault:
        raise ScannerAway(f"{address}: {fault}") from fault
    if answer == b"stream: OK":
        return
    found = _FOUND.fullmatch(answer)
    if found is None:
        raise ScannerAway(f"{address}: {answer[:200]!r}")
    raise RuleBroken(
        f"“{name}”没有通过病毒检查（{found[1].decode()}），没有保存，"
        "请对电脑查杀病毒后重新导出或扫描，再上传新的文件。"
    )


def _asked(file: Path, place: tuple[str, int] | str) -> bytes:
    with _connected(place) as line, file.open("rb") as opened:
        try:
            line.sendall(b"zINSTREAM\0")
            while chunk := opened.read(_CHUNK):
                line.sendall(struct.pack(">I", len(chunk)) + chunk)
            line.sendall(struct.pack(">I", 0))
        except (BrokenPipeError, ConnectionResetError):
            pass  # it hangs up early to refuse; the answer says why, and none is no verdict
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER:
            piece = line.recv(_LONGEST_ANSWER)
            if not piece:
                break
            answer += piece
        return answer.rstrip(b"\0")


def _connected(place: tuple[str, int] | str) -> socket.socket:
    if isinstance(place, tuple):
        return socket.create_connection(place, timeout=SECONDS)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.settimeout(SECONDS)
    try:
        line.connect(place)
    except OSError:
        line.close()
        raise
    return line
