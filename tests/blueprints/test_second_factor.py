"""The authenticator app: added with a code, asked for in weighty hats, never the same code twice."""

import base64
import re
from datetime import timedelta

import pytest
from campus import NOW, PASSWORD
from sqlalchemy import select

from portal.extensions import db
from portal.models import Event, RecoveryCode, SecondFactor
from portal.rules.one_time import code_at, step_of
from portal.services import officers

SORRY = "验证码不正确或已使用过"


class App:
    """The app on somebody's phone, and the paper with the recovery codes."""

    def __init__(self, secret, codes, clock):
        self.secret, self.codes, self.clock = secret, codes, clock

    def shows(self, *, later=0):
        return code_at(self.secret, step_of(self.clock.now()) + later)


@pytest.fixture
def enrol(clock):
    def add(client):
        page = client.post("/account/second-factor/begin", data={}, status=200)
        text = page.one("//code").text_content().replace(" ", "")
        secret = base64.b32decode(text + "=" * (-len(text) % 8))
        assert page.one("//main//img").get("src").startswith("data:image/svg+xml")
        shown = code_at(secret, step_of(clock.now()))
        done = client.post("/account/second-factor/confirm", data={"code": shown}, status=200)
        clock.instant += timedelta(seconds=30)
        return App(secret, [one.text_content() for one in done.all("//code")], clock)

    return add


def enter(client, people, name="周敏", hat="hr", password=PASSWORD, **kwargs):
    given = {"username": people[name].username, "password": password, "hat": hat}
    return client.post("/login", data=given, **kwargs)


def test_the_password_alone_opens_no_weighty_hat(client, people, sign_in, enrol):
    app = enrol(sign_in("周敏"))
    assert enter(client, people, status=303).location == "/login/second"
    assert client.get("/hr/").status_code == 302, "half a sign-in is none"
    assert client.post("/login/second", data={"code": app.shows()}, status=303).location == "/hr/"
    client.get("/hr/", status=200)


def test_the_same_code_is_refused_the_second_time(client, people, sign_in, enrol):
    app = enrol(sign_in("周敏"))
    code = app.shows()
    enter(client, people, status=303)
    client.post("/login/second", data={"code": code}, status=303)
    client.post("/logout", data={}, status=303)
    enter(client, people, status=303)
    assert SORRY in client.post("/login/second", data={"code": code}, status=422).words
    client.post("/login/second", data={"code": app.shows(later=1)}, status=303)


def test_a_recovery_code_works_once_in_any_spelling(client, people, sign_in, enrol):
    app = enrol(sign_in("周敏"))
    assert len(set(app.codes)) == 10
    enter(client, people, status=303)
    client.post("/login/second", data={"code": app.codes[3].lower()}, status=303)
    assert "剩余 9 个恢复码" in client.get("/account/second-factor", status=200).words
    enter(client, people, status=303)
    assert SORRY in client.post("/login/second", data={"code": app.codes[3]}, status=422).words


def test_the_person_hat_asks_for_nothing_and_the_switch_does(client, people, sign_in, enrol):
    app = enrol(sign_in("周敏"))
    assert enter(client, people, hat="person", status=303).location == "/standing"
    assert client.post("/hat", data={"hat": "hr"}, status=303).location == "/hat/second"
    assert client.get("/hr/").status_code == 403
    assert SORRY in client.post("/hat/second", data={"code": "000000"}, status=422).words
    assert client.post("/hat/second", data={"code": app.shows()}, status=303).location == "/hr/"
    client.get("/hr/", status=200)


def test_guessing_codes_is_slowed_down_like_passwords(client, people, sign_in, enrol, clock):
    app = enrol(sign_in("周敏"))
    enter(client, people, status=303)
    for _ in range(10):
        client.post("/login/second", data={"code": "000000"}, status=422)
        enter(client, people, strict=False)  # the right password forgives no wrong code
    answer = client.post("/login/second", data={"code": app.shows()}, status=429)
    assert answer.headers["Retry-After"] == "300"
    clock.instant += timedelta(minutes=6)
    enter(client, people, status=303)
    client.post("/login/second", data={"code": app.shows()}, status=303)


def test_half_a_sign_in_ends_after_five_minutes_and_with_the_password(client, people, sign_in, enrol, clock):
    desk = sign_in("周敏")
    app = enrol(desk)
    enter(client, people, status=303)
    new = "三月的海风很轻柔呀 2026"
    desk.post("/account/password", data={"current": PASSWORD, "new": new, "again": new}, status=303)
    assert SORRY in client.post("/login/second", data={"code": app.shows()}, status=422).words
    enter(client, people, password=new, status=303)
    clock.instant += timedelta(minutes=5, seconds=1)
    assert client.post("/login/second", data={"code": app.shows()}, status=303).location == "/login"


