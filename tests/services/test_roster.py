"""A roster goes in whole or row by told row, touches no password and no role, and can be taken back."""

from pathlib import Path

import pytest
from campus import NOW, PASSWORD
from sqlalchemy import func, select, update

from portal import spreadsheets
from portal.database import write_tx
from portal.extensions import db
from portal.models import Claim, Event, Grant, ImportBatch, ImportRow, Login, Person, Unit
from portal.queries import imports
from portal.rules.refusals import Conflict, NotFound, RuleBroken
from portal.services import codes, roster, roster_undo
from portal.spreadsheets import Row, Sheet

TODAY = NOW.date()
SAMPLE = Path(__file__).parents[1] / "data" / "staff.xlsx"
HEADINGS = ("工号", "姓名", "单位", "工作部门", "职称系列", "职称", "手机", "状态")


def sheet(*rows, headings=HEADINGS):
    """A roster of these rows; a row is its cells in the order of the headings, the rest is left empty."""
    made = [
        Row(number, dict(zip(headings, [*cells, *[""] * len(headings)], strict=False)))
        for number, cells in enumerate(rows, 2)
    ]
    return Sheet(headings, tuple(made), "0" * 64)


@pytest.fixture
def hr(app, people):
    """HR at the roster: `look(sheet)`, `take(sheet, create_units=…)`, `back(batch)`."""

    class Desk:
        actor = people.actor("周敏")

        def look(self, given):
            with app.app_context():
                return roster.preview(self.actor, given, "名册.xlsx", now=NOW, today=TODAY)

        def take(self, given, *, create_units=False):
            batch = self.look(given)
            with app.app_context():
                roster.commit(self.actor, batch, create_units=create_units, now=NOW, today=TODAY)
            return batch

        def back(self, batch):
            with app.app_context():
                return roster_undo.undo(self.actor, batch, now=NOW, today=TODAY)

        def report(self, batch):
            with app.app_context():
                return imports.report(batch, previewer=self.actor.person_id)

        def faults(self, given):
            return {row.number: "".join(row.problems) for row in self.report(self.look(given)).faults}

    return Desk()


def person(app, username):
    with app.app_context():
        return db.session.execute(
            select(Person, Unit.name.label("unit"))
            .join(Unit, Unit.id == Person.unit_id)
            .where(Person.username == username)
        ).one_or_none()


def rows_of(app, table):
    with app.app_context():
        return sorted(map(repr, db.session.execute(select(db.metadata.tables[table])).all()))


def test_the_whole_sample_goes_in_and_comes_out(app, hr):
    before = {name: rows_of(app, name) for name in ("people", "units", "grants")}
    batch = hr.take(spreadsheets.read(SAMPLE, "staff.xlsx"), create_units=True)
    report = hr.report(batch)
    # three 工号 of the sample belong to people of the tests, two of whom are admins of another unit
    assert report.summary["counts"] == {"new": 597, "changed": 1, "bad": 2}
    assert all("请先结束或交接角色" in row.problems[0] for row in report.faults)
    with app.app_context():
        known = select(Person).where(Person.password_hash.is_(None))
        taken = db.session.scalars(known).all()
        assert len(taken) == 597
        assert {len(one.username) for one in taken} == {8}
        assert sum(one.username.startswith("0") for one in taken) == 12
        assert {"𠮷田", "欧阳䶮", "买买提·阿不都热合曼"} <= {one.name for one in taken}
        retired = [one for one in taken if one.departure == "retired"]
        assert retired
        assert all(one.disabled_at for one in retired)
        assert all(one.search_key for one in taken)
        assert db.session.scalar(select(func.count(Unit.id))) == 5 + len(report.summary["units_added"])
    again = hr.take(spreadsheets.read(SAMPLE, "staff.xlsx"))
    assert hr.report(again).summary["counts"] == {"same": 598, "bad": 2}
    assert hr.back(batch) == {"undone": 598, "kept": 0}
    assert {name: rows_of(app, name) for name in before} == before


