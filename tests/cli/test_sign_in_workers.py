"""Guessing is counted over real server processes and over a restart."""

from __future__ import annotations

import re
import socket
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

from test_serve import answer, portal


def guess(address: str) -> tuple[int, str | None]:
    """Status and Retry-After of one wrong password, in a browser of its own."""
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    page = browser.open(f"{address}/login", timeout=30).read().decode()
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page[:2000]
    given = {"username": "20990001", "password": "wrong", "hat": "person", "csrf_token": found[1]}
    try:
        browser.open(f"{address}/login", urlencode(given).encode(), timeout=30)
    except HTTPError as refused:
        return refused.code, refused.headers["Retry-After"]
    raise AssertionError("a wrong password was taken")


def test_the_eleventh_guess_waits_whichever_process_is_asked_and_after_a_restart(tmp_path: Path) -> None:
    made = portal(tmp_path, "init")
    output, _ = made.communicate(timeout=60)
    assert made.returncode == 0, output.decode()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    told: list[tuple[int, str | None]] = []
    for guesses in (6, 6):
        server = portal(tmp_path, "serve", "--port", str(port), "--processes", "2")
        try:
            answer(f"{address}/readyz", server)
            told += [guess(address) for _ in range(guesses)]
        finally:
            server.terminate()
            server.communicate(timeout=30)
    assert told == [(422, None)] * 10 + [(429, "300")] * 2
