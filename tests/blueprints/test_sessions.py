"""One's own login sessions: seen, and ended one by one or all others at once."""

import re
from uuid import uuid4

import pytest
from flask import url_for

from portal.presentation import browser


def ends(client):
    """Addresses of the buttons that end a session, newest session first."""
    return re.findall(r"/account/sessions/[0-9a-f-]{36}/end", client.get("/account", status=200).text)


def test_another_device_is_ended_and_this_one_stays(sign_in):
    lost, kept = sign_in("陈晓"), sign_in("陈晓")
    addresses = ends(kept)
    assert len(addresses) == 2
    kept.post(addresses[1], data={}, status=303)
    assert lost.get("/standing").status_code == 302
    assert len(ends(kept)) == 1


def test_ending_this_one_is_signing_out(sign_in):
    client = sign_in("陈晓")
    assert client.post(ends(client)[0], data={}, status=303).location == "/login"
    assert client.get("/standing").status_code == 302


def test_all_others_end_at_once(sign_in):
    first, second, third = sign_in("陈晓"), sign_in("陈晓"), sign_in("刘洋")
    kept = sign_in("陈晓")
    kept.post("/account/sessions/end-others", data={}, status=303)
    assert "已让其他 2 处登录退出" in kept.get("/account", status=200).words
    assert [one.get("/standing").status_code for one in (first, second, third)] == [302, 302, 200]


@pytest.mark.parametrize("whose", ["another", "nobody"])
def test_somebody_elses_session_does_not_exist(sign_in, whose):
    other, client = sign_in("刘洋"), sign_in("陈晓")
    address = ends(other)[0] if whose == "another" else f"/account/sessions/{uuid4()}/end"
    client.post(address, data={}, status=404)
    other.get("/standing", status=200)


def test_sessions_and_password_have_addresses_of_their_own(app, sign_in):
    client = sign_in("陈晓")
    for address in ("/account", "/account/sessions", "/account/password"):
        assert "登录中的设备" in client.get(address, status=200).words
    with app.test_request_context():
        assert url_for("auth.account") == "/account"


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        (
            "(Windows NT 10.0; Win64) Chrome/131.0 Safari/537.36 Edg/131.0",
            "Edge 131 · Windows",
        ),
        (
            "(iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari 18 · iPhone",
        ),
        ("curl/8.5.0", "未知浏览器"),
        (None, "未知浏览器"),
    ],
)
def test_a_device_is_named_in_words(agent, told):
    assert browser(agent) == told
