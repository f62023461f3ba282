"""A one-time code sets a password, never a session; five tries, half an hour, one use."""

from datetime import timedelta

import pytest
from campus import NOW, PASSWORD
from sqlalchemy import select, update

from portal.database import write_tx
from portal.extensions import db
from portal.models import Code, Event, Person
from portal.rules.refusals import Conflict, NotFound, NotPermitted
from portal.services import codes

NEW = "三月的海风很轻柔呀 2026"
SORRY = "工号或一次性代码不正确，或代码已失效"


@pytest.fixture
def issued(app, people):
    def give(name="陈晓", issuer="李静"):
        with app.app_context():
            return codes.issue_to(people.actor(issuer), people[name].uuid, now=NOW, today=NOW.date())

    return give


def redeem(client, people, code, name="陈晓", password=NEW, **kwargs):
    given = {"username": people[name].username, "code": code, "new": password, "again": password}
    return client.post("/login/code", data=given, **kwargs)


def sign(client, people, name="陈晓", password=NEW, **kwargs):
    given = {"username": people[name].username, "password": password, "hat": "person"}
    return client.post("/login", data=given, **kwargs)


def test_a_code_sets_the_password_ends_sessions_and_gives_none(client, sign_in, people, issued):
    before = sign_in("陈晓")
    code = issued()
    assert redeem(client, people, code, status=303).location == "/login"
    assert client.get("/standing").status_code == 302, "a code is no session"
    assert before.get("/standing").status_code == 302, "every earlier session has ended"
    sign(client, people, password=PASSWORD, status=422)
    sign(client, people, status=303)
    assert SORRY in redeem(client, people, code, status=422).words, "a code works once"


def test_the_person_is_told_by_whom_until_dismissing_it(client, people, issued):
    redeem(client, people, issued(), status=303)
    sign(client, people, status=303)
    for _ in range(2):
        words = client.get("/standing", status=200).words
        assert "密码于 2025-12-01 08:00 由李静发放的一次性代码重置" in words
    client.post("/account/notice", data={}, status=303)
    assert "重置" not in client.get("/standing", status=200).words
    client.post("/logout", data={}, status=303)
    sign(client, people, status=303)
    assert "重置" not in client.get("/standing", status=200).words


def test_five_wrong_tries_end_a_code(client, people, issued):
    code = issued()
    for _ in range(5):
        assert SORRY in redeem(client, people, "AAAAAAAAAA", status=422).words
    assert SORRY in redeem(client, people, code, status=422).words
    sign(client, people, password=PASSWORD, status=303)


def test_a_fourth_wrong_try_leaves_it_alive_and_spelling_does_not_matter(client, people, issued):
    code = issued()
    for _ in range(4):
        redeem(client, people, "AAAAAAAAAA", status=422)
    redeem(client, people, f" {code[:5].lower()}-{code[5:]} ", status=303)


def test_a_code_dies_after_half_an_hour_and_when_another_is_issued(client, clock, people, issued):
    first = issued()
    second = issued()
    redeem(client, people, first, status=422)
    clock.instant = NOW + timedelta(minutes=30)
    assert SORRY in redeem(client, people, second, status=422).words


def test_nobody_and_somebody_get_the_same_answer(client, people):
    known = redeem(client, people, "AAAAAAAAAA", status=422)
    given = {"username": "99999999", "code": "AAAAAAAAAA", "new": NEW, "again": NEW}
    unknown = client.post("/login/code", data=given, status=422)
    assert SORRY in known.words
    assert unknown.words.replace("99999999", people["陈晓"].username) == known.words


def test_a_disabled_person_cannot_redeem(app, client, people, issued):
    code = issued()
    with app.app_context(), write_tx() as session:
        session.execute(update(Person).where(Person.username == "20120001").values(disabled_at=NOW))
    assert SORRY in redeem(client, people, code, status=422).words


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "密码须为 12 至 128 个字符"),
        ("x20120001yzabc", "不能含有工号"),
        ("我在山东第二医科大学工作很久", "不能含有学校名称"),
        ("abcabcabcabcabc", "常见密码"),
    ],
)
def test_the_new_password_keeps_the_rules_and_the_code_stays_good(client, people, issued, password, why):
    code = issued()
    assert why in redeem(client, people, code, password=password, status=422).words
    redeem(client, people, code, status=303)


def test_two_different_passwords_are_refused(client, people, issued):
    given = {"username": people["陈晓"].username, "code": issued(), "new": NEW, "again": NEW + "x"}
    assert "两次输入的新密码不一致" in client.post("/login/code", data=given, status=422).words


@pytest.mark.parametrize(
    ("issuer", "name", "refusal"),
    [
        ("赵磊", "陈晓", NotFound),  # another unit
        ("李静", "王芳", NotPermitted),  # the other admin of the unit
        ("李静", "李静", NotPermitted),
        ("周敏", "孙悦", NotPermitted),  # HR
        ("周敏", "吴审", NotPermitted),  # auditor
        ("周敏", "周敏", NotPermitted),
    ],
)
def test_who_gets_no_code_from_whom(app, people, issued, issuer, name, refusal):
    with pytest.raises(refusal):
        issued(name, issuer)
    with app.app_context():
        assert db.session.scalars(select(Code)).all() == []


def test_hr_issues_to_admins_and_the_deed_is_on_record_without_the_code(app, people, issued):
    code = issued("李静", "周敏")
    with app.app_context():
        event = db.session.execute(select(Event).where(Event.action == "code-issued")).scalar_one()
        assert event.actor_id == people["周敏"].id
        assert event.object_uuid == people["李静"].uuid
        kept = db.session.execute(select(Code)).scalar_one()
    assert code not in str(event.details)
    assert code not in kept.code_hash


def test_a_disabled_account_gets_no_code(app, people, issued):
    with app.app_context(), write_tx() as session:
        session.execute(update(Person).where(Person.username == "20120001").values(disabled_at=NOW))
    with pytest.raises(Conflict, match="已停用"):
        issued()


def test_hr_sees_each_code_a_unit_hands_out_and_the_days_list(sign_in, issued):
    issued()
    hr = sign_in("周敏")
    page = hr.get("/messages", status=200)
    assert "李静为陈晓发放了一次性代码" in page.words
    listed = hr.get("/hr/audit?action=code-issued&since=2025-12-01", status=200)
    assert "发放一次性代码" in listed.words
    assert len(listed.all("//table//tbody/tr")) == 1
