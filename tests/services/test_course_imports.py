"""Course records: faults told by row, good rows once, changes when agreed, all of it undone whole."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from campus import NOW
from sqlalchemy import func, select, update

from portal import jobs, spreadsheets
from portal.database import write_tx
from portal.extensions import db
from portal.models import Certificate, CourseRecord, Event, Person, PersonYear
from portal.queries import course_imports as queries
from portal.rules.policy import shipped
from portal.rules.refusals import Conflict, NotFound, RuleBroken
from portal.services import certificates, course_imports, course_jobs, course_previews, roster, standings
from portal.services.signatures import single
from portal.spreadsheets import Row, Sheet

DATA = Path(__file__).parents[1] / "data"
TODAY = NOW.date()
HEADINGS = ("记录编号", "工号", "姓名", "学习平台", "课程名称", "科目类型", "学时", "完成日期")
GOOD = ("K1", "20120001", "陈晓", "蟹壳云学", "药物警戒", "公需科目", "30", "2025-06-01")

# the README of the samples counts them; each by the words of its reason
FAULTS = {
    "不在人员名册中": 9,
    "不符": 9,
    "学时为 0": 9,
    "学时为负数": 9,
    "不是学时数": 8,
    "不是 0.5 的倍数": 8,
    "不是真实的日期": 8,
    "属于其他年度": 8,
    "科目类型“选修”无法识别": 8,
    "记录编号为空": 8,
    "完全相同": 8,
    "重复而学时不同": 8,
}


def sheet(*rows, headings=HEADINGS, digest="0" * 64):
    made = [
        Row(number, dict(zip(headings, [*cells, *[""] * len(headings)], strict=False)))
        for number, cells in enumerate(rows, 2)
    ]
    return Sheet(headings, tuple(made), digest)


def but(**changed):
    """The good row with other cells: but(学时="0")."""
    return tuple(changed.get(heading, cell) for heading, cell in zip(HEADINGS, GOOD, strict=True))


@pytest.fixture
def hr(app, people):
    """HR at the list: `look(sheet)`, `take(sheet, chosen=…)`, `back(batch)`, each to its end."""

    class Desk:
        actor = people.actor("周敏")
        folder = Path(app.instance_path) / "imports"

        def look(self, given, *, year=None):
            with app.app_context():
                return course_previews.preview(
                    self.actor,
                    given,
                    "课程.xlsx",
                    year=year,
                    policies=shipped(),
                    folder=self.folder,
                    now=NOW,
                    today=TODAY,
                )

        def agree(self, batch, *, chosen=()):
            with app.app_context():
                course_jobs.start(self.actor, batch, chosen=chosen, now=NOW)

        def take(self, given, *, chosen=(), year=None):
            batch = self.look(given, year=year)
            self.agree(batch, chosen=chosen)
            assert jobs.run_all(app) == 1
            return batch

        def back(self, batch):
            with app.app_context():
                course_jobs.start_undo(self.actor, batch, now=NOW)
            assert jobs.run_all(app) == 1

        def report(self, batch):
            with app.app_context():
                return queries.report(batch, viewer=self.actor.person_id)

        def faults(self, batch):
            with app.app_context():
                found = queries.report(batch, viewer=self.actor.person_id)
                return {row.number: "".join(row.problems) for row in queries.faults(found.id)}

        def changes(self, batch):
            with app.app_context():
                return queries.changes(queries.report(batch, viewer=self.actor.person_id).id)

    return Desk()


def records(app):
    """What is there, without what differs from run to run."""
    columns = (
        *(Person.username, CourseRecord.platform, CourseRecord.record_id, CourseRecord.title),
        *(CourseRecord.subject, CourseRecord.year, CourseRecord.quarters, CourseRecord.completed_on),
    )
    with app.app_context():
        rows = db.session.execute(select(*columns).join(Person, Person.id == CourseRecord.person_id)).all()
        return sorted(tuple(row) for row in rows)


def years(app):
    with app.app_context():
        rows = db.session.scalars(select(PersonYear)).all()
        return {
            (row.person_id, row.year): (row.public, row.professional, row.met)
            for row in rows
            if row.public or row.professional
        }


def recomputed(app):
    """The standing of everybody as it would be computed afresh."""
    before = years(app)
    with app.app_context(), write_tx() as session:
        for person, year in session.execute(select(PersonYear.person_id, PersonYear.year)).all():
            standings.settle(session, person, (year, year), shipped(), now=NOW)
    after = years(app)
    assert before == after
    return after


def with_roster(app, people):
    """The 600 people of the samples, 欧阳䶮's group and all."""
    with app.app_context():
        when = {"now": NOW, "today": TODAY}
        listed = spreadsheets.read(DATA / "staff.xlsx", "staff.xlsx")
        batch = roster.preview(people.actor("周敏"), listed, "staff.xlsx", **when)
        roster.commit(people.actor("周敏"), batch, create_units=True, **when)


