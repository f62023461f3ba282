"""A person at a browser, driven by locust: a session, its cookies and token, answers looked at, pauses."""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from faults.client import Files, form_body, token_in
from gevent.event import Event
from locust import FastHttpUser, constant, task
from locust.exception import StopUser

# seconds a person takes, from and to; on the average a little more than one request in six seconds
PAUSES = {
    "page": (4.0, 10.0),  # reading a page
    "typing": (1.5, 5.0),  # from one stop of the keys to the next
    "files": (8.0, 20.0),  # choosing a file and reading the form again
    "row": (5.0, 15.0),  # a reviewer over facts and evidence
}
AGAIN_AFTER = 0.5  # seconds after an answer nobody wants, also where nobody pauses
_STATIC = re.compile(r'(?:href|src)="(/static/[^"]+)"')


class Refused(Exception):
    """The portal answered something else than this person may expect; the deed is given up."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers (names in lower case) and text."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(slots=True)
class Day:
    """What all people share: their seats, what they file, what they were promised, and when they go home."""

    port: int
    seats: list[dict[str, Any]]
    forms: dict[str, dict[str, str]]
    codes: list[str]
    year: int
    pace: float = 1.0  # factor of all pauses; 0 is without a pause
    rush: bool = False  # everybody files
    deeds: int = 0  # of each person, who then goes home; 0 is without an end
    gone: int = 0
    over: Event = field(default_factory=Event)
    promises: list[tuple[str, str, str]] = field(default_factory=list)  # event, claim, key of the form


class Someone(FastHttpUser):
    """Takes the next seat and does what its part does, until the day is over."""

    wait_time = constant(0)
    connection_timeout = network_timeout = 60.0

    def on_start(self) -> None:
        """Sit down; signing in is the first deed. Raises StopUser when every seat is taken."""
        self.day: Day = self.environment.day
        if not self.day.seats:  # whoever goes home while others still arrive would be replaced
            raise StopUser
        self.seat = self.day.seats.pop(0)
        self.rng = random.Random(self.seat["address"])
        self.token = ""
        self.here, self.done = False, 0
        self.part = self.environment.parts[self.seat["part"]](self)
        self.client.client.redirect_response_codes = frozenset()  # each step of the way is measured

    @task
    def deed(self) -> None:
        """One deed; whatever went wrong in it has been counted."""
        try:
            if not self.here:
                self.arrive()
            self.part.deed()
            self.done += 1
        except Refused:
            if self.day.over.wait(AGAIN_AFTER):
                raise StopUser from None
        if self.done and self.done == self.day.deeds:
            self.day.gone += 1
            raise StopUser

    def arrive(self) -> None:
        """Sign in as the seat says, with everything a first visit loads; visitors have no account."""
        page = self.get("sign-in page", "/login", sign="登录")
        for address in dict.fromkeys(_STATIC.findall(page.text)):
            self.get("static file", address)
        if self.seat["username"]:
            given = {name: self.seat[name] for name in ("username", "password", "hat")}
            answer = self.post("sign in", "/login", given, good=(303,))
            self.get("first page", answer.headers["location"], sign="退出")
        self.here = True

    def pause(self, kind: str) -> None:
        """Take the time a person takes. Raises StopUser once the day is over."""
        least, most = PAUSES[kind]
        if self.day.over.wait(self.day.pace * self.rng.uniform(least, most)):
            raise StopUser

    def get(
        self,
        kind: str,
        path: str,
        *,
        sign: str = "",
        swap: str = "",
        good: Collection[int] = (200,),
        address: str = "",
    ) -> Answer:
        """A page, or with `swap` what htmx puts in its place; `sign` must be in it. Raises Refused."""
        answer = self._send("GET", kind, path, None, self._headers(swap, address), good, sign)
        self.token = token_in(answer.text) or self.token
        return answer

    def post(
        self,
        kind: str,
        path: str,
        form: Mapping[str, Any],
        files: Files | None = None,
        *,
        swap: str = "",
        good: Collection[int] = (200, 303),
    ) -> Answer:
        """A form, sent by htmx where `swap` says where its answer goes. Raises Refused."""
        body, media = form_body({"csrf_token": self.token, **form}, files)
        headers = {"Content-Type": media, "Origin": self.host, **self._headers(swap, "")}
        return self._send("POST", kind, path, body, headers, good, "")

    def promised(self, event: str, claim: str, key: str = "") -> None:
        """The portal said that this was done."""
        self.day.promises.append((event, claim, key))

    def _headers(self, swap: str, address: str) -> dict[str, str]:
        # a proxy in front tells where somebody sits; every seat has a place of its own
        headers = {"X-Forwarded-For": address or self.seat["address"], "Sec-Fetch-Site": "same-origin"}
        if swap:
            headers |= {"HX-Request": "true", "HX-Target": swap, "X-CSRF-Token": self.token}
        return headers

    def _send(
        self,
        method: str,
        kind: str,
        path: str,
        body: bytes | None,
        headers: dict[str, str],
        good: Collection[int],
        sign: str,
    ) -> Answer:
        with self.client.request(
            method, path, name=kind, data=body, headers=headers, catch_response=True
        ) as found:
            text = found.text or "" if found.status_code else ""
            wrong = ""
            if not found.status_code:
                wrong = f"no answer: {found.error}"
            elif found.status_code not in good:
                wrong = f"answered {found.status_code}"
            elif sign and found.status_code == 200 and sign not in text:
                wrong = f"the page lacks “{sign}”"
            if wrong:
                found.failure(wrong)
                raise Refused(wrong)
            found.success()
            return Answer(found.status_code, {k.lower(): v for k, v in found.headers.items()}, text)
