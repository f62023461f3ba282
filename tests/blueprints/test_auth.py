"""Signing in with a hat, and everything that ends a session."""

import re
from datetime import timedelta

import pytest
from campus import PASSWORD
from sqlalchemy import func, select, update
from strict import StrictClient, StrictResponse

from portal.database import write_tx
from portal.extensions import db
from portal.models import Attempt, Grant, Login, Person

LANDINGS = [
    ("陈晓", "person", "/standing"),
    ("李静", "unit", "/admin/claims"),
    ("李静", "person", "/standing"),
    ("周敏", "hr", "/hr/"),
    ("吴审", "audit", "/hr/audit"),
]


def enter(client, people, name, hat="person", password=PASSWORD, **kwargs):
    given = {"username": people[name].username, "password": password, "hat": hat}
    return client.post("/login", data=given, **kwargs)


def cookie_of(client):
    return client.get_cookie("portal").value


@pytest.mark.parametrize(("name", "hat", "landing"), LANDINGS)
def test_each_hat_lands_on_its_own_page(client, people, name, hat, landing):
    answer = enter(client, people, name, hat, status=303)
    assert answer.location == landing
    assert client.get(landing, status=200).words


def test_the_person_hat_is_the_default(client, people):
    given = {"username": people["李静"].username, "password": PASSWORD}
    assert client.post("/login", data=given, status=303).location == "/standing"


@pytest.mark.parametrize(
    ("name", "hat", "password"),
    [
        ("陈晓", "person", "wrong password"),
        ("陈晓", "unit", PASSWORD),
        ("陈晓", "hr", PASSWORD),
        ("李静", "hr", PASSWORD),
        ("吴审", "hr", PASSWORD),
    ],
)
def test_a_wrong_password_and_a_hat_not_granted_get_one_answer(client, people, name, hat, password):
    refused = enter(client, people, name, hat, password, status=422)
    assert "工号或密码不正确，或该账号没有所选身份" in refused.words
    nobody = client.post("/login", data={"username": "nobody", "password": password, "hat": hat}, status=422)
    assert "工号或密码不正确，或该账号没有所选身份" in nobody.words
    assert client.get("/standing").status_code == 302


def test_what_was_typed_comes_back_without_the_password(client):
    answer = client.post("/login", data={"username": "2012", "password": "", "hat": "unit"}, status=422)
    assert answer.one("//input[@name='username']").get("value") == "2012"
    assert not answer.one("//input[@name='password']").get("value")
    assert answer.one("//select[@name='hat']/option[@selected]").get("value") == "unit"


def test_a_parameter_given_twice_is_refused(client):
    answer = client.post("/login", data={"username": ["a", "b"], "password": "x"}, status=422)
    assert "提交了两次" in answer.words


def test_a_preset_session_gets_another_number_at_login(client, people):
    client.get("/login")
    with client.session_transaction() as session:
        session["_user_id"] = "chosen by an attacker"
    enter(client, people, "陈晓", status=303)
    with client.session_transaction() as session:
        assert session["_user_id"] != "chosen by an attacker"


def test_a_replayed_cookie_is_dead_after_signing_out(app, sign_in):
    client = sign_in("陈晓")
    stolen = cookie_of(client)
    client.post("/logout", status=303)
    thief = StrictClient(app, StrictResponse)
    thief.set_cookie("portal", stolen)
    assert thief.get("/standing").status_code == 302


def test_changing_the_password_ends_every_session(sign_in, people, client):
    phone, desk = sign_in("陈晓"), sign_in("陈晓")
    new = "一个足够长的新密码 2025"
    desk.post("/account/password", data={"current": PASSWORD, "new": new, "again": new}, status=303)
    assert phone.get("/standing").status_code == 302
    assert desk.get("/standing").status_code == 302
    enter(client, people, "陈晓", status=422)
    enter(client, people, "陈晓", password=new, status=303)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"current": "not it", "new": "lantern-over-sea", "again": "lantern-over-sea"}, "当前密码不正确"),
        ({"current": PASSWORD, "new": "short", "again": "short"}, "12 至 128 个字符"),
        ({"current": PASSWORD, "new": "x" * 12, "again": "y" * 12}, "不一致"),
    ],
)
def test_a_bad_password_change_says_why_and_changes_nothing(sign_in, given, sentence):
    client = sign_in("陈晓")
    assert sentence in client.post("/account/password", data=given, status=422).words
    assert client.get("/standing", status=200)


def test_disabling_somebody_ends_their_sessions_at_once(app, sign_in, people, clock):
    client = sign_in("陈晓")
    with app.app_context(), write_tx() as session:
        session.execute(update(Person).where(Person.id == people["陈晓"].id).values(disabled_at=clock.now()))
    assert client.get("/standing").status_code == 302


def test_a_role_that_ends_takes_its_session_along(app, sign_in, people, clock):
    client = sign_in("李静")
    assert client.get("/admin/claims", status=200)
    grant = Grant.person_id == people["李静"].id
    yesterday = clock.today() - timedelta(days=1)
    with app.app_context(), write_tx() as session:
        session.execute(update(Grant).where(grant).values(valid_until=yesterday))
    assert client.get("/admin/claims").status_code == 302


def test_switching_hats_changes_the_session_number(sign_in):
    client = sign_in("李静", "person")
    before = cookie_of(client)
    answer = client.post("/hat", data={"hat": "unit"}, status=303)
    assert answer.location == "/admin/claims"
    assert cookie_of(client) != before
    assert client.get("/admin/claims", status=200)


def test_a_hat_that_was_not_granted_cannot_be_put_on(sign_in):
    client = sign_in("陈晓")
    client.post("/hat", data={"hat": "hr"}, status=403)
    assert client.get("/standing", status=200)


