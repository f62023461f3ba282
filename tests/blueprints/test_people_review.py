"""The review of people as its people use it: who sees what, opening, deciding, being overtaken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from campus import NOW
from sqlalchemy import select

from portal.extensions import db
from portal.models import Event, PersonRequest, Unit
from portal.services.requests import ask_change, register, withdraw_change

FACTS = {"name": "林晚", "department": "护理教研室", "title_series": "", "title": "助教", "phone": ""}


@pytest.fixture
def asked(app, people):
    """`asked("陈晓", unit="…", title="…")` or `asked(None, "20250101", unit="…")`: the request's uuid."""

    def enter(
        name: str | None,
        username: str = "20250101",
        /,
        *,
        unit: str = "护理学院",
        days: int = 0,
        **wanted: str,
    ):
        with app.app_context():
            uuid = db.session.scalars(select(Unit.uuid).where(Unit.name == unit)).one()
            now = NOW - timedelta(days=days)
            if name is None:
                register(
                    username,
                    {**FACTS, **wanted},
                    unit=uuid,
                    password="lantern-over-sea",
                    school="校",
                    now=now,
                )
            else:
                own = {
                    "name": name,
                    "department": "教研室",
                    "title_series": "高校教师",
                    "title": "讲师",
                    "phone": "",
                }
                ask_change(people.actor(name, "person"), {**own, **wanted}, unit=uuid, now=now)
            newest = select(PersonRequest.uuid).order_by(PersonRequest.id.desc()).limit(1)
            return db.session.scalars(newest).one()

    return enter


def listed(page) -> list[str]:
    return [one.get("data-claim") for one in page.all("//*[@data-claim]")]


def cells(page, field: str) -> list[str]:
    return [cell.text_content().strip() for cell in page.one(f"//tr[@data-field='{field}']")]


def decide(client, uuid: Any, action: str = "approve", status: int = 200, **data: str):
    return client.post(
        f"/admin/people/{uuid}/decision",
        data={"action": action, "version": "1", **data},
        htmx=True,
        status=status,
    )


def count(page) -> str:
    return page.all("//nav[@class='menu']//a[@href='/admin/people']")[0].text_content().strip()


def test_the_queue_holds_all_three_kinds_of_the_own_unit_oldest_first(sign_in, asked):
    change = asked("陈晓", title="副教授", days=1)
    registration = asked(None, days=3)
    transfer = asked("何平", unit="护理学院", days=2)
    asked("刘洋", unit="基础医学院")
    page = sign_in("李静").get("/admin/people", status=200)
    assert listed(page) == [str(registration), str(transfer), str(change)]
    assert "3 项待审核，最早一项已等 3 天" in page.words
    assert "从基础医学院调入护理学院" in page.words
    assert count(page) == "人员审核3"
    only = sign_in("李静").get("/admin/people?kind=transfer")
    assert listed(only) == [str(transfer)]


def test_a_row_opens_with_before_and_after_and_closes_again(sign_in, asked):
    uuid = asked("陈晓", title="副教授", name="陈小晓")
    client = sign_in("李静")
    opened = client.get(f"/admin/people/{uuid}", htmx=True, status=200)
    assert cells(opened, "title") == ["职称", "讲师", "副教授"]
    assert cells(opened, "name") == ["姓名", "陈晓", "陈小晓"]
    assert not opened.all("//tr[@data-field='department']")
    closed = client.get(f"/admin/people/{uuid}?open=0", htmx=True, status=200)
    assert not closed.all("//form")
    assert client.get(f"/admin/people/{uuid}", status=200).one("//h1").text_content() == "人员审核：陈晓"


def test_a_decision_answers_the_row_the_count_and_the_event(sign_in, asked):
    first = asked("陈晓", title="副教授", days=1)
    asked(None)
    answer = decide(sign_in("李静"), first)
    assert answer.one("//tbody").get("data-status") == "approved"
    assert answer.one("//p[@id='waiting']").text_content().startswith("1 项待审核")
    assert "claim-decided" in answer.headers["HX-Trigger"]


def test_without_script_the_decision_leads_back_to_the_queue(sign_in, asked):
    uuid = asked(None)
    client = sign_in("李静")
    client.post(f"/admin/people/{uuid}/decision", data={"action": "approve", "version": "1"}, status=303)
    page = client.get("/admin/people")
    assert "已通过：林晚的注册申请" in page.words
    assert "都审核完了" in page.words
    assert listed(client.get("/admin/people?status=approved")) == [str(uuid)]


def test_a_return_needs_a_reason_and_keeps_what_was_typed(sign_in, asked, app):
    uuid = asked(None)
    client = sign_in("李静")
    refused = decide(client, uuid, "return", 422)
    assert "退回须说明原因" in refused.words
    unknown = decide(client, uuid, "delete", 422, reason="误操作")
    assert "请选择“通过”或“退回”" in unknown.words
    assert unknown.one("//textarea").text_content().strip() == "误操作"
    long = decide(client, uuid, "return", 422, reason="长" * 501)
    assert "不超过 500 个字符" in long.words
    decide(client, uuid, "return", preset="工号与姓名不符，请核对后重新提交。", reason="请带工作证来核对。")
    with app.app_context():
        kept = db.session.scalars(select(PersonRequest.reason)).one()
    assert kept == "工号与姓名不符，请核对后重新提交。请带工作证来核对。"