def test_unknown_units_hold_their_rows_until_somebody_agrees(app, hr):
    given = sheet(("31", "甲乙", "药学院", "办公室"), ("32", "丙丁", "护理学院", "办公室"))
    batch = hr.take(given)
    assert hr.report(batch).summary["counts"] == {"held": 1, "new": 1}
    assert hr.report(batch).summary["unknown_units"] == ["药学院"]
    assert person(app, "31") is None
    hr.take(given, create_units=True)
    assert person(app, "31").unit == "药学院"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("", "甲", "护理学院", "办公室"), "工号为空"),
        (("1", "", "护理学院", "办公室"), "姓名为空"),
        (("1", "甲", "护理学院", ""), "工作部门为空"),
        (("1", "甲", "火箭学院", "办公室"), "单位“火箭学院”尚不存在"),
        (("2.006E+07", "甲", "护理学院", "办公室"), "科学计数法"),
        (("1 2", "甲", "护理学院", "办公室"), "工号“1 2”"),
        (("1.5", "甲", "护理学院", "办公室"), "工号“1.5”"),
        (("1", "甲\U000e0041", "护理学院", "办公室"), "控制字符"),
        (("1", "甲\U0001f600", "护理学院", "办公室"), "“😀”（U+1F600）无法印在证书上"),
        (("1", "甲" * 61, "护理学院", "办公室"), "超过 60 个字符"),
        (("1", "甲", "护理学院", "办公室", "", "", "", "借调"), "状态“借调”无法识别"),
    ],
)
def test_a_bad_row_is_told_and_the_good_ones_go_in(app, hr, row, why):
    given = sheet(row, ("77", "好人", "护理学院", "办公室"))
    told = hr.faults(given)
    assert list(told) == [2]
    assert why in told[2]
    hr.take(given)
    assert person(app, "77").unit == "护理学院"
    with app.app_context():
        assert db.session.scalar(select(func.count(Person.id))) == 11


def test_both_rows_of_one_number_are_told(app, hr):
    given = sheet(("31", "甲", "护理学院", "办公室"), ("31", "乙", "护理学院", "办公室"))
    assert hr.faults(given) == {2: "工号 31 与第 3 行重复。", 3: "工号 31 与第 2 行重复。"}


def test_a_formula_is_told_by_its_column(hr):
    given = sheet(("31", "甲", "护理学院", "办公室"))
    odd = Sheet(given.headings, (Row(2, given.rows[0].cells, ("姓名",)),), "")
    assert "“姓名”是公式" in hr.faults(odd)[2]


def test_missing_columns_are_named(hr):
    with pytest.raises(RuleBroken, match="名册缺少列：单位、工作部门"):
        hr.look(sheet(("1", "甲"), headings=("工号", "姓名")))


def test_a_known_person_is_updated_and_keeps_password_and_roles(app, hr, people, sign_in, filing):
    claim = filing.claim("陈晓", status="pending")
    kept = person(app, "20120001").Person.password_hash
    grants = rows_of(app, "grants")
    batch = hr.take(sheet(("20120001", "陈晓晓", "基础医学院", "内科", "", "教授")))
    now = person(app, "20120001")
    assert (now.Person.name, now.unit, now.Person.department, now.Person.title) == (
        "陈晓晓",
        "基础医学院",
        "内科",
        "教授",
    )
    assert now.Person.title_series == "高校教师", "an empty cell erases nothing"
    assert now.Person.search_key.startswith("陈晓晓 ")
    assert now.Person.password_hash == kept
    assert rows_of(app, "grants") == grants
    with app.app_context():
        assert db.session.get(Claim, claim.id).unit_id == people["赵磊"].unit_id, "what waits goes along"
    hr.back(batch)
    back = person(app, "20120001")
    assert (back.Person.name, back.unit, back.Person.title) == ("陈晓", "护理学院", "讲师")
    with app.app_context():
        assert db.session.get(Claim, claim.id).unit_id == people["陈晓"].unit_id


def test_leaving_ends_sessions_at_once_and_returning_lets_in_again(app, hr, client, people, sign_in):
    open_session = sign_in("陈晓")
    leave = ("20120001", "陈晓", "护理学院", "教研室", "", "", "", "退休")
    hr.take(sheet(leave))
    assert open_session.get("/standing").status_code == 302
    given = {"username": "20120001", "password": PASSWORD, "hat": "person"}
    client.post("/login", data=given, status=422)
    stay = (*leave[:7], "在职")
    hr.take(sheet(stay))
    client.post("/login", data=given, status=303)
    assert person(app, "20120001").Person.departure is None


def test_a_leaver_drops_out_of_the_obligation(hr, sign_in):
    assert "共 4 人" in sign_in("李静").get("/admin/standing", status=200).words
    hr.take(sheet(("20120001", "陈晓", "护理学院", "教研室", "", "", "", "离职")))
    assert "共 3 人" in sign_in("李静").get("/admin/standing", status=200).words


