"""The portal answers to its own name only, and puts no other one into links, codes and mails."""

from __future__ import annotations

import pytest
from asking import READS, Census, one_database
from benches import Bench
from matrix import ANYBODY, MATRIX, ROLES

PUBLIC = [key for key in MATRIX if MATRIX[key] == ANYBODY]
FOREIGN = ("evil.example", "localhost.evil.example", "evil.example:80", "localhost@evil.example", "[::1]")


@pytest.fixture
def named(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hosts a real instance without other settings answers to."""
    settings = bench.settings.model_copy(update={"testing": False})
    monkeypatch.setitem(bench.app.config, "TRUSTED_HOSTS", settings.hosts)


@one_database
@pytest.mark.parametrize(("endpoint", "method"), PUBLIC, ids=lambda value: str(value))
def test_a_foreign_host_is_refused_on_every_public_route(
    census: Census, named: None, endpoint: str, method: str
) -> None:
    where, client, before = census.where(endpoint, "anon"), census.client("anon"), census.stamp()
    for host in FOREIGN:
        answer = client.open(where, method=method, headers={"Host": host}, token=False, strict=False)
        assert answer.status_code == 400, f"{where} with Host {host}: {answer.status}"
        assert "evil" not in answer.text + str(answer.headers)
    own = client.open(where, method=method, headers={"Host": "127.0.0.1:8000"}, token=False, strict=False)
    assert own.status_code != 400
    assert census.stamp() == before


@one_database
def test_no_page_names_the_host_it_was_asked_by(census: Census) -> None:
    """Even where any host is answered, as in a demo. The QR is read in test_certificates.py."""
    asked = 0
    for role in ("owner", "admin", "hr", "audit"):
        client = census.client(role)
        name = census.app.config["SESSION_COOKIE_NAME"]
        client.set_cookie(name, client.get_cookie(name).value, domain="evil.example")
        for endpoint, method in READS:
            row = dict(zip(ROLES, MATRIX[endpoint, method].split(), strict=True))
            if endpoint == "static" or row[role] != "ok":
                continue
            answer = client.get(
                census.where(endpoint, role),
                headers={"Host": "evil.example", "X-Forwarded-Host": "worse.example"},
                strict=False,
            )
            words = answer.data.decode(errors="replace") + str(answer.headers)
            assert "evil.example" not in words, f"{endpoint} as {role} repeats the host of the request"
            assert "worse.example" not in words, f"{endpoint} as {role} repeats what a proxy is said to say"
            asked += answer.status_code == 200
    assert asked > 100, "hardly a page was seen: is anybody signed in?"
