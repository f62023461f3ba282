"""Units, their admins and annex papers, as HR keeps them."""

from __future__ import annotations

import io
from datetime import date

import pytest
from campus import NOW
from pypdf import PdfReader
from sqlalchemy import select, update

from portal.database import write_tx
from portal.extensions import db
from portal.models import Event, Grant, Person, Unit

PHONE = "0536-8462001"


@pytest.fixture
def unit_of(app):
    """`unit_of("护理学院")`: its uuid."""

    def find(name):
        with app.app_context():
            return db.session.scalars(select(Unit.uuid).where(Unit.name == name)).one()

    return find


@pytest.fixture
def appoint(unit_of):
    """`appoint(hr, "临床医学院", "20190007")` through the form."""

    def send(hr, unit, username, **more):
        form = {"username": username, "desk_phone": PHONE, "since": "2025-12-01", **more}
        status = form.pop("status", 303)
        return hr.post(f"/hr/units/{unit_of(unit)}/admins", data=form, status=status)

    return send


@pytest.fixture
def end_role(app, people):
    """Ends every appointment of that person as of yesterday."""

    def end(name):
        with app.app_context(), write_tx() as session:
            session.execute(
                update(Grant).where(Grant.person_id == people[name].id).values(valid_until=date(2025, 11, 30))
            )

    return end


def actions(app):
    with app.app_context():
        return list(db.session.scalars(select(Event.action).order_by(Event.id)))


def pages(answer):
    assert answer.data.startswith(b"%PDF")
    return [page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages]


def test_the_list_shows_admins_units_without_one_and_days_late(sign_in):
    page = sign_in("周敏").get("/hr/units", status=200)
    nursing = page.one("//tr[@data-unit='HLXY']").text_content()
    assert "李静" in nursing
    assert "王芳" in nursing
    assert "逾期 3 天" in nursing
    assert "无平台管理员" in page.one("//tr[@data-unit='LCYXY']").text_content()
    assert "截止 2025-11-28" in page.words


def test_a_paper_in_time_is_not_late_and_the_note_can_be_taken_back(app, sign_in, unit_of):
    hr, unit = sign_in("周敏"), unit_of("护理学院")
    address = f"/hr/units/{unit}/paper"
    hr.post(address, data={"action": "receive", "received_on": "2025-11-30", "back": "list"}, status=303)
    row = hr.get("/hr/units").one("//tr[@data-unit='HLXY']").text_content()
    assert "2025-11-30 收到" in row
    assert "迟 2 天" in row
    hr.post(address, data={"action": "receive", "received_on": "2025-11-28"}, status=303)
    row = hr.get("/hr/units").one("//tr[@data-unit='HLXY']").text_content()
    assert "2025-11-28 收到" in row
    assert "迟" not in row
    assert "逾期" in hr.get("/hr/units?year=2024").one("//tr[@data-unit='HLXY']").text_content()
    hr.post(address, data={"action": "remove"}, status=303)
    hr.post(address, data={"action": "remove"}, status=409)
    future = hr.post(address, data={"action": "receive", "received_on": "2025-12-02"}, status=422)
    assert "不能晚于今天" in future.words
    assert actions(app)[-3:] == ["annex-received", "annex-received", "annex-removed"]


def test_the_deadline_of_a_year_can_be_set(sign_in):
    hr = sign_in("周敏")
    hr.post("/hr/units/deadline", data={"year": "2025", "due_on": "2025-12-05"}, status=303)
    page = hr.get("/hr/units", status=200)
    assert "截止 2025-12-05" in page.words
    assert "逾期" not in page.words
    refused = hr.post("/hr/units/deadline", data={"year": "2025", "due_on": "2026-01-05"}, status=422)
    assert "须在 2025 年内" in refused.words


def test_adding_renaming_closing_and_reopening(app, sign_in, unit_of):
    hr = sign_in("周敏")
    hr.post("/hr/units", data={"name": "药学院", "code": "YXY"}, status=303)
    unit = unit_of("药学院")
    hr.post(f"/hr/units/{unit}/name", data={"name": "药学与检验学院"}, status=303)
    hr.post(f"/hr/units/{unit}/close", status=303)
    hr.post(f"/hr/units/{unit}/close", status=409)
    assert "已关闭" in hr.get("/hr/units").one("//tr[@data-unit='YXY']").text_content()
    hr.post(f"/hr/units/{unit}/reopen", status=303)
    assert "药学与检验学院" in hr.get(f"/hr/units/{unit}", status=200).words
    assert actions(app)[-4:] == ["unit-added", "unit-renamed", "unit-closed", "unit-reopened"]


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"name": "护理学院", "code": "NEW"}, "已有名为“护理学院”的单位"),
        ({"name": "药学院", "code": "HLXY"}, "已用于“护理学院”"),
        ({"name": "", "code": "YXY"}, "请填写单位名称"),
        ({"name": "药学院", "code": "药学"}, "大写字母或数字"),
    ],
)
def test_a_refused_unit_keeps_what_was_typed(sign_in, form, sentence):
    page = sign_in("周敏").post("/hr/units", data=form, status=422)
    assert sentence in page.words
    assert page.one("//input[@id='code-new']").get("value") == form["code"]


