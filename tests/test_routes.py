"""The census of routes: every endpoint by every role, called in every way a browser or a forger may."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from campus import NOW, Filing, People
from flask import Flask
from her_things import address
from matrix import MACHINE, MATRIX, ROLES, WHO
from posted import FORMS
from sqlalchemy import text, update
from strict import StrictClient

from portal.database import write_tx
from portal.extensions import db, limiter
from portal.models import (
    Person,
)

NONSENSE = (
    "9223372036854775808",
    "0",
    "-1",
    "x",
    "%00",
    "00000000-0000-0000-0000-000000000000",
    "%F0%A0%AE%B7",
)
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
one_database = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
reads = [key for key in MATRIX if key[1] == "GET"]
writes = [key for key in MATRIX if key[1] != "GET"]
REFUSED = ("L", "401", "403", "404")
allowed = [
    (*key, role)
    for key in writes
    for role, expected in zip(ROLES, MATRIX[key].split(), strict=True)
    if expected not in REFUSED
]
from_pages = [key for key in writes if MATRIX[key] != MACHINE]


@pytest.fixture
def as_role(
    app: Flask, people: People, client: StrictClient, sign_in: Callable[..., StrictClient]
) -> Callable[[str], StrictClient]:
    """A client signed in as somebody of that role."""

    def enter(role: str) -> StrictClient:
        if role == "anon":
            return client
        entered = sign_in(*WHO[role])
        if role == "disabled":
            with app.app_context(), write_tx() as session:
                session.execute(update(Person).where(Person.id == people["陈晓"].id).values(disabled_at=NOW))
        return entered

    return enter


@pytest.fixture(autouse=True)
def _enabled_again(app: Flask, people: People) -> Any:
    yield
    with app.app_context(), write_tx() as session:
        session.execute(update(Person).values(disabled_at=None))


def content(app: Flask) -> dict[str, str]:
    """A digest of every table, so that any change shows."""
    found = {}
    with app.app_context(), db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            rows = sorted(map(repr, connection.execute(table.select())))
            found[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def test_every_route_is_in_the_matrix_and_nothing_else(app: Flask) -> None:
    served = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served == set(MATRIX), (
        f"routes without a row: {sorted(served - set(MATRIX))}; rows without a route: "
        f"{sorted(set(MATRIX) - served)}\n  mend: say in tests/matrix.py what each role gets"
    )


def test_every_view_says_who_may_call_it(app: Flask) -> None:
    silent = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if endpoint != "static" and getattr(view, "portal_rule", None) is None
    ]
    assert not silent, f"{silent}: mark each view with @needs(...) or @public"


def test_addresses_carry_uuids_years_and_codes_only(app: Flask) -> None:
    odd = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and "<" in rule.rule
        and not any(part in rule.rule for part in ("<uuid:", "<int:year>", "<code>"))
    ]  # fmt: skip
    assert not odd, f"{odd}: use <uuid:...>; an int of 2^63 is a server error"


@one_database
@pytest.mark.parametrize(("endpoint", "method"), reads, ids=lambda value: str(value))
def test_reading_as_every_role_in_every_way(
    app: Flask, hers: dict[str, Any], as_role: Any, endpoint: str, method: str
) -> None:
    where = address(app, endpoint, hers)
    for role, expected in zip(ROLES, MATRIX[endpoint, method].split(), strict=True):
        limiter.reset()
        client = as_role(role)
        before = content(app)
        for way, headers in WAYS.items():
            answer = client.get(where, headers=headers, strict=False)
            _judge(answer, expected, where, role, way)
        answer = client.head(where, strict=False)
        _judge(answer, expected, where, role, "HEAD")
        assert answer.data == b""
        assert content(app) == before, f"{where}: a GET as {role} wrote"


@one_database
@pytest.mark.parametrize(("endpoint", "method"), writes, ids=lambda value: str(value))
def test_who_may_not_write_writes_nothing_in_any_way(
    app: Flask, hers: dict[str, Any], as_role: Any, endpoint: str, method: str
) -> None:
    where = address(app, endpoint, hers)
    for role, expected in zip(ROLES, MATRIX[endpoint, method].split(), strict=True):
        if expected not in REFUSED:
            continue
        client = as_role(role)
        before = content(app)
        for way, headers in WAYS.items():
            answer = client.post(where, data=FORMS.get(endpoint, {}), headers=headers, strict=False)
            _judge(answer, expected, where, role, way, written=True)
        assert content(app) == before, f"{where}: refused as {role}, and yet something was written"


@one_database
@pytest.mark.parametrize(("endpoint", "method", "role"), allowed, ids=lambda value: str(value))
def test_who_may_write_is_let_in_in_every_way(
    app: Flask, hers: dict[str, Any], as_role: Any, endpoint: str, method: str, role: str
) -> None:
    expected = MATRIX[endpoint, method].split()[ROLES.index(role)]
    where = address(app, endpoint, hers)
    client = as_role(role)
    for way, headers in WAYS.items():
        answer = client.post(where, data=FORMS.get(endpoint, {}), headers=headers, strict=False)
        _judge(answer, expected, where, role, way, written=True)
        if role != "disabled":  # a deed may have ended the session; nobody signs in once disabled
            client = as_role(role)


def _judge(answer: Any, expected: str, where: str, role: str, way: str, *, written: bool = False) -> None:
    body = answer.data[:500].decode(errors="replace")
    told = f"{where} as {role} ({way}): {answer.status}, the matrix says {expected}\n{body}"
    if expected == "L":
        if way in ("plain", "HEAD"):
            assert answer.status_code == 302, told
            assert answer.headers["Location"] == "/login", told
        else:
            assert answer.status_code == 401, told
            assert answer.headers["HX-Redirect"] == "/login", told
            assert answer.data == b"", told
        return
    allowed = {
        "ok": {200, 303, 409, 422},
        "own": {200, 303, 404, 409, 422},
        "401": {401},
        "403": {403},
        "404": {404},
    }[expected]
    assert answer.status_code in allowed, told
    assert written or answer.status_code != 303 or way == "plain" or "Location" in answer.headers, told


@pytest.mark.parametrize(("endpoint", "method"), from_pages, ids=lambda value: str(value))
def test_nothing_is_written_without_a_token(
    app: Flask, hers: dict[str, Any], as_role: Any, endpoint: str, method: str
) -> None:
    row = MATRIX[endpoint, method].split()
    role = next(
        role for role in reversed(ROLES) if row[ROLES.index(role)] in ("ok", "own") and role != "disabled"
    )
    client, where = as_role(role), address(app, endpoint, hers)
    before = content(app)
    for given in ({}, {"csrf_token": "forged"}):
        answer = client.post(where, data={**FORMS.get(endpoint, {}), **given}, token=False, strict=False)
        assert answer.status_code == 403, f"{where}: {answer.status} without a valid token"
    foreign = client.post(
        where, data=FORMS.get(endpoint, {}), headers={"Origin": "http://evil.example"}, strict=False
    )
    assert foreign.status_code == 403, f"{where}: {foreign.status} from a foreign origin"
    crossed = client.post(
        where, data=FORMS.get(endpoint, {}), headers={"Sec-Fetch-Site": "cross-site"}, strict=False
    )
    assert crossed.status_code == 403
    assert content(app) == before, f"{where}: written without a token"


@one_database
def test_nonsense_in_an_address_is_not_found(app: Flask, as_role: Any) -> None:
    client = as_role("hr")
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or not rule.arguments:
            continue
        for word in NONSENSE:
            where = re.sub("<[^>]+>", word, rule.rule)
            method = "POST" if "POST" in (rule.methods or ()) and "GET" not in (rule.methods or ()) else "GET"
            answer = client.open(where, method=method, data=FORMS.get(rule.endpoint), strict=False)
            assert answer.status_code in (403, 404, 405), f"{method} {where}: {answer.status}"


@one_database
def test_every_page_a_menu_offers_is_whole(app: Flask, hers: dict[str, Any], as_role: Any) -> None:
    for role in ("owner", "admin", "hr", "audit"):
        client = as_role(role)
        home = client.get("/", status=303)
        page = client.get(home.headers["Location"], status=200)
        for link in page.all("//nav//a/@href"):
            client.get(link, status=200)


@one_database
def test_nobody_decides_their_own_claim(
    app: Flask, filing: Filing, sign_in: Callable[..., StrictClient]
) -> None:
    for name, hat in (("李静", "unit"), ("周敏", "hr")):
        own = filing.claim(name, status="pending")
        answer = sign_in(name, hat).post(
            f"/admin/claims/{own.uuid}/decision",
            data={"action": "approve", "version": str(own.version)},
            strict=False,
        )
        assert answer.status_code == 403
        with app.app_context():
            status = db.session.execute(
                text("SELECT status FROM claims WHERE id = :id"), {"id": own.id}
            ).scalar()
        assert status == "pending"
