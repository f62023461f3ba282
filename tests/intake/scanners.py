"""A ClamAV daemon in this process: it reads INSTREAM as the real one does and finds EICAR's test file."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd(socketserver.ThreadingTCPServer):
    """Says `answer` to everything when set; keeps what it was sent."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, answer: bytes | None) -> None:
        super().__init__(("127.0.0.1", 0), _Line)
        self.answer, self.seen = answer, list[bytes]()

    @property
    def address(self) -> str:
        """As a setting names it."""
        return f"127.0.0.1:{self.server_address[1]}"


class _Line(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        file = b""
        while size := struct.unpack(">I", self.rfile.read(4))[0]:
            file += self.rfile.read(size)
        self.server.seen.append(file)  # type: ignore[attr-defined]
        verdict = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in file else b"stream: OK\0"
        given = self.server.answer  # type: ignore[attr-defined]
        self.wfile.write(verdict if given is None else given)


@contextmanager
def clamd(answer: bytes | None = None) -> Iterator[Clamd]:
    """The daemon while the block runs."""
    with Clamd(answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