def test_somebody_disabled_for_another_reason_is_not_let_in_by_a_roster(app, hr):
    with app.app_context(), write_tx() as session:
        session.execute(update(Person).where(Person.username == "20120001").values(disabled_at=NOW))
    hr.take(sheet(("20120001", "陈晓", "护理学院", "教研室", "", "", "", "在职")))
    assert person(app, "20120001").Person.disabled_at is not None


@pytest.mark.parametrize(
    "row",
    [
        ("20080003", "李静", "基础医学院", "教研室"),
        ("20080003", "李静", "护理学院", "教研室", "", "", "", "离职"),
        ("20110009", "孙悦", "人事处", "教研室", "", "", "", "退休"),
        ("20050008", "周敏", "人事处", "教研室", "", "", "", "退休"),
    ],
)
def test_who_holds_a_role_is_neither_moved_nor_marked_as_left(app, hr, row):
    grants = rows_of(app, "grants")
    assert "请先结束或交接角色" in hr.faults(sheet(row))[2]
    hr.take(sheet(row))
    assert rows_of(app, "grants") == grants
    assert person(app, row[0]).Person.disabled_at is None


def test_a_preview_writes_no_person_and_is_taken_in_once_by_its_maker(app, hr, people):
    before = rows_of(app, "people")
    batch = hr.look(sheet(("31", "甲", "护理学院", "办公室")))
    assert rows_of(app, "people") == before
    with app.app_context():
        with pytest.raises(NotFound):
            roster.commit(people.actor("孙悦"), batch, create_units=False, now=NOW, today=TODAY)
        roster.commit(hr.actor, batch, create_units=False, now=NOW, today=TODAY)
        with pytest.raises(Conflict):
            roster.commit(hr.actor, batch, create_units=False, now=NOW, today=TODAY)
        deeds = db.session.scalars(select(Event.action).where(Event.object_uuid == batch)).all()
    assert deeds == ["roster-imported"]


def test_another_preview_replaces_the_first(app, hr):
    first = hr.look(sheet(("31", "甲", "护理学院", "办公室")))
    hr.look(sheet(("32", "乙", "护理学院", "办公室")))
    with app.app_context():
        assert db.session.scalar(select(func.count(ImportBatch.id))) == 1
        assert db.session.scalar(select(func.count(ImportRow.number))) == 1
        with pytest.raises(NotFound):
            roster.commit(hr.actor, first, create_units=False, now=NOW, today=TODAY)


def test_undoing_keeps_what_somebody_built_on_since(app, hr, people):
    batch = hr.take(
        sheet(
            ("31", "甲", "护理学院", "办公室"),
            ("32", "乙", "护理学院", "办公室"),
            ("20120001", "陈晓", "护理学院", "内科"),
            ("20150002", "刘洋", "护理学院", "外科"),
        )
    )
    with app.app_context():
        uuid = db.session.scalars(select(Person.uuid).where(Person.username == "31")).one()
        codes.issue_to(hr.actor, uuid, now=NOW, today=TODAY)
    hr.take(sheet(("20120001", "陈晓", "护理学院", "儿科")))
    assert hr.back(batch) == {"undone": 2, "kept": 2}
    assert person(app, "31") is not None
    assert person(app, "32") is None
    assert person(app, "20120001").Person.department == "儿科"
    assert person(app, "20150002").Person.department == "教研室"
    assert {row.number: row.problems for row in hr.report(batch).changes if row.problems} == {
        2: ["此人已有申报、登录等记录，保留。"],
        4: ["导入之后又有变更，保留现在的内容。"],
    }
    with app.app_context(), pytest.raises(Conflict):
        roster_undo.undo(hr.actor, batch, now=NOW, today=TODAY)


def test_a_new_person_redeems_a_code_before_signing_in(app, client, hr):
    hr.take(sheet(("00000031", "甲乙", "护理学院", "办公室")))
    given = {"username": "00000031", "password": "", "hat": "person"}
    client.post("/login", data=given, status=422)
    with app.app_context():
        uuid = db.session.scalars(select(Person.uuid).where(Person.username == "00000031")).one()
        code = codes.issue_to(hr.actor, uuid, now=NOW, today=TODAY)
    new = "lantern-over-sea"
    client.post(
        "/login/code", data={"username": "00000031", "code": code, "new": new, "again": new}, status=303
    )
    client.post("/login", data={**given, "password": new}, status=303)
    with app.app_context():
        assert db.session.scalar(select(func.count(Login.id)).where(Login.ended_at.is_(None))) == 1
        assert db.session.scalar(select(func.count(Grant.id))) == 6