def test_a_wrong_code_adds_nothing_and_the_secret_is_not_shown_again(client, people, sign_in):
    desk = sign_in("周敏")
    desk.post("/account/second-factor/begin", data={}, status=200)
    page = desk.post("/account/second-factor/confirm", data={"code": "000000"}, status=422)
    assert SORRY in page.words
    assert not page.all("//code")
    assert not page.all("//main//img")
    assert enter(client, people, status=303).location == "/hr/"


def test_removing_needs_a_fresh_password_and_is_an_event(app, client, people, sign_in, enrol, clock):
    desk = sign_in("周敏")
    phone = enrol(desk)
    desk.post("/account/second-factor/begin", data={}, status=409)
    clock.instant += timedelta(minutes=6)
    desk.post("/account/second-factor/remove", data={"code": phone.shows()}, status=403)
    desk.post("/account/confirm", data={"password": PASSWORD}, status=303)
    desk.post("/account/second-factor/remove", data={"code": phone.shows()}, status=303)
    assert enter(client, people, status=303).location == "/hr/"
    with app.app_context():
        told = select(Event.action).where(Event.action.like("second-factor-%")).order_by(Event.id)
        done = db.session.scalars(told).all()
        assert done == ["second-factor-added", "second-factor-removed"]
        assert not db.session.scalars(select(RecoveryCode.id)).all()


def test_the_password_alone_takes_no_app_away(client, people, sign_in, enrol):
    phone = enrol(sign_in("周敏"))
    enter(client, people, hat="person", status=303)  # the hat that asks for no code
    client.post("/account/second-factor/remove", data={}, status=422)
    wrong = client.post("/account/second-factor/remove", data={"code": "000000"}, status=422)
    assert SORRY in wrong.words
    assert enter(client, people, status=303).location == "/login/second"
    enter(client, people, hat="person", status=303)
    client.post("/account/second-factor/remove", data={"code": phone.codes[0]}, status=303)
    assert enter(client, people, status=303).location == "/hr/"


def test_another_officer_resets_a_lost_app_and_the_owner_is_told(client, people, sign_in, enrol):
    enrol(sign_in("李静"))
    reset = f"/hr/people/{people['李静'].uuid}/second-factor/reset"
    hr = sign_in("周敏")
    page = f"/admin/staff/{people['李静'].uuid}"
    assert hr.get(page, status=200).all(f"//form[@action='{reset}']")
    hr.post(reset, data={}, status=303)
    assert not hr.get(page, status=200).all(f"//form[@action='{reset}']")
    hr.post(reset, data={}, status=409)
    assert enter(client, people, "李静", "unit", status=303).location == "/admin/claims"
    assert "您的二次验证已被重置" in client.get("/messages", status=200).words


def test_nobody_resets_their_own(people, sign_in, enrol):
    hr = sign_in("周敏")
    enrol(hr)
    hr.post(f"/hr/people/{people['周敏'].uuid}/second-factor/reset", data={}, status=403)


def test_the_database_alone_gives_neither_secret_nor_recovery_code(app, sign_in, enrol):
    phone = enrol(sign_in("周敏"))
    with app.app_context():
        row = db.session.execute(select(SecondFactor)).scalar_one()
        hashes = db.session.scalars(select(RecoveryCode.code_hash)).all()
    assert phone.secret.hex() not in row.nonce
    assert all(re.fullmatch("[0-9a-f]{64}", one) for one in hashes)
    assert not {code.replace("-", "") for code in phone.codes} & set(hashes)


def test_where_it_is_required_nothing_else_is_open_without_it(app, settings, people, sign_in, enrol):
    kept = app.extensions["portal.settings"]
    app.extensions["portal.settings"] = settings.model_copy(update={"require_second_factor": ("hr",)})
    try:
        hr = sign_in("周敏")
        assert hr.get("/hr/people", status=303).location == "/account/second-factor"
        assert "须启用二次验证" in hr.get("/account/second-factor", status=200).words
        assert sign_in("李静").get("/admin/claims", status=200)
        enrol(hr)
        hr.get("/hr/people", status=200)
    finally:
        app.extensions["portal.settings"] = kept


def test_the_command_line_lets_an_officer_in_again_who_lost_everything(app, client, people, sign_in, enrol):
    enrol(sign_in("周敏"))
    username, new = people["周敏"].username, "三月的海风很轻柔呀 2026"
    with app.app_context():
        code = officers.create(username, name="", unit="", now=NOW, today=NOW.date()).code
    given = {"username": username, "code": code, "new": new, "again": new}
    client.post("/login/code", data=given, status=303)
    assert enter(client, people, password=new, status=303).location == "/hr/"
