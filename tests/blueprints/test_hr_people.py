"""HR takes rosters in by the pages, finds people, disables accounts and hands out codes."""

import io
import re
from datetime import timedelta

import pytest
from campus import NOW
from sqlalchemy import func, select

from portal.extensions import db
from portal.models import Person

HEAD = "工号,姓名,单位,工作部门,状态\n"
ROSTER = HEAD + "00000050,张三,护理学院,办公室,在职\n00000051,,护理学院,办公室,在职\n52,李四,药学院,办公室,\n"


def send(desk, text=ROSTER, name="名册.csv", **kwargs):
    data = {"file": (io.BytesIO(text.encode("gb18030")), name)}
    return desk.post("/hr/imports", data=data, **kwargs)


def someone(app, username):
    with app.app_context():
        return db.session.scalars(select(Person).where(Person.username == username)).one_or_none()


def test_upload_look_agree_report_and_take_back(app, sign_in):
    desk = sign_in("周敏")
    where = send(desk, status=303).location
    page = desk.get(where, status=200)
    assert "名册预览" in page.words
    assert "姓名为空" in page.words
    assert "同时新增这 1 个单位，并导入其 1 人" in page.words
    assert someone(app, "00000050") is None, "a preview writes nobody"
    desk.post(f"{where}/commit", data={"create_units": "yes"}, status=303)
    report = desk.get(where, status=200)
    assert "新增单位：药学院" in report.words
    assert someone(app, "00000050").password_hash is None
    assert someone(app, "52").unit_id
    assert someone(app, "00000051") is None
    assert "名册.csv" in desk.get("/hr/imports", status=200).words
    desk.post(f"{where}/commit", data={}, status=409)
    desk.post(f"{where}/undo", data={}, status=303)
    assert "撤销 2 行，保留 0 行" in desk.get(where, status=200).words
    with app.app_context():
        assert db.session.scalar(select(func.count(Person.id))) == 10


def test_taking_in_and_taking_back_ask_for_a_recent_password(app, clock, sign_in):
    desk = sign_in("周敏")
    where = send(desk, status=303).location
    clock.instant = NOW + timedelta(minutes=6)
    for deed in ("commit", "undo"):
        assert "5 分钟内确认过密码" in desk.post(f"{where}/{deed}", data={}, status=403).words
    assert someone(app, "00000050") is None


@pytest.mark.parametrize(
    ("text", "name", "sentence"),
    [
        ("工号,姓名\n1,甲", "a.csv", "名册缺少列：单位、工作部门"),
        ("", "a.csv", "空文件"),
        (ROSTER, "a.xlsx", "不是 Excel 工作簿"),
    ],
)
def test_what_is_no_roster_is_refused_and_leaves_no_file(app, sign_in, text, name, sentence):
    assert sentence in send(sign_in("周敏"), text, name, status=422).words
    staging = app.extensions["portal.store"].stage_dir
    assert list(staging.iterdir()) == []


def test_no_file_is_asked_for(sign_in):
    assert "请选择名册文件" in sign_in("周敏").post("/hr/imports", data={}, status=422).words


def test_another_officers_preview_is_not_there(sign_in):
    where = send(sign_in("周敏"), status=303).location
    sign_in("孙悦").get(where, status=404)
    sign_in("孙悦").post(f"{where}/commit", data={}, status=404)


@pytest.mark.parametrize("search", ["20120001", "陈晓", "chenxiao", "cx", "CX"])
def test_people_are_found_by_number_name_and_pinyin(sign_in, search):
    page = sign_in("周敏").get("/hr/people", query_string={"q": search}, status=200)
    assert "20120001" in page.words
    assert "20150002" not in page.words


@pytest.mark.parametrize("search", ["%", "_", "\x00", "'", "没有此人"])
def test_odd_searches_find_nobody(sign_in, search):
    page = sign_in("周敏").get("/hr/people", query_string={"q": search}, status=200)
    assert ("没有找到" in page.words) == (search != "\x00")


def test_disabling_ends_sessions_at_once_and_enabling_lets_in(people, sign_in):
    open_session, desk = sign_in("陈晓"), sign_in("周敏")
    uuid = people["陈晓"].uuid
    assert "请填写停用原因" in desk.post(f"/hr/people/{uuid}/disable", data={}, status=422).words
    open_session.get("/standing", status=200)
    desk.post(f"/hr/people/{uuid}/disable", data={"reason": "账号被冒用"}, status=303)
    assert open_session.get("/standing").status_code == 302
    assert "已停用" in desk.get(f"/admin/staff/{uuid}", status=200).words
    desk.post(f"/hr/people/{uuid}/disable", data={"reason": "账号被冒用"}, status=409)
    desk.post(f"/hr/people/{uuid}/enable", data={}, status=303)
    sign_in("陈晓").get("/standing", status=200)
    desk.post(f"/hr/people/{uuid}/enable", data={}, status=409)


@pytest.mark.parametrize("name", ["周敏", "孙悦", "吴审"])
def test_nobody_disables_oneself_or_a_fellow_officer(people, sign_in, name):
    address = f"/hr/people/{people[name].uuid}/disable"
    sign_in("周敏").post(address, data={"reason": "试试"}, status=403)
    sign_in(name)


def test_an_admin_hands_a_code_out_on_the_page_and_it_is_shown_once(people, client, sign_in):
    desk, uuid = sign_in("李静"), people["陈晓"].uuid
    assert f"/admin/staff/{uuid}" in desk.get("/admin/standing", status=200).text
    shown = desk.post(f"/admin/staff/{uuid}/code", data={}, status=200)
    code = re.search(r'id="one-time-code">([A-Z2-7]{10})<', shown.text)[1]
    assert code not in desk.get(f"/admin/staff/{uuid}", status=200).text
    new = "lantern-over-sea"
    given = {"username": people["陈晓"].username, "code": code, "new": new, "again": new}
    client.post("/login/code", data=given, status=303)


@pytest.mark.parametrize(("name", "status"), [("王芳", 403), ("李静", 403), ("何平", 404), ("周敏", 404)])
def test_an_admin_hands_no_code_to_admins_or_other_units(people, sign_in, name, status):
    sign_in("李静").post(f"/admin/staff/{people[name].uuid}/code", data={}, status=status)