def test_a_unit_with_people_is_not_closed_and_they_are_listed(app, sign_in, unit_of, people):
    hr, unit = sign_in("周敏"), unit_of("临床医学院")
    refused = hr.post(f"/hr/units/{unit}/close", status=422)
    assert "还有 1 人" in refused.words
    assert "欧阳䶮" in refused.one("//table[@id='remaining']").text_content()
    with app.app_context(), write_tx() as session:
        session.execute(update(Person).where(Person.id == people["欧阳䶮"].id).values(disabled_at=NOW))
    hr.post(f"/hr/units/{unit}/close", status=303)


def test_an_appointment_counts_at_once_for_an_open_session(app, sign_in, appoint):
    theirs = sign_in("欧阳䶮", "person")
    theirs.post("/hat", data={"hat": "unit"}, status=403)
    appoint(sign_in("周敏"), "临床医学院", "20190007")
    theirs.post("/hat", data={"hat": "unit"}, status=303)
    assert "临床医学院" in theirs.get("/admin/absence", status=200).words
    assert actions(app).count("admin-appointed") == 1


def test_an_ended_appointment_shuts_an_open_session(sign_in, people, unit_of):
    theirs, hr = sign_in("李静"), sign_in("周敏")
    theirs.get("/admin/claims", status=200)
    address = f"/hr/units/{unit_of('护理学院')}/admins/end"
    hr.post(address, data={"person": str(people["李静"].uuid)}, status=303)
    theirs.get("/admin/claims", status=302)
    hr.post(address, data={"person": str(people["李静"].uuid)}, status=404)


def test_a_third_admin_is_refused_with_the_two_names(sign_in, appoint):
    refused = appoint(sign_in("周敏"), "护理学院", "20120001", status=422)
    assert "护理学院已有平台管理员李静、王芳" in refused.words
    assert refused.one("//input[@id='desk_phone-appoint']").get("value") == PHONE


@pytest.mark.parametrize(
    ("unit", "username", "sentence"),
    [
        ("临床医学院", "20180006", "何平是基础医学院的人员"),
        ("临床医学院", "99999999", "没有工号为 99999999 的人员"),
        ("护理学院", "20080003", "李静已是护理学院的平台管理员"),
    ],
)
def test_whom_a_unit_cannot_have(sign_in, appoint, unit, username, sentence):
    assert sentence in appoint(sign_in("周敏"), unit, username, status=422).words


def test_a_leaver_is_not_appointed(app, sign_in, appoint, people):
    with app.app_context(), write_tx() as session:
        session.execute(update(Person).where(Person.id == people["欧阳䶮"].id).values(disabled_at=NOW))
    assert "已离职、退休或停用" in appoint(sign_in("周敏"), "临床医学院", "20190007", status=422).words


def test_nobody_appoints_or_ends_themselves(sign_in, appoint, people, unit_of):
    hr, second = sign_in("周敏"), sign_in("孙悦")
    appoint(hr, "人事处", "20050008", status=403)
    appoint(second, "人事处", "20050008")
    address = f"/hr/units/{unit_of('人事处')}/admins/end"
    hr.post(address, data={"person": str(people["周敏"].uuid)}, status=403)
    second.post(address, data={"person": str(people["周敏"].uuid)}, status=303)


def test_a_handover_ends_the_one_and_starts_the_other(sign_in, appoint, people, clock, unit_of):
    hr, outgoing = sign_in("周敏"), str(people["李静"].uuid)
    appoint(hr, "护理学院", "20120001", since="2025-12-08", instead_of=outgoing)
    assert "至 2025-12-07" in hr.get(f"/hr/units/{unit_of('护理学院')}").words
    clock.move_to("2025-12-07")
    sign_in("李静").get("/admin/claims", status=200)
    clock.move_to("2025-12-08")
    sign_in("陈晓", "unit").get("/admin/claims", status=200)
    refused = sign_in("李静", "person").post("/hat", data={"hat": "unit"}, status=403)
    assert "没有被授予" in refused.words


