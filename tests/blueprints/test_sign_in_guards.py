"""What guards the door: counters, hashes, officers' sessions, races, and the deeds that ask again."""

import threading
from datetime import timedelta

import pytest
from campus import PASSWORD
from sqlalchemy import update
from strict import StrictClient, StrictResponse

from portal.config import Settings, flask_config
from portal.database import write_tx
from portal.extensions import db
from portal.models import Person
from portal.security import SAFE
from portal.services import logins, passwords

# roles, admins, imports taken in, revocations, policy and dates, whole exports, tokens, factors
WEIGHTY = {
    *("hr.audit_export", "hr.course_imports_commit", "hr.course_imports_held"),
    *("hr.course_imports_resume", "hr.course_imports_undo"),
    *("hr.disable_person", "hr.enable_person", "hr.exports_hand_out", "hr.imports_commit", "hr.imports_undo"),
    *("hr.lower_claim", "hr.obligations_end", "hr.obligations_set", "hr.policy_reading"),
    *("hr.provincial_export", "hr.revocations_decide", "hr.revocations_revoke", "hr.revoke_certificate"),
    *("hr.revoke_claim", "hr.roles_decide", "hr.roles_propose", "hr.seal", "hr.tokens_create"),
    *("hr.tokens_revoke", "hr.units_add", "hr.units_appoint", "hr.units_close", "hr.units_end"),
    *("hr.units_rename", "hr.units_reopen", "hr.years_end_reopening", "hr.years_reopen", "hr.years_set"),
    *("admin.provincial_sheet", "second_factor.reset", "second_factor.begin", "second_factor.confirm"),
    *("second_factor.remove", "hr.certificate_batches_start", "hr.claim_finding_lift"),
}
KINDS = (
    "revok",
    "lower",
    "role",
    "commit",
    "seal",
    "token",
    "export",
    "hand_out",
    "policy_reading",
    "years_",
)
NO_DEED = {"hr.revocations_effect", "admin.exports_hand_out"}  # a look ahead; the unit's own list, masked


def fail(client, username, times, address="203.0.113.9"):
    for _ in range(times):
        answer = client.post(
            "/login",
            data={"username": username, "password": "wrong", "hat": "person"},
            environ_overrides={"REMOTE_ADDR": address},
        )
    return answer


def knock(client, username, address, password=PASSWORD):
    given = {"username": username, "password": password, "hat": "person"}
    return client.post("/login", data=given, environ_overrides={"REMOTE_ADDR": address})


def fresh(app):
    return StrictClient(app, StrictResponse)


def test_weighty_deeds_ask_for_a_fresh_password(app):
    asks = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "portal_rule", None)
        and app.view_functions[rule.endpoint].portal_rule.recent
    }
    assert not WEIGHTY - asks, f"without recent=True: {sorted(WEIGHTY - asks)}"


def test_a_new_deed_of_a_weighty_kind_asks_too(app):
    silent = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(("hr.", "admin."))
        and (rule.methods or set()) - SAFE
        and any(kind in rule.endpoint for kind in KINDS)
        and rule.endpoint not in NO_DEED
        and not app.view_functions[rule.endpoint].portal_rule.recent
    ]
    assert not silent, f"{silent}: mark with recent=True, or say in NO_DEED why it is none"


def test_a_stranger_guessing_elsewhere_locks_nobody_out_of_their_desk(app, people, sign_in):
    sign_in("陈晓")  # from 127.0.0.1, which is hers from now on
    username = people["陈晓"].username
    assert fail(fresh(app), username, 11).status_code == 429
    assert knock(fresh(app), username, "203.0.113.77").status_code == 429, "a place she never was"
    assert knock(fresh(app), username, "127.0.0.1").status_code == 303


def test_her_own_desk_is_slowed_down_as_well(app, people, sign_in):
    sign_in("陈晓")
    username = people["陈晓"].username
    assert fail(fresh(app), username, 10, "127.0.0.1").status_code == 422
    assert knock(fresh(app), username, "127.0.0.1").status_code == 429


def test_known_and_unknown_accounts_wait_with_the_same_words(app, people):
    known = fail(fresh(app), people["陈晓"].username, 11, "203.0.113.1")
    unknown = fail(fresh(app), "99999999", 11, "203.0.113.2")
    assert (known.status_code, known.headers["Retry-After"]) == (429, "300")
    assert (unknown.status_code, unknown.headers["Retry-After"]) == (429, "300")
    assert known.words.replace(people["陈晓"].username, "") == unknown.words.replace("99999999", "")


def test_thirty_failures_from_one_address_close_it_for_every_account(app, people):
    for number in range(3):
        fail(fresh(app), f"7000000{number}", 10)
    assert knock(fresh(app), people["陈晓"].username, "203.0.113.9").status_code == 429
    assert knock(fresh(app), people["陈晓"].username, "203.0.113.10").status_code == 303