@pytest.fixture
def alone(app):
    """The people of the tests whose 工号 the samples use as well give them up."""
    with app.app_context(), write_tx() as session:
        for row in session.execute(select(Person.id, Person.username)).all():
            session.execute(update(Person).where(Person.id == row.id).values(username=f"T{row.username}"))


def test_the_sample_goes_in_once_with_each_fault_told(app, people, hr, alone):
    with_roster(app, people)
    book = spreadsheets.read(DATA / "courses.xlsx", "courses.xlsx")
    looked = hr.look(book)
    told = hr.faults(looked)
    counted = Counter(next(word for word in FAULTS if word in why) for why in told.values())
    assert counted == FAULTS
    assert told[173] == "科目类型“选修”无法识别，应为公需科目或专业科目。"
    assert hr.report(looked).counts == {"new": 5916, "bad": 100}
    assert records(app) == [], "a preview writes no record"
    batch = hr.take(book)
    assert hr.report(batch).counts == {"new": 5916, "bad": 100}
    assert hr.faults(batch) == told
    assert len(records(app)) == 5916
    kept = recomputed(app)
    assert sum(public + professional for public, professional, _ in kept.values()) > 0
    with app.app_context():
        left = select(func.count(CourseRecord.id)).join(Person, Person.id == CourseRecord.person_id)
        assert db.session.scalar(left.where(Person.departure.is_not(None))), "who has retired keeps the hours"
    other = hr.take(spreadsheets.read(DATA / "courses-gb18030.csv", "courses-gb18030.csv"))
    assert hr.report(other).counts == {"same": 5916, "bad": 100}
    assert hr.faults(other) == told
    hr.back(batch)
    assert records(app) == []
    assert years(app) == {}
    assert hr.report(batch).undone == 5916
    left = [
        file.name for file in hr.folder.glob("*.ndjson") if str(batch) in file.name or str(other) in file.name
    ]
    assert not left, "nothing parsed is left behind"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (but(工号="99"), "工号 99 不在人员名册中"),
        (but(姓名="陈小"), "姓名“陈小”与工号 20120001 的姓名“陈晓”不符"),
        (but(工号="2.012E+07"), "科学计数法"),
        (but(学时="0"), "学时为 0"),
        (but(学时="-4"), "学时为负数（-4）"),
        (but(学时="四学时"), "“四学时”不是学时数"),
        (but(学时="1.3"), "不是 0.5 的倍数"),
        (but(学时="9999"), "单条记录最多 500 学时"),
        (but(完成日期="2025-02-30"), "不是真实的日期"),
        (but(完成日期="去年"), "无法识别，请写成 2025-07-01"),
        (but(完成日期="1999-05-01"), "属于其他年度"),
        (but(完成日期="2025-12-02"), "还没有到"),
        (but(科目类型="选修"), "科目类型“选修”无法识别"),
        (but(记录编号=""), "记录编号为空"),
        (but(记录编号="K" * 61), "超过 60 个字符"),
        (but(课程名称="药\u202e物"), "控制字符"),
    ],
)
def test_a_bad_row_is_told_and_the_good_one_goes_in(app, hr, row, why):
    batch = hr.take(sheet(row, but(记录编号="K2")))
    told = hr.faults(batch)
    assert list(told) == [2]
    assert why in told[2]
    assert len(records(app)) == 1


@pytest.mark.parametrize(
    "text",
    ["2025-06-01", "2025/6/1", "2025.06.01", "2025年6月1日", "20250601", "45809", "2025-06-01 08:30:00"],
)
def test_a_date_is_read_however_it_is_written(app, hr, text):
    hr.take(sheet(but(完成日期=text, 工号="20120001.0", 姓名=" 陈 晓")))
    assert records(app)[0][-1] == date(2025, 6, 1)


def test_another_year_than_the_chosen_one_is_a_fault(app, hr):
    batch = hr.take(sheet(but(完成日期="2024-06-01"), but(记录编号="K2")), year=2025)
    assert hr.faults(batch) == {2: "完成日期 2024-06-01 不在 2025 年度。"}