def test_a_planned_appointment_can_be_called_off(sign_in, appoint, clock, unit_of):
    hr = sign_in("周敏")
    appoint(hr, "临床医学院", "20190007", since="2025-12-08")
    page = hr.get(f"/hr/units/{unit_of('临床医学院')}", status=200)
    assert "待到任" in page.words
    form = page.one("//form[button[contains(text(), '取消欧阳䶮的任命')]]")
    person = form.xpath(".//input[@name='person']")[0].get("value")
    hr.post(form.get("action"), data={"person": person}, status=303)
    assert not hr.get(f"/hr/units/{unit_of('临床医学院')}").all("//td[@data-label='止']")
    clock.move_to("2025-12-08")
    sign_in("欧阳䶮", "person").post("/hat", data={"hat": "unit"}, status=403)


def test_a_handover_planned_for_later_still_leaves_no_room_for_a_third(sign_in, appoint, people):
    hr = sign_in("周敏")
    appoint(hr, "护理学院", "20120001", since="2025-12-08", instead_of=str(people["李静"].uuid))
    assert "已有平台管理员" in appoint(hr, "护理学院", "20150002", since="2025-12-20", status=422).words
    assert "不能早于今天" in appoint(hr, "护理学院", "20150002", since="2025-11-30", status=422).words


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"desk_phone": ""}, "请填写座机号"),
        ({"desk_phone": "办公室"}, "座机号由数字"),
        ({"since": "2025-13-01"}, "这一天不存在"),
        ({"since": ""}, "请选择起始日期"),
        ({"username": ""}, "请填写拟任命人员的工号"),
        ({"instead_of": "x"}, "请从列表中选择交接人"),
        ({"instead_of": "00000000-0000-0000-0000-000000000000"}, "已不是本单位平台管理员"),
    ],
)
def test_a_refused_appointment_says_what_is_wrong(sign_in, appoint, change, sentence):
    form = {"username": "20190007", **change}
    page = appoint(sign_in("周敏"), "临床医学院", form.pop("username"), status=422, **form)
    assert sentence in page.words


def test_weighty_deeds_want_the_password_again(sign_in, appoint, clock, unit_of):
    hr = sign_in("周敏")
    clock.move_to("2025-12-01T08:06:00+08:00")
    assert "确认过密码" in appoint(hr, "临床医学院", "20190007", status=403).words
    assert "先去确认密码" in hr.get(f"/hr/units/{unit_of('临床医学院')}", status=200).words


def test_a_desk_phone_is_corrected_for_the_next_sheet(sign_in, people, unit_of):
    hr, unit = sign_in("周敏"), unit_of("护理学院")
    form = {"person": str(people["李静"].uuid), "desk_phone": "0536-8462001转12"}
    hr.post(f"/hr/units/{unit}/admins/phone", data=form, status=303)
    assert "0536-8462001转12" in pages(hr.get(f"/hr/units/{unit}/annex.pdf"))[0].replace("\n", "")
    refused = hr.post(f"/hr/units/{unit}/admins/phone", data={**form, "desk_phone": "未知"}, status=422)
    assert "座机号由数字" in refused.words
    hr.post(f"/hr/units/{unit}/admins/phone", data={**form, "person": str(people["陈晓"].uuid)}, status=404)


def test_the_annex_of_one_unit_and_of_all(sign_in, appoint, unit_of):
    hr = sign_in("周敏")
    appoint(hr, "临床医学院", "20190007")
    (sheet,) = pages(hr.get(f"/hr/units/{unit_of('临床医学院')}/annex.pdf", status=200))
    for words in (
        "附件2",
        "山东省继续教育平台管理人员信息表",
        "所在单位（公章）：",
        "负责人：",
        "座机号",
        "欧阳䶮",
        PHONE,
    ):
        assert words in sheet.replace("\n", ""), words
    sheets = pages(hr.get("/hr/units/annex.pdf", status=200))
    assert len(sheets) == 5
    assert [("李静" in one and "王芳" in one) for one in sheets].count(True) == 1


def test_an_admin_prints_the_own_sheet_and_no_other(sign_in, unit_of):
    admin = sign_in("李静")
    assert "王芳" in pages(admin.get(f"/hr/units/{unit_of('护理学院')}/annex.pdf", status=200))[0]
    admin.get(f"/hr/units/{unit_of('基础医学院')}/annex.pdf", status=404)
    sign_in("李静", "person").get(f"/hr/units/{unit_of('护理学院')}/annex.pdf", status=403)


def test_a_unit_whose_admins_are_gone_is_shown_to_hr(sign_in, end_role, filing):
    filing.claim("何平")
    end_role("赵磊")
    hr = sign_in("周敏")
    assert "无平台管理员" in hr.get("/hr/units").one("//tr[@data-unit='JCYXY']").text_content()
    assert "何平" in hr.get("/admin/claims").words
