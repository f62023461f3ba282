"""Nobody is sent off the portal: where an answer leads is never taken from the request."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from asking import READS, WRITES, Census, one_database
from campus import NOW, PASSWORD
from matrix import MACHINE, MATRIX, ROLES
from posted import DEEDS
from sqlalchemy import select, update

import portal
from portal.database import write_tx
from portal.models import Message

OUTSIDE = (
    *("//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example"),
    *("/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "\t//evil.example", " //evil.example"),
    *("https://evil.example", "https:evil.example", "https:/evil.example", "HTTPS://evil.example"),
    *("http:\\\\evil.example", "http:///evil.example", "javascript:alert('evil')", "data:text/html,evil"),
    *("/%09/evil.example", "//evil.example/%2f..", "//localhost@evil.example", "/\u2028/evil.example"),
    *("/standing\r\nX-Evil: 1", "/standing?\r\nX-Evil: 1", "//evil.example\n", "/\\evil.example\r\n"),
    *("／／evil.example", "https：//evil.example", "//evil。example", "/standing#\r\nX-Evil: 1"),
)
NAMES = ("next", "return_to", "redirect", "url", "back", "continue", "to", "target", "return", "goto")
HEADERS = (
    *("HTTP_REFERER", "HTTP_HX_CURRENT_URL", "HTTP_HX_TARGET", "HTTP_X_FORWARDED_HOST"),
    *("HTTP_X_ORIGINAL_URL", "HTTP_X_REWRITE_URL", "HTTP_X_FORWARDED_PREFIX", "HTTP_FORWARDED"),
)
LEADING = ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url", "HX-Replace-Url", "Content-Location")


def inside(answer: Any) -> None:
    """Wherever the answer leads is a path of this portal, and no header is the sender's."""
    assert answer.status_code < 500, answer.status
    for name in LEADING:
        if (place := answer.headers.get(name)) is not None:
            parts = urlsplit(place)
            assert (parts.scheme, parts.netloc) == ("", ""), f"{name}: {place}"
            assert place.startswith("/"), f"{name}: {place}"
            assert not place.startswith(("//", "/\\")), f"{name}: {place}"
    assert "Refresh" not in answer.headers
    assert "evil" not in str(answer.headers).lower()


def _taking_turns(start: int) -> Iterator[str]:
    """Lines of the corpus, beginning elsewhere for each route: over the census every name sees every line."""
    return (OUTSIDE[at % len(OUTSIDE)] for at in count(start))


@one_database
@pytest.mark.parametrize("place", OUTSIDE)
def test_no_address_given_is_gone_to(people: Any, client: Any, place: str) -> None:
    query = "&".join(f"{name}={quote(place, safe='')}" for name in NAMES)
    answer = client.get(f"/standing?{query}", status=302)
    inside(answer)
    given = {"username": people["陈晓"].username, "password": PASSWORD, "hat": "person"}
    also = dict.fromkeys(NAMES, place)
    inside(client.post(f"/login?{query}", data={**given, **also}, status=303))
    inside(client.get(f"/?{query}", status=303))
    inside(client.post(f"/hat?{query}", data={"hat": "person", **also}, status=303))
    inside(client.post(f"/logout?{query}", data=also, status=303))


@one_database
@pytest.mark.parametrize(("endpoint", "method"), READS + WRITES, ids=lambda value: str(value))
def test_no_route_leads_where_the_request_says(census: Census, endpoint: str, method: str) -> None:
    row = dict(zip(ROLES, MATRIX[endpoint, method].split(), strict=True))
    role = "owner" if MATRIX[endpoint, method] == MACHINE else _entitled(endpoint, method, row)
    start = sorted(MATRIX).index((endpoint, method))
    for turn, headers in enumerate(({}, {"HX-Request": "true"})):
        lines = _taking_turns(start + turn * 7)
        fields = dict(zip(NAMES, lines, strict=False))
        sent = dict(zip(HEADERS, lines, strict=False))
        for asker in ("anon", role):
            census.back()
            client, things = census.client(asker), census.things(asker)
            if asker == role and endpoint in DEEDS and method == "POST" and DEEDS[endpoint].first:
                DEEDS[endpoint].first(client, things)
            given = {"data": {**fields, **census.body(endpoint, asker)}} if method == "POST" else {}
            answer = client.open(
                census.where(endpoint, asker),
                method=method,
                query_string=fields,
                headers=headers,
                environ_overrides=sent,
                strict=False,
                **given,
            )
            inside(answer)


def _entitled(endpoint: str, method: str, row: dict[str, str]) -> str:
    if method == "POST":
        return DEEDS[endpoint].role
    return next((role for role in ("owner", "admin", "hr") if row[role] == "ok"), "hr")


@one_database
@pytest.mark.parametrize("place", OUTSIDE)
def test_a_message_leads_nowhere_else_whoever_wrote_its_link(census: Census, place: str) -> None:
    with census.app.app_context(), write_tx() as session:
        message = session.scalars(select(Message.id).where(Message.title == "陈晓的消息")).one()
        session.execute(update(Message).where(Message.id == message).values(link=place, created_at=NOW))
    for headers in ({}, {"HX-Request": "true"}):
        answer = census.client("owner").post(
            census.where("messages.follow", "owner"), data={}, headers=headers, strict=False
        )
        inside(answer)


def test_only_addresses_of_endpoints_are_gone_to() -> None:
    """`redirect` is given what `url_for` made, or what a test above looks at; nobody reads the Referer."""
    known = {("hx.py", "address"), ("messages.py", "link")}  # url_for's own; checked by _ours
    for file in Path(portal.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "redirect":
                to = node.args[0]
                made = isinstance(to, ast.Call) and getattr(to.func, "id", "") == "url_for"
                named = isinstance(to, ast.Name) and (file.name, to.id) in known
                assert made or named, f"{file.name}:{node.lineno}: redirect to what url_for made"
            if isinstance(node, ast.Attribute):
                where = f"{file.name}:{node.lineno}"
                assert node.attr != "referrer", f"{where}: where a page came from is the sender's word"
            if isinstance(node, ast.keyword) and node.arg == "_external":
                raise AssertionError(f"{file.name}:{node.value.lineno}: build on settings.base_url")