@pytest.mark.parametrize(("name", "dead"), [("周敏", True), ("吴审", True), ("李静", False), ("陈晓", False)])
@pytest.mark.parametrize(
    "moved",
    [{"environ_overrides": {"REMOTE_ADDR": "203.0.113.5"}}, {"headers": {"User-Agent": "another/1"}}],
    ids=["address", "browser"],
)
def test_an_officers_cookie_elsewhere_is_signed_in_with_anew(sign_in, name, dead, moved):
    client = sign_in(name)
    assert client.get("/account", **moved).status_code == (302 if dead else 200)
    client.get("/account", status=200)


@pytest.mark.parametrize(("name", "minutes", "alive"), [("周敏", 14, True), ("周敏", 16, False)])
def test_an_officers_session_idles_a_quarter_of_an_hour(sign_in, clock, name, minutes, alive):
    client = sign_in(name)
    clock.instant += timedelta(minutes=minutes)
    assert (client.get("/hr/").status_code == 200) is alive


def test_an_officers_session_ends_after_four_hours_however_busy(sign_in, clock):
    client = sign_in("周敏")
    for _ in range(24):
        clock.instant += timedelta(minutes=10)
        client.get("/account", status=200)
    clock.instant += timedelta(minutes=1)
    assert client.get("/account").status_code == 302


def test_an_answer_that_overtakes_signing_out_revives_nothing(app, sign_in, clock, monkeypatch):
    client = sign_in("陈晓")
    other = fresh(app)
    other.set_cookie("portal", client.get_cookie("portal").value)
    view, ended = app.view_functions["auth.account"], []

    def slow(**values):
        leaving = threading.Thread(target=lambda: ended.append(other.post("/logout").status_code))
        leaving.start()
        leaving.join(30)
        return view(**values)

    slow.portal_rule = view.portal_rule
    clock.instant += timedelta(minutes=2)  # so that the answer carries a renewed cookie
    before = client.get_cookie("portal").value
    with monkeypatch.context() as patched:
        patched.setitem(app.view_functions, "auth.account", slow)
        client.get("/account", status=200)
    assert ended == [303]
    assert client.get_cookie("portal").value != before
    assert client.get("/standing").status_code == 302


@pytest.mark.parametrize("what", ["password", "disabled"])
def test_a_password_that_changes_while_it_is_checked_opens_nothing(app, people, clock, monkeypatch, what):
    real = passwords.verify

    def meanwhile(stored, given):
        fits = real(stored, given)
        change = {"password_hash": "x"} if what == "password" else {"disabled_at": clock.now()}
        with write_tx() as session:
            session.execute(update(Person).where(Person.id == people["何平"].id).values(**change))
        return fits

    kept = people["何平"].username
    with app.app_context():
        stored = db.session.get(Person, people["何平"].id).password_hash
    monkeypatch.setattr(passwords, "verify", meanwhile)
    try:
        assert knock(fresh(app), kept, "127.0.0.1").status_code == 422
    finally:
        with app.app_context(), write_tx() as session:
            session.execute(
                update(Person)
                .where(Person.id == people["何平"].id)
                .values(password_hash=stored, disabled_at=None)
            )


@pytest.mark.parametrize("username", ["20120001", "99999999"])
def test_known_and_unknown_cost_one_hash_each(app, client, monkeypatch, username):
    calls = []
    real = passwords._HASHER

    class Counting:
        def verify(self, stored, given):
            calls.append(stored)
            return real.verify(stored, given)

        def __getattr__(self, name):
            return getattr(real, name)

    monkeypatch.setattr(passwords, "_HASHER", Counting())
    client.post("/login", data={"username": username, "password": "wrong", "hat": "person"}, status=422)
    assert len(calls) == 1


def test_at_most_four_hashes_run_at_once(monkeypatch):
    running, most, lock, full = [0], [0], threading.Lock(), threading.Barrier(4)

    class Probe:
        def hash(self, _password):
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            full.wait(20)  # only four together get past, so four do run side by side
            with lock:
                running[0] -= 1
            return "hashed"

    monkeypatch.setattr(passwords, "_HASHER", Probe())
    crowd = [threading.Thread(target=passwords.hash_password, args=("x",)) for _ in range(12)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(30)
    assert most[0] == 4
    assert running[0] == 0


def test_a_password_has_an_end(client):
    long = "x" * 129
    client.post("/login", data={"username": "20120001", "password": long, "hat": "person"}, status=422)
    with pytest.raises(ValueError, match="128"):
        passwords.hash_password(long)
    assert logins.MAX_SESSIONS == 5


@pytest.mark.parametrize(
    ("base", "name", "secure"),
    [("https://hours.example.edu.cn", "__Host-portal", True), ("http://127.0.0.1:8000", "portal", False)],
)
def test_the_cookie_is_bound_to_the_host_where_there_is_https(tmp_path, base, name, secure):
    made = flask_config(Settings(instance=tmp_path, base_url=base, testing=True))
    assert made["SESSION_COOKIE_NAME"] == name
    assert made["SESSION_COOKIE_SECURE"] is secure
    assert (made["SESSION_COOKIE_HTTPONLY"], made["SESSION_COOKIE_SAMESITE"]) == (True, "Lax")