def test_columns_under_other_names_are_known_and_missing_ones_named(app, hr):
    other = ("流水号", "职工号", "姓名", "平台", "课程", "科目", "学时数", "完成时间")
    hr.take(sheet(GOOD, headings=other))
    assert len(records(app)) == 1
    with pytest.raises(RuleBroken, match=r"缺少列：学习平台、学时。文件第一行的列名是：.*“分数”"):
        hr.look(sheet(GOOD, headings=(*HEADINGS[:3], "渠道", *HEADINGS[4:6], "分数", HEADINGS[7])))
    with pytest.raises(RuleBroken, match="列名在第 2 行"):
        hr.look(sheet(HEADINGS, GOOD, headings=("课程学时汇总表", *[""] * 7)))


def test_a_change_is_told_and_made_only_when_ticked(app, people, hr):
    hr.take(sheet(GOOD))
    before = records(app), years(app)
    other = sheet(but(学时="10", 科目类型="专业科目"))
    refused = hr.take(other)
    assert hr.report(refused).counts == {"changed": 1, "bad": 0}
    change = hr.changes(refused)[0]
    assert change.before == {"subject": "public", "quarters": 120}
    assert change.after == {"subject": "professional", "quarters": 40}
    assert (records(app), years(app)) == before
    taken = hr.take(other, chosen=[2])
    assert hr.report(taken).counts == {"applied": 1, "bad": 0}
    assert years(app) == {(people["陈晓"].id, 2025): (0, 40, False)}
    hr.back(taken)
    assert (records(app), years(app)) == before


def test_undoing_keeps_what_a_later_list_changed(app, hr):
    first = hr.take(sheet(GOOD, but(记录编号="K2")))
    hr.take(sheet(but(学时="10")), chosen=None)
    hr.back(first)
    assert [row[2] for row in records(app)] == ["K1"]
    report = hr.report(first)
    assert (report.undone, report.kept) == (1, 1)
    recomputed(app)


def test_a_certificate_falls_with_the_hours_it_rested_on(app, people, hr):
    batch = hr.take(sheet(GOOD, but(记录编号="K2", 科目类型="专业科目", 学时="60")))
    with app.app_context():
        certificates.issue(
            people.actor("陈晓", "person"),
            2025,
            policies=shipped(),
            signer=single(b"k" * 32),
            school="校",
            now=NOW,
        )
    hr.back(batch)
    with app.app_context():
        certificate = db.session.scalars(select(Certificate)).one()
        assert certificate.revoked_at is not None
        assert certificate.revoked_reason == standings.FELL
        (fell,) = db.session.scalars(select(Event).where(Event.action == "certificate-fell")).all()
        assert (fell.object_uuid, fell.details) == (
            certificate.uuid,
            {"number": certificate.number, "batch": str(batch)},
        )


def test_a_batch_is_agreed_to_once_by_who_looked_at_it(app, people, hr):
    batch = hr.look(sheet(GOOD))
    with app.app_context():
        with pytest.raises(NotFound):
            course_jobs.start(people.actor("孙悦"), batch, chosen=(), now=NOW)
        course_jobs.start(hr.actor, batch, chosen=(), now=NOW)
        with pytest.raises(Conflict, match="没有重复写入"):
            course_jobs.start(hr.actor, batch, chosen=(), now=NOW)
        with pytest.raises(Conflict, match="正在处理"):
            course_jobs.resume(hr.actor, batch, now=NOW)
    jobs.run_all(app)
    hr.back(batch)
    with app.app_context():
        with pytest.raises(Conflict, match="已经撤销"):
            course_jobs.start_undo(hr.actor, batch, now=NOW)
        deeds = db.session.scalars(
            select(Event.action).where(Event.object_uuid == batch).order_by(Event.id)
        ).all()
    assert deeds == ["courses-import-agreed", "courses-imported", "courses-undo-agreed", "courses-undone"]


def test_each_chunk_leaves_every_standing_right_and_another_job_goes_on(app, hr, monkeypatch):
    monkeypatch.setattr(course_imports, "CHUNK", 3)
    rows = [but(记录编号=f"K{n}", 学时="1") for n in range(10)]
    batch = hr.look(sheet(*rows))
    hr.agree(batch)
    taken = course_imports._chunk

    def stops(*given):
        assert hr.report(batch).done < 6, "it was told to stop"
        taken(*given)
        recomputed(app)
        if hr.report(batch).done == 6:
            raise Conflict("stop")
        return True

    monkeypatch.setattr(course_imports, "_chunk", stops)
    jobs.run_all(app)
    assert len(records(app)) == 6
    monkeypatch.setattr(course_imports, "_chunk", taken)
    with app.app_context():
        course_jobs.resume(hr.actor, batch, now=NOW)
    jobs.run_all(app)
    assert len(records(app)) == 10
    assert hr.report(batch).counts == {"new": 10, "bad": 0}
    recomputed(app)
