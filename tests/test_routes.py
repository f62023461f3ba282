"""The census of routes: every endpoint by every role, called in every way a browser or a forger may."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from asking import DENIED, READS, WAYS, WRITES, Census, judge, one_database
from campus import Filing
from flask import Flask
from matrix import MATRIX, ROLES
from sqlalchemy import text
from strict import StrictClient

from portal.extensions import db

NONSENSE = (
    "9223372036854775808",
    "0",
    "-1",
    "x",
    "%00",
    "00000000-0000-0000-0000-000000000000",
    "%F0%A0%AE%B7",
)


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
@pytest.mark.parametrize(("endpoint", "method"), READS, ids=lambda value: str(value))
def test_reading_as_every_role_in_every_way(census: Census, endpoint: str, method: str) -> None:
    for role, expected, client in census.roles(endpoint, method):
        where, before = census.where(endpoint, role), census.stamp()
        for way, headers in WAYS.items():
            judge(client.get(where, headers=headers, strict=False), expected, where, role, way)
        answer = client.head(where, strict=False)
        judge(answer, expected, where, role, "HEAD")
        assert answer.data == b""
        assert census.stamp() == before, f"{where}: a GET as {role} wrote"


@one_database
@pytest.mark.parametrize(("endpoint", "method"), WRITES, ids=lambda value: str(value))
def test_who_may_not_write_writes_nothing_in_any_way(census: Census, endpoint: str, method: str) -> None:
    for role, expected, client in census.roles(endpoint, method):
        if expected not in DENIED:
            continue
        where, before = census.where(endpoint, role), census.stamp()
        for way in WAYS:
            judge(census.send(client, method, where, endpoint, role, way), expected, where, role, way)
        assert census.stamp() == before, f"{where}: refused as {role}, and yet something was written"


@one_database
@pytest.mark.parametrize(("endpoint", "method"), WRITES, ids=lambda value: str(value))
def test_who_may_write_is_let_in_in_every_way(census: Census, endpoint: str, method: str) -> None:
    for role, expected in zip(ROLES, MATRIX[endpoint, method].split(), strict=True):
        for way in WAYS if expected not in DENIED else ():
            census.back()
            where = census.where(endpoint, role)
            answer = census.send(census.client(role), method, where, endpoint, role, way)
            judge(answer, expected, where, role, way)


@one_database
def test_nonsense_in_an_address_is_not_found(census: Census) -> None:
    client = census.client("hr")
    for rule in census.app.url_map.iter_rules():
        if rule.endpoint == "static" or not rule.arguments:
            continue
        method = "POST" if "POST" in (rule.methods or ()) and "GET" not in (rule.methods or ()) else "GET"
        for word in NONSENSE:
            where = re.sub("<[^>]+>", word, rule.rule)
            given = {"data": census.body(rule.endpoint, "hr")} if method == "POST" else {}
            answer = client.open(where, method=method, strict=False, **given)
            assert answer.status_code in (403, 404, 405), f"{method} {where}: {answer.status}"


@one_database
def test_every_page_a_menu_offers_is_whole(census: Census) -> None:
    for role in ("owner", "admin", "hr", "audit"):
        client = census.client(role)
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