def test_a_taken_number_is_shown_as_such_and_cannot_be_approved(sign_in, people, asked):
    uuid = asked(None, people["何平"].username)
    client = sign_in("李静")
    assert "工号已有账号" in client.get("/admin/people").words
    opened = client.get(f"/admin/people/{uuid}", htmx=True)
    assert [button.get("value") for button in opened.all("//button[@name='action']")] == ["return"]
    assert "已有账号" in decide(client, uuid, status=422).words


def test_ones_own_is_shown_and_not_to_be_decided(sign_in, asked, app):
    uuid = asked("李静", title="教授")
    client = sign_in("李静")
    page = client.get("/admin/people")
    assert "由另一位管理员审核" in page.words
    assert "没有待审核的人员申请" in page.words
    assert not client.get(f"/admin/people/{uuid}", htmx=True).all("//form[contains(@class, 'decision')]")
    for data in ({}, {"action": "nonsense"}, {"version": "x"}):
        client.post(
            f"/admin/people/{uuid}/decision", data={"action": "approve", "version": "1", **data}, status=403
        )
    with app.app_context():
        assert db.session.scalars(select(PersonRequest.status)).all() == ["pending"]
        assert db.session.scalars(select(Event.id).where(Event.action == "change-approved")).all() == []


def test_the_second_admin_is_told_who_was_faster_and_when(sign_in, asked):
    uuid = asked("陈晓", title="副教授")
    decide(sign_in("李静"), uuid)
    late = decide(sign_in("王芳"), uuid, "return", 409, reason="请补充聘书")
    assert "李静 已于 2025-12-01 08:00 通过这项申请" in late.words
    assert "请补充聘书" in late.words
    assert late.one("//tbody[@data-status]").get("data-status") == "approved"


def test_what_was_taken_back_meanwhile_says_so(sign_in, asked, app, people):
    uuid = asked("陈晓", title="副教授")
    with app.app_context():
        withdraw_change(people.actor("陈晓"), uuid, now=NOW)
    assert "申请人已撤回这项申请" in decide(sign_in("李静"), uuid, status=409).words


def test_another_units_admin_finds_nothing(sign_in, asked):
    uuid = asked("陈晓", title="副教授")
    client = sign_in("赵磊")
    assert listed(client.get("/admin/people")) == []
    client.get(f"/admin/people/{uuid}", status=404)
    decide(client, uuid, status=404)
    client.get(f"/admin/people/{uuid4()}", status=404)


def test_hr_gets_what_no_unit_can_decide_and_may_see_all(sign_in, asked):
    nobody = asked(None, unit="临床医学院")
    lone = asked("赵磊", unit="基础医学院", title="教授")
    covered = asked("陈晓", title="副教授")
    client = sign_in("周敏")
    page = client.get("/admin/people")
    assert set(listed(page)) == {str(nobody), str(lone)}
    assert count(page) == "人员审核2"
    assert set(listed(client.get("/admin/people?scope=all"))) == {str(nobody), str(lone), str(covered)}
    decide(client, nobody)
    decide(client, lone)


def test_an_admin_on_the_move_is_announced(sign_in, asked):
    uuid = asked("李静", unit="基础医学院")
    opened = sign_in("赵磊").get(f"/admin/people/{uuid}", htmx=True)
    assert "此人现任护理学院平台管理员" in opened.words


@pytest.mark.parametrize("query", ["status=draft", "kind=x", "after=1", "after=9-" + "9" * 19, "scope=none"])
def test_an_address_no_filter_wrote_is_refused(sign_in, query):
    assert "筛选条件无法识别" in sign_in("李静").get(f"/admin/people?{query}", status=422).words


def test_pages_follow_each_other(sign_in, asked):
    made = [asked(None, f"2025{n:04}", days=40 - n) for n in range(27)]
    client = sign_in("李静")
    first = client.get("/admin/people")
    second = client.get(first.one("//a[@rel='next']").get("href"))
    assert listed(first) + listed(second) == [str(uuid) for uuid in made]


def test_the_queue_costs_the_same_however_long(sign_in, asked, queries_of):
    client = sign_in("李静")
    asked(None)
    few = len(queries_of(lambda: client.get("/admin/people", status=200)))
    for n in range(12):
        asked(None, f"2025{n:04}")
    assert len(queries_of(lambda: client.get("/admin/people", status=200))) == few <= 4


def test_the_log_names_every_deed_in_words(sign_in, asked, app, people):
    client = sign_in("李静")
    decide(client, asked(None))
    decide(client, asked(None, "20250102"), "return", reason="信息不符")
    decide(client, asked("陈晓", title="教授"))
    change = asked("刘洋", unit="基础医学院")
    with app.app_context():
        withdraw_change(people.actor("刘洋"), change, now=NOW)
    words = sign_in("周敏").get("/hr/audit", status=200).words
    for deed in ("提交注册", "通过注册", "退回注册", "申请信息变更", "通过信息变更", "申请调动", "撤回调动"):
        assert deed in words
    assert "registration-" not in words


def test_the_queue_is_searched_by_name_pinyin_and_number(asked, sign_in):
    asked(None, "20259901", name="林晚晴")
    asked("陈晓", title="副教授")
    admin = sign_in("李静")
    for q, there, missing in (
        ("晚晴", "林晚晴", "陈晓"),
        ("202599", "林晚晴", "陈晓"),
        ("chenxiao", "陈晓", "林晚晴"),
        ("陈", "陈晓", "林晚晴"),
    ):
        found = admin.get("/admin/people", query_string={"q": q}, status=200)
        names = " ".join(row.text_content() for row in found.all("//tbody[@data-claim]"))
        assert there in names, q
        assert missing not in names, q
    assert "没有符合条件的申请" in admin.get("/admin/people?q=%25", status=200).words
