"""One's own record: asking for a change, its history, taking it back, and that nothing else is blocked."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.models import PersonRequest, Unit


@pytest.fixture
def current(app) -> dict[str, str]:
    with app.app_context():
        units = dict(db.session.execute(select(Unit.name, Unit.uuid)).all())
    return {
        "name": "陈晓",
        "unit": str(units["护理学院"]),
        "department": "教研室",
        "title_series": "高校教师",
        "title": "讲师",
        "phone": "",
        "other": str(units["基础医学院"]),
    }


def test_the_page_shows_the_record_in_a_filled_form(sign_in, current):
    page = sign_in("陈晓").get("/account/record", status=200)
    for name in ("name", "department", "title_series", "title"):
        assert page.one(f"//input[@name='{name}']").get("value") == current[name]
    assert page.one("//select[@name='unit']/option[@selected]").text_content() == "护理学院"
    assert "单位所属区域 省直" in page.words
    assert sign_in("陈晓").get("/account").one("//a[@href='/account/record']") is not None


def test_a_change_waits_with_before_and_after_and_dates(sign_in, current):
    client = sign_in("陈晓")
    client.post("/account/record", data={**current, "title": "副教授"}, status=303)
    page = client.get("/account/record")
    assert [cell.text_content().strip() for cell in page.one("//tr[@data-field='title']")] == [
        "职称",
        "讲师",
        "副教授",
    ]
    assert "2025-12-01 08:00 提交，由护理学院审核" in page.words
    assert page.one("//*[@data-request]").get("data-status") == "pending"


def test_the_history_says_who_decided_and_why(sign_in, current, app):
    client = sign_in("陈晓")
    client.post("/account/record", data={**current, "unit": current["other"]}, status=303)
    with app.app_context():
        uuid = db.session.scalars(select(PersonRequest.uuid)).one()
    sign_in("赵磊").post(
        f"/admin/people/{uuid}/decision",
        data={"action": "return", "reason": "请先办理调动手续", "version": "1"},
        status=303,
    )
    page = client.get("/account/record")
    assert "单位调动 已退回" in page.words
    assert "2025-12-01 08:00 赵磊退回" in page.words
    assert "退回原因：请先办理调动手续" in page.words


def test_a_waiting_change_blocks_no_claim(sign_in, filing, current):
    client = sign_in("陈晓")
    claim = filing.claim("陈晓", "training", "returned")
    client.post("/account/record", data={**current, "unit": current["other"]}, status=303)
    client.post(f"/claims/{claim.uuid}/submit", status=303)
    assert "待审核" in client.get(f"/claims/{claim.uuid}").words


def test_after_the_transfer_the_new_unit_reviews_the_claim_that_waited(sign_in, filing, current, app):
    claim = filing.claim("陈晓", "training", "pending")
    done = filing.claim("陈晓", "publication", "approved")
    sign_in("陈晓").post("/account/record", data={**current, "unit": current["other"]}, status=303)
    with app.app_context():
        uuid = db.session.scalars(select(PersonRequest.uuid)).one()
    old, new = sign_in("李静"), sign_in("赵磊")
    old.get(f"/admin/claims/{claim.uuid}", status=200)
    new.get(f"/admin/claims/{claim.uuid}", status=404)
    new.post(f"/admin/people/{uuid}/decision", data={"action": "approve", "version": "1"}, status=303)
    old.get(f"/admin/claims/{claim.uuid}", status=404)
    old.get(f"/admin/claims/{done.uuid}", status=200)
    new.get(f"/admin/claims/{done.uuid}", status=404)
    new.post(f"/admin/claims/{claim.uuid}/decision", data={"action": "approve", "version": "1"}, status=303)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("department", "", "请填写工作部门"),
        ("name", "", "请填写姓名"),
        ("name", "陈\U0001f600", "“\U0001f600”"),
        ("unit", "x", "请选择用人单位"),
        ("phone", "1" * 33, "最多 32 个字符"),
    ],
)
def test_a_refused_change_stays_as_typed(sign_in, current, app, field, value, told):
    page = sign_in("陈晓").post(
        "/account/record", data={**current, "title": "教授", field: value}, status=422
    )
    assert told in page.one(f"//ul[@id='{field}-errors']").text_content()
    assert page.one("//input[@name='title']").get("value") == "教授"
    with app.app_context():
        assert db.session.scalars(select(PersonRequest.id)).all() == []


def test_nothing_changed_and_a_second_request_are_told(sign_in, current):
    client = sign_in("陈晓")
    assert "没有需要审核的变更" in client.post("/account/record", data=current, status=422).words
    client.post("/account/record", data={**current, "title": "教授"}, status=303)
    again = client.post("/account/record", data={**current, "title": "副教授"}, status=422)
    assert "等待审核。请先撤回" in again.words


def test_only_the_person_takes_it_back_and_only_while_it_waits(sign_in, current, app):
    client = sign_in("陈晓")
    client.post("/account/record", data={**current, "title": "教授"}, status=303)
    with app.app_context():
        uuid = db.session.scalars(select(PersonRequest.uuid)).one()
    sign_in("刘洋").post(f"/account/record/{uuid}/withdraw", status=404)
    client.post(f"/account/record/{uuid}/withdraw", status=303)
    client.post(f"/account/record/{uuid}/withdraw", status=409)
    assert client.get("/account/record").one("//*[@data-request]").get("data-status") == "withdrawn"
