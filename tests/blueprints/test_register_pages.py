"""Registering in public: what is asked, what is told, and what is never told."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from portal.extensions import db
from portal.models import PersonRequest, Unit

GOOD = "lantern-over-the-sea"


@pytest.fixture
def given(app) -> dict[str, str]:
    with app.app_context():
        unit = db.session.scalars(select(Unit.uuid).where(Unit.name == "护理学院")).one()
    return {
        "username": "20250101",
        "name": "林晚",
        "unit": str(unit),
        "department": "护理教研室",
        "title_series": "高校教师",
        "title": "助教",
        "phone": "8462",
        "password": GOOD,
        "again": GOOD,
    }


def requests(app) -> list[Any]:
    with app.app_context():
        return list(db.session.execute(select(PersonRequest.__table__).order_by(PersonRequest.id)).all())


def send(client, given: dict[str, str], **changes: str) -> str:
    """Register; the address of the progress page."""
    return client.post("/register", data={**given, **changes}, status=303).headers["Location"]


def without_chance(page) -> str:
    """The page without the secret code and the request's own number."""
    text = re.sub(r"[A-Z2-7]{16}|(?:[A-Z2-7]{4} ){3}[A-Z2-7]{4}", "CODE", page.text)
    return re.sub(
        r'(content|value|headers)=.{0,30}"[^"]*csrf[^"]*"|hx-headers=\S+ "[^>]*>|value="[^"]*\.[^"]*"',
        "",
        text,
    )


def test_the_form_shows_the_region_and_the_open_units(client):
    page = client.get("/register", status=200)
    assert "单位所属区域 省直" in page.words
    assert "护理学院" in page.one("//select[@name='unit']").text_content()
    assert client.get("/login").one("//a[@href='/register']") is not None


def test_a_registration_waits_and_its_progress_can_be_looked_up(client, app, given):
    where = send(client, given)
    page = client.get(where, status=200)
    assert "待审核" in page.words
    assert "护理学院" in page.words
    assert GOOD not in page.text
    code = where.rpartition("/")[2]
    typed = client.get(f"/register?code={code[:4].lower()}-{code[4:]}", status=200)
    assert typed.one("//*[@data-status]").get("data-status") == "pending"
    (request,) = requests(app)
    assert code not in repr(request)
    assert GOOD not in repr(request)


def test_a_taken_number_is_answered_exactly_like_a_free_one(client, people, given):
    first = client.post("/register", data=given)
    second = client.post("/register", data={**given, "username": people["陈晓"].username})
    assert (first.status_code, second.status_code) == (303, 303)
    pages = [
        without_chance(client.get(answer.headers["Location"], status=200)).replace(name, "")
        for answer, name in ((first, "20250101"), (second, people["陈晓"].username))
    ]
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("department", "", "请填写工作部门。"),
        ("department", "   ", "请填写工作部门。"),
        ("name", "", "请填写姓名。"),
        ("name", "王\U0001f600", "“\U0001f600”"),
        ("name", "林\u202e晚", "看不见的字符"),
        ("username", "２０２５０１０１", "半角"),
        ("username", "1' OR '1'='1", "半角"),
        ("unit", "", "请选择用人单位"),
        ("unit", "00000000-0000-4000-8000-000000000000", "请选择用人单位"),
        ("unit", "x", "请选择用人单位"),
        ("password", "short", "12 至 128"),
        ("password", "password123456", "常见密码"),
        ("password", "lantern-20250101", "工号"),
        ("password", "我在山东第二医科大学教书多年", "学校名称"),
        ("again", "another-lantern-at-sea", "两次输入的密码不一致"),
        ("title", "职" * 41, "最多 40 个字符"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_the_rest_stays(client, app, given, field, value, told):
    changes = {field: value} | ({"again": value} if field == "password" else {})
    page = client.post("/register", data={**given, **changes}, status=422)
    assert told in page.one(f"//ul[@id='{field}-errors']").text_content()
    assert page.one("//input[@name='phone']").get("value") == "8462"
    assert not page.all("//input[@type='password'][string-length(@value) > 0]")
    assert requests(app) == []


def test_unknown_and_malformed_codes_get_the_same_answer(client):
    pages = [
        without_chance(client.get(where, status=404))
        for where in (
            "/register/AAAAAAAAAAAAAAAA",
            "/register/x",
            "/register?code=1",
            "/register/" + "A" * 200,
        )
    ]
    assert len(set(pages)) == 1
    client.post("/register/AAAAAAAAAAAAAAAA/withdraw", status=404)
    client.post("/register/x/withdraw", status=404)


def test_the_applicant_withdraws(client, app, given):
    where = send(client, given)
    client.post(f"{where}/withdraw", status=303)
    assert "您已撤回这项注册" in client.get(where).words
    late = client.post(f"{where}/withdraw", status=409)
    assert "不能撤回" in late.words
    assert requests(app)[0].status == "withdrawn"


def test_returned_and_approved_show_to_the_applicant_and_the_password_opens(client, app, sign_in, given):
    first, second = send(client, given, name="名字写错"), send(client, given)
    returned, approved = requests(app)
    admin = sign_in("李静")
    decision = {"action": "return", "reason": "工号与姓名不符", "version": "1"}
    admin.post(f"/admin/people/{returned.uuid}/decision", data=decision, status=303)
    admin.post(
        f"/admin/people/{approved.uuid}/decision", data={"action": "approve", "version": "1"}, status=303
    )
    assert "工号与姓名不符" in client.get(first).words
    assert "注册已通过" in client.get(second).words
    entered = client.post(
        "/login", data={"username": "20250101", "password": GOOD, "hat": "person"}, status=303
    )
    assert entered.headers["Location"] == "/standing"


def test_nobody_enters_before_approval(client, given):
    send(client, given)
    client.post("/login", data={"username": "20250101", "password": GOOD, "hat": "person"}, status=422)


def test_extra_fields_change_nothing(client, app, given):
    send(
        client, given, status="approved", person_id="1", decider_id="1", kind="change", version="7", role="hr"
    )
    (request,) = requests(app)
    assert (request.status, request.kind, request.version, request.person_id) == (
        "pending",
        "registration",
        1,
        None,
    )


def test_a_field_sent_twice_is_refused(client, app, given):
    data = [*given.items(), ("username", "20250102")]
    client.post("/register", data=MultiDict(data), status=422)
    assert requests(app) == []


def test_too_many_registrations_from_one_place_have_to_wait(client, given):
    answers = [client.post("/register", data={**given, "username": ""}).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_the_applicant_learns_who_reviews(client, app, given):
    with app.app_context():
        lonely = db.session.scalars(select(Unit.uuid).where(Unit.name == "临床医学院")).one()
    assert "申请由护理学院的平台管理员审核" in client.get(send(client, given)).words
    assert "申请由人事处审核" in client.get(send(client, given, unit=str(lonely))).words
