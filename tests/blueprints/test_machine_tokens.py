"""Tokens: made by HR and shown once, refused when ended, and worth nothing outside the machine interface."""

from __future__ import annotations

import hmac
from datetime import date

import pytest
from machines import LAST_DAY, Program, record, token_for, told
from sqlalchemy import select

from portal.extensions import db
from portal.models import Event, MachineToken
from portal.queries import tokens as queries
from portal.rules.machines import Scope
from portal.services.tokens import digest_of

NEW = {"name": "山东开放大学报送", "write": "y", "read": "y", "expires_on": "2026-05-31"}


def test_hr_makes_a_token_that_is_shown_once_and_works_until_ended(app, sign_in, clock):
    office = sign_in("周敏")
    made = office.post("/hr/tokens", data=NEW, status=200)
    token = made.one("//*[@id='token-value']").text_content()
    program = Program(app, token)
    assert program.send([record()])["counts"]["created"] == 1
    assert program.standings(year=2025)["people"]
    page = office.get("/hr/tokens", status=200)
    assert token not in page.text
    assert "2025-12-01" in page.words  # the day of its last use
    with app.app_context():
        row = db.session.scalars(select(MachineToken)).one()
        assert row.token_hash == digest_of(token)
        assert token not in repr(db.session.scalars(select(Event.details)).all())
        uuid = row.uuid
    office.post(f"/hr/tokens/{uuid}/end", status=303)
    assert "已停用" in office.get("/hr/tokens", status=200).words
    assert program.standings(401, year=2025)["code"] == "token_revoked"
    office.post(f"/hr/tokens/{uuid}/end", status=409)
    with app.app_context():
        assert {"token-created", "token-revoked"} <= set(db.session.scalars(select(Event.action)))


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_password_given_long_ago_makes_no_token(app, sign_in, clock):
    office = sign_in("周敏")
    clock.move_to("2025-12-01T08:06")
    office.post("/hr/tokens", data=NEW, status=403)
    assert "先去确认密码" in office.get("/hr/tokens", status=200).words
    with app.app_context():
        assert db.session.scalar(select(MachineToken.id)) is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "请填写用途"),
        ({"write": "", "read": ""}, "至少选择一项权限"),
        ({"write": "", "update": "y"}, "一起选择"),
        ({"expires_on": ""}, "请选择有效期的最后一天"),
        ({"expires_on": "2025-11-30"}, "有效期须在"),
        ({"expires_on": "2027-01-01"}, "有效期须在"),
        ({"unit": "x"}, "请从列表中选择单位"),
        ({"unit": "00000000-0000-4000-8000-000000000000"}, "没有这个单位"),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_token_needs_a_purpose_a_scope_and_a_near_end(sign_in, change, sentence):
    assert sentence in sign_in("周敏").post("/hr/tokens", data={**NEW, **change}, status=422).words


def test_a_token_works_on_its_last_day_and_not_after(app, people, clock):
    program = Program(app, token_for(app, people, [Scope.READ]))
    clock.move_to(f"{LAST_DAY}T23:59")
    program.standings(year=2025)
    clock.move_to("2026-06-01")
    assert program.standings(401, year=2025)["code"] == "token_expired"


@pytest.mark.parametrize(
    "given", ["", "x", "a" * 43, "hours_" + "a" * 43, "é" * 30, "' OR 1=1 --" + "x" * 20, "a" * 5000]
)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_garbage_is_no_token(app, given):
    client = app.test_client(use_cookies=False)
    answer = client.get(
        "/api/v1/standings?year=2025", headers={"Authorization": f"Bearer {given}".encode().decode("latin-1")}
    )
    assert told(answer, 401)["code"] in ("token_unknown", "token_missing")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_digests_are_compared_in_constant_time(app, people, monkeypatch):
    compared = []
    monkeypatch.setattr(queries.hmac, "compare_digest", lambda a, b: compared.append((a, b)) or (a == b))
    token = token_for(app, people, [Scope.READ])
    Program(app, token).standings(year=2025)
    assert compared == [(digest_of(token), digest_of(token))]
    assert hmac is queries.hmac


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_session_opens_nothing_here_and_a_token_nothing_else(app, people, sign_in):
    for name in ("周敏", "陈晓", "李静"):
        signed_in = sign_in(name)
        signed_in.get("/api/v1/standings?year=2025", status=401)
        answer = signed_in.post("/api/v1/course-records", data={}, strict=False)
        assert answer.status_code == 401
    token = token_for(app, people, list(Scope))
    client = app.test_client(use_cookies=False)
    for where in ("/", "/standing", "/hr/", "/hr/tokens", "/admin/claims", "/account"):
        answer = client.get(where, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.headers["Location"]) == (302, "/login"), where


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_too_many_requests_are_told_when_to_come_again(app, people):
    first, second = (Program(app, token_for(app, people, [Scope.READ])) for _ in range(2))
    for _ in range(120):
        first.standings(422)
    refused = first.client.get("/api/v1/standings", headers=first.headers)
    assert told(refused, 429)["code"] == "too_many_requests"
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    second.standings(year=2025)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_read_writes_nothing_and_a_report_notes_its_day(app, people, queries_of):
    program = Program(app, token_for(app, people, [Scope.READ, Scope.WRITE]))
    sent = queries_of(lambda: program.standings(year=2025))
    assert sent
    assert not [one for one in sent if not one.startswith(("SELECT", "PRAGMA"))]
    with app.app_context():
        assert db.session.scalar(select(MachineToken.last_used_on)) is None
    program.send([record()])
    with app.app_context():
        assert db.session.scalar(select(MachineToken.last_used_on)) == date(2025, 12, 1)
