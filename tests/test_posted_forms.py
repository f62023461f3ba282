"""The census of forms: what every route that writes makes of forged, foreign, doubled and surplus fields."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from asking import READS, WRITES, Census, one_database
from flask import Flask
from matrix import MACHINE, MATRIX, ROLES
from posted import DEEDS

from portal.extensions import db

# fields no form may take from whoever fills it in, unless it is the form's own business
EXTRAS = {
    "status": "approved",
    "user_id": "1",
    "person_id": "1",
    "unit_id": "2",
    "unit": "{other_unit}",
    "reviewer_id": "8",
    "decider_id": "8",
    "role": "hr",
    "approved_hours": "999",
    "approved_quarters": "3996",
    "credited": '{{"2025": 3996}}',
    "year": "2024",
    "version": "99",
    "is_admin": "1",
    "uuid": "00000000-0000-4000-8000-000000000001",
}
FOREIGN = (
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
)
FROM_PAGES = [endpoint for endpoint, method in WRITES if MATRIX[endpoint, method] != MACHINE]
deeds = pytest.mark.parametrize("endpoint", FROM_PAGES)


class Visit:
    """A deed about to be done, everything being as it was."""

    def __init__(self, census: Census, endpoint: str) -> None:
        census.back()
        self.census, self.endpoint, self.deed = census, endpoint, DEEDS[endpoint]
        self.things = census.things(self.deed.role)
        self.client = census.client(self.deed.role)
        self.where = census.where(endpoint, self.deed.role)
        if self.deed.first:
            self.deed.first(self.client, self.things)

    def body(self) -> dict[str, Any]:
        """The form, its files to be read from the start."""
        return self.census.body(self.endpoint, self.deed.role)

    def post(self, data: dict[str, Any] | None = None, **asked: Any) -> Any:
        """Send it; `data` instead of the form's own fields."""
        return self.client.post(self.where, data=self.body() if data is None else data, strict=False, **asked)


def test_every_route_that_writes_has_its_form() -> None:
    assert sorted(DEEDS) == sorted(FROM_PAGES), "mend: say in tests/posted.py what a browser sends there"


@deeds
def test_nothing_is_written_without_a_token(census: Census, endpoint: str) -> None:
    visit = Visit(census, endpoint)
    before = census.stamp()
    for forged in ({}, {"csrf_token": "forged"}):
        for headers in ({}, {"HX-Request": "true"}):
            answer = visit.post({**visit.body(), **forged}, token=False, headers=headers)
            assert answer.status_code == 403, f"{visit.where}: {answer.status} without a valid token"
    for headers in FOREIGN:
        answer = visit.post(headers=headers)
        assert answer.status_code == 403, f"{visit.where}: {answer.status} with {headers}"
    assert census.stamp() == before, f"{visit.where}: written though it was forged"


@one_database
def test_a_program_is_let_in_by_its_token_alone(census: Census) -> None:
    for endpoint, method in (key for key in MATRIX if MATRIX[key] == MACHINE):
        client, before = census.client("hr"), census.stamp()
        answer = client.open(census.where(endpoint, "hr"), method=method, strict=False)
        assert answer.status_code == 401, f"{endpoint}: a session opens it, so a page could be made to post"
        assert census.stamp() == before


@one_database
@deeds
def test_a_field_sent_twice_is_refused(census: Census, endpoint: str) -> None:
    visit = Visit(census, endpoint)
    rule = census.app.view_functions[endpoint].portal_rule  # type: ignore[attr-defined]
    before = census.stamp()
    for name in {*visit.body(), "csrf_token", "unheard_of"} - rule.many - rule.files:
        first, second = visit.body(), visit.body()
        doubled = [first.get(name, "x"), second.get(name, "x")]
        answer = visit.post({**first, name: doubled})
        assert answer.status_code == 422, f"{visit.where}: {answer.status} with {name} twice"
    answer = visit.post(query_string=[("q", "1"), ("q", "2")])
    assert answer.status_code == 422, f"{visit.where}: {answer.status} with a parameter twice"
    assert census.stamp() == before, f"{visit.where}: written though it was refused"


@one_database
@pytest.mark.parametrize("endpoint", [key[0] for key in READS if key[0] != "static"])
def test_a_parameter_sent_twice_is_refused(census: Census, endpoint: str) -> None:
    row = dict(zip(ROLES, MATRIX[endpoint, "GET"].split(), strict=True))
    role = next((role for role in ("hr", "admin", "owner") if row[role] == "ok"), None)
    if role is None:
        assert row["hr"] in ("401", "404"), f"{endpoint}: nobody is let in"
        return
    client, where = census.client(role), census.where(endpoint, role)
    for headers in ({}, {"HX-Request": "true"}):
        answer = client.get(where, query_string=[("q", "1"), ("q", "2")], headers=headers, strict=False)
        assert answer.status_code == 422, f"{where}: {answer.status} with a parameter twice"


@pytest.fixture
def dice(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Chance that falls alike after each `dice()`, so that what two deeds leave can be compared whole."""
    thrown = [0]

    def fall(count: int) -> bytes:
        thrown[0] += 1
        block = b"".join(sha256(b"%d %d" % (thrown[0], at)).digest() for at in range(count // 32 + 1))
        return block[:count]

    monkeypatch.setattr(os, "urandom", fall)
    monkeypatch.setattr(random, "_urandom", fall)
    return lambda: thrown.__setitem__(0, 0)


@one_database
@deeds
def test_fields_of_no_form_change_nothing(census: Census, dice: Any, endpoint: str) -> None:
    """Compared to the last byte with what the same form leaves without them: ids, codes and hashes too."""
    plain = _deed(census, endpoint, dice, {})
    surplus = _deed(census, endpoint, dice, EXTRAS)
    if surplus.answer != plain.answer:  # what a process loads at first use may throw the dice once more
        plain = _deed(census, endpoint, dice, {})
    deed = DEEDS[endpoint]
    assert plain.answer[0] in (200, 303), f"{endpoint}: {plain.answer}; mend tests/posted.py: it must succeed"
    assert plain.changed == deed.lasting, f"{endpoint}: rows changed: {plain.changed}"
    assert surplus.answer == plain.answer, f"{endpoint}: surplus fields changed the answer"
    other = sorted(name for name in plain.rows if plain.rows[name] != surplus.rows[name])
    assert not other, f"{endpoint}: surplus fields changed rows of {other}"


class _Done:
    """A deed that was done: its answer and every row there is afterwards."""

    def __init__(self, visit: Visit, extras: dict[str, str]) -> None:
        census = visit.census
        before = census.stamp()
        answer = visit.post({**visit.body(), **extras}, query_string=extras)
        self.answer = (answer.status_code, answer.headers.get("Location"))
        self.changed = census.stamp() != before
        self.rows = _rows(census.app)


def _deed(census: Census, endpoint: str, dice: Any, extras: dict[str, str]) -> _Done:
    store = census.app.extensions["portal.store"]
    dice()
    visit = Visit(census, endpoint)
    known = set(store.kept())
    own = {*visit.deed.own, *visit.body()}
    surplus = {name: text.format_map(visit.things) for name, text in extras.items() if name not in own}
    done = _Done(visit, surplus)
    for key in set(store.kept()) - known:
        store.path(key).unlink()  # the second time the same key falls
    return done


def _rows(app: Flask) -> dict[str, list[Any]]:
    with app.app_context(), db.engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(table.select())))
            for table in db.metadata.sorted_tables
        }
