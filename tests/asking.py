"""Asks a route as every role in every way a browser or a forger may, and judges what came."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import ndiff
from typing import Any
from uuid import UUID, uuid4

import pytest
from benches import Bench
from campus import NOW
from her_things import address, thing_for
from matrix import MATRIX, ROLES, SET, WHO
from posted import DEEDS, body_of
from sqlalchemy import update
from strict import StrictClient, StrictResponse

from portal.database import write_tx
from portal.extensions import limiter
from portal.models import Person

WAYS: dict[str, dict[str, str]] = {
    "plain": {},
    "fragment": {"HX-Request": "true"},
    "boosted": {
        "HX-Request": "true",
        "HX-Boosted": "true",
        "HX-Target": "main",
        "HX-Current-URL": "http://evil.example/",
    },
}
DENIED = ("L", "401", "403", "404", "seen")
STATUS = {
    "ok": {200, 303, 409, 422},
    "own": {200, 303, 404, 409, 422},
    "401": {401},
    "403": {403},
    "seen": {403},
    "404": {404},
}
READS = [key for key in MATRIX if key[1] == "GET"]
WRITES = [key for key in MATRIX if key[1] != "GET"]
_ACCIDENTAL = ("X-Request-ID", "Date", "Set-Cookie")
_TOKEN = re.compile(r'(name="csrf_token"\s+value="|"X-CSRF-Token": ")[^"]+')  # signed with the second
UNKNOWN_CODE = "A" * 16
one_database = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


@pytest.fixture
def census(bench: Bench, things: dict[str, Any]) -> Census:
    """Everybody of the matrix signed in, with things of every kind to ask about."""
    return Census(bench, things)


class Census:
    """One state of the school, gone back to as often as is wanted."""

    def __init__(self, bench: Bench, things: dict[str, Any]) -> None:
        self.bench, self.app, self.all = bench, bench.app, things

    def things(self, role: str) -> dict[str, Any]:
        """What stands in the addresses this role calls."""
        return self.all[SET.get(role, "陈晓")]

    def back(self) -> None:
        """As if nothing had been asked yet."""
        self.bench.clean("things")

    def client(self, role: str) -> StrictClient:
        """The browser of that role."""
        limiter.reset()
        client = StrictClient(self.app, StrictResponse, use_cookies=True)
        if role != "anon":
            client.set_cookie(self.app.config["SESSION_COOKIE_NAME"], self.all["cookies"][WHO[role]])
        if role == "disabled":
            with self.app.app_context(), write_tx() as session:
                session.execute(update(Person).where(Person.name == WHO[role][0]).values(disabled_at=NOW))
        return client

    def roles(self, endpoint: str, method: str) -> Iterator[tuple[str, str, StrictClient]]:
        """Each role with what the matrix says of it and its browser; afterwards all are enabled again."""
        for role, expected in zip(ROLES, MATRIX[endpoint, method].split(), strict=True):
            yield role, expected, self.client(role)
        self.back()

    def where(self, endpoint: str, role: str) -> str:
        """The address of the role's thing."""
        return address(self.app, endpoint, self.things(role))

    def nowhere(self, endpoint: str) -> str:
        """The same address of a thing there is none of; "" when it names no single thing."""
        rule = next(self.app.url_map.iter_rules(endpoint))
        named = {name: thing_for(endpoint, name, self.things("owner")) for name in rule.arguments}
        unknown = {name: uuid4() for name, thing in named.items() if isinstance(thing, UUID)}
        unknown |= {"code": UNKNOWN_CODE} if "code" in named else {}
        if not unknown:
            return ""
        with self.app.test_request_context():
            return self.app.url_for(endpoint, **{**named, **unknown})

    def send(self, client: StrictClient, method: str, where: str, endpoint: str, role: str, way: str) -> Any:
        """Ask in that way, with the form that belongs to the route."""
        given = {"data": self.body(endpoint, role)} if method == "POST" else {}
        return client.open(where, method=method, headers=WAYS[way], strict=False, **given)

    def body(self, endpoint: str, role: str) -> dict[str, Any]:
        """A form somebody entitled would send."""
        return body_of(DEEDS[endpoint], self.things(role)) if endpoint in DEEDS else {}

    def stamp(self) -> Any:
        """Differs whenever rows do."""
        return self.bench.stamp()


def judge(answer: Any, expected: str, where: str, role: str, way: str) -> None:
    """The answer is what the matrix says; raises AssertionError telling what came instead."""
    body = answer.data[:500].decode(errors="replace")
    told = f"{where} as {role} ({way}): {answer.status}, the matrix says {expected}\n{body}"
    if expected != "L":
        assert answer.status_code in STATUS[expected], told
    elif way in ("plain", "HEAD"):
        assert answer.status_code == 302, told
        assert answer.headers["Location"] == "/login", told
    else:
        assert answer.status_code == 401, told
        assert answer.headers["HX-Redirect"] == "/login", told
        assert answer.data == b"", told


def differences(one: Any, other: Any) -> list[str]:
    """Lines in which two answers differ, but for what differs between any two."""
    return [line for line in ndiff(_lasting(one), _lasting(other)) if line.startswith(("+", "-"))]


def _lasting(answer: Any) -> list[str]:
    """Status, headers and body of an answer, without the request's number and the form's token."""
    number = answer.headers.get("X-Request-ID") or "-"
    kept = (f"{name}: {value}" for name, value in answer.headers if name not in _ACCIDENTAL)
    text = _TOKEN.sub(r"\1…", answer.text.replace(number, "…"))
    return [answer.status, *kept, *text.splitlines()]