def test_a_page_opened_under_the_old_hat_is_told_so_and_does_nothing(app, sign_in):
    client = sign_in("李静", "person")
    page = client.get("/claims/new?category=training", status=200)
    stale = page.all("//input[@name='csrf_token']")[0].get("value")
    client.post("/hat", data={"hat": "unit"}, status=303)
    given = {"category": "training", "title": "旧页面", "action": "save", "csrf_token": stale}
    answer = client.post("/claims", data=given, token=False)
    assert answer.status_code == 409
    assert "切换了身份" in answer.words
    assert "旧页面" not in client.get("/claims").words


@pytest.mark.parametrize("token", ["", "nonsense"])
def test_an_unsafe_request_without_the_token_is_refused(sign_in, token):
    client = sign_in("陈晓")
    answer = client.post("/logout", data={"csrf_token": token}, token=False, status=403)
    assert "页面已过期" in answer.words
    assert client.get("/standing", status=200)


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_another_site_cannot_post_even_with_the_token(sign_in, headers):
    client = sign_in("陈晓")
    client.post("/logout", headers=headers, status=403)
    assert client.get("/standing", status=200)


def test_an_idle_session_ends_and_a_used_one_does_not(sign_in, clock):
    client = sign_in("陈晓")
    for minutes in (20, 40, 60):
        clock.move_to(f"2025-12-01T{8 + minutes // 60:02}:{minutes % 60:02}")
        assert client.get("/standing", status=200)
    clock.move_to("2025-12-01T09:31")
    assert client.get("/standing").status_code == 302


def test_polling_does_not_keep_a_session_alive(sign_in, clock):
    client = sign_in("陈晓")
    clock.move_to("2025-12-01T08:20")
    client.get("/standing", headers={"X-Background": "1"}, status=200)
    clock.move_to("2025-12-01T08:40")
    assert client.get("/standing").status_code == 302


def test_a_session_ends_after_its_day_however_busy(sign_in, clock):
    client = sign_in("陈晓")
    for minutes in range(20, 601, 20):
        clock.move_to(f"2025-12-01T{8 + minutes // 60:02}:{minutes % 60:02}")
        assert client.get("/standing", status=200)
    clock.move_to("2025-12-01T18:01")
    assert client.get("/standing").status_code == 302


def test_a_signed_out_fragment_gets_an_address_and_no_page(client):
    answer = client.get("/standing", htmx=True, status=401)
    assert answer.headers["HX-Redirect"] == "/login"
    assert answer.data == b""


def test_the_eleventh_failure_is_told_to_wait_and_a_later_one_is_not(client, people, clock):
    for _ in range(10):
        enter(client, people, "陈晓", password="wrong", status=422)
    answer = enter(client, people, "陈晓", status=429)
    assert answer.headers["Retry-After"] == "300"
    assert "5 分钟后再试" in answer.words
    clock.move_to("2025-12-01T08:06")
    enter(client, people, "陈晓", status=303)


def test_a_sixth_session_ends_the_oldest(app, sign_in, people):
    clients = [sign_in("陈晓") for _ in range(6)]
    assert clients[0].get("/standing").status_code == 302
    assert all(client.get("/standing").status_code == 200 for client in clients[1:])


def test_no_password_and_no_cookie_number_is_stored_as_it_is(app, sign_in):
    client = sign_in("陈晓")
    with client.session_transaction() as session:
        token = session["_user_id"]
    with app.app_context():
        stored = db.session.scalars(select(Login.token_hash)).all()
        assert token not in stored
        assert all(re.fullmatch(r"[0-9a-f]{64}", one) for one in stored)
        assert PASSWORD not in "".join(db.session.scalars(select(Person.password_hash)))


def test_a_failed_attempt_is_counted_once(app, client, people):
    enter(client, people, "陈晓", password="wrong", status=422)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Attempt)) == 1


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client, people):
    flags = enter(client, people, "陈晓", status=303).headers["Set-Cookie"]
    assert "HttpOnly" in flags
    assert "SameSite=Lax" in flags


def test_the_account_page_lists_the_sessions(sign_in):
    sign_in("陈晓")
    answer = sign_in("陈晓").get("/account", status=200)
    assert len(answer.all("//section[@aria-labelledby='sessions-title']//tbody/tr")) == 2
    assert "本机" in answer.words


def test_signing_in_again_ends_the_browsers_earlier_session(app, sign_in, people):
    client = sign_in("陈晓")
    earlier = cookie_of(client)
    enter(client, people, "陈晓", status=303)
    other = StrictClient(app, StrictResponse)
    other.set_cookie("portal", earlier)
    assert other.get("/standing").status_code == 302
    assert client.get("/standing", status=200)


def test_guessing_the_current_password_is_slowed_down(sign_in):
    client, new = sign_in("陈晓"), "一个足够长的新密码 2025"
    for _ in range(10):
        client.post("/account/password", data={"current": "guess", "new": new, "again": new}, status=422)
    answer = client.post(
        "/account/password", data={"current": PASSWORD, "new": new, "again": new}, status=429
    )
    assert "5 分钟后再试" in answer.words


@pytest.mark.parametrize("address", ["/hat", "/account/password", "/account/confirm", "/logout"])
def test_a_field_sent_twice_is_refused_everywhere(sign_in, address):
    client = sign_in("李静", "person")
    fields = {"hat": ["unit", "person"], "password": ["a", "b"], "current": ["a", "b"], "x": ["1", "2"]}
    assert "提交了两次" in client.post(address, data=fields, status=422).words
    assert client.get("/standing", status=200)
