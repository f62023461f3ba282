"""A person at a browser: one connection a request, cookies, the page's token, answers as they come."""

from __future__ import annotations

import http.client
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

TIMEOUT = 60.0
Files = Mapping[str, tuple[str, bytes, str]]  # by field: name, bytes, type
_TOKEN = re.compile(r'"X-CSRF-Token": "([^"]+)"')


class Unanswered(Exception):
    """The server went away before it answered: the deed may have happened or not."""


def token_in(page: str) -> str | None:
    """The token of a page's requests, None when it carries none."""
    found = _TOKEN.search(page)
    return found[1] if found else None


def form_body(data: Mapping[str, Any], files: Files | None = None) -> tuple[bytes, str]:
    """A form as a browser sends it, with its media type: in parts when there may be files."""
    if files is None:
        return urlencode(data, doseq=True).encode(), "application/x-www-form-urlencoded"
    mark = uuid4().hex
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in data.items()
    ]
    for name, (file, content, media) in files.items():
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
        parts.append(f"{head}Content-Type: {media}\r\n\r\n".encode() + content + b"\r\n")
    return b"".join(parts) + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and text of one answer."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass(slots=True)
class Browser:
    """Signed in as one person in one hat; survives restarts of the server."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def get(self, path: str) -> Answer:
        """A page. Raises Unanswered."""
        answer = self._send("GET", path, b"", {})
        self.token = token_in(answer.text) or self.token
        return answer

    def post(self, path: str, data: dict[str, Any], files: Files | None = None) -> Answer:
        """A form, with files as (name, bytes, type) by field. Raises Unanswered."""
        data = {**data, "csrf_token": self.token}
        body, media = form_body(data, files)
        return self._send("POST", path, body, {"Content-Type": media})

    def sign_in(self, username: str, password: str, hat: str) -> None:
        """Raises AssertionError when the portal refuses."""
        self.get("/login")
        answer = self.post("/login", {"username": username, "password": password, "hat": hat})
        assert answer.status == 303, f"{username} could not sign in: {answer.status}"
        self.get("/account")

    def _send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, path, body, {**headers, "Cookie": cookies})
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as fault:
            raise Unanswered(str(fault)) from fault
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return Answer(answer.status, dict(answer.headers), text)
