"""Lists out of the portal: what is in them, who may take which, and what the log keeps."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from campus import NOW, Filing, People
from click.testing import CliRunner
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update
from strict import StrictClient

from portal import jobs
from portal.cli import main
from portal.database import write_tx
from portal.extensions import db
from portal.models import Event, Grant, Job, Person, Unit
from portal.rules.policy import shipped
from portal.rules.vocabulary import ObligationKind
from portal.services import exports, obligations
from portal.services.evidence import Intake

SignIn = Callable[..., StrictClient]
STANDINGS = {"what": "standings", "year": "2025", "span": "1", "form": "csv"}


def table(answer: Any) -> list[list[str]]:
    return list(csv.reader(answer.get_data().decode("utf-8-sig").splitlines()))


def by_name(answer: Any) -> dict[str, dict[str, str]]:
    heading, *rows, _stamp = table(answer)
    return {row[1]: dict(zip(heading, row, strict=True)) for row in rows}


def exported(app: Flask) -> list[dict[str, Any]]:
    with app.app_context():
        return list(
            db.session.scalars(
                select(Event.details).where(Event.action == "list-exported").order_by(Event.id)
            )
        )


def test_standings_of_one_year_by_person(sign_in: SignIn, filing: Filing) -> None:
    filing.met("陈晓")
    filing.claim("刘洋", "publication", "approved")
    found = by_name(sign_in("周敏").post("/hr/exports", data=STANDINGS))
    assert found["陈晓"] == {
        **{"工号": "20120001", "姓名": "陈晓", "单位": "护理学院", "工作部门": "教研室"},
        **{"职称系列": "高校教师", "职称": "讲师", "2025年公需科目": "30", "2025年专业科目": "60"},
        **{"2025年合计": "90", "2025年是否达标": "达标", "人事处核定的学时要求": ""},
    }
    assert found["刘洋"]["2025年专业科目"] == "10"
    assert found["刘洋"]["2025年是否达标"] == "未达标"


def test_five_years_end_in_one_verdict(sign_in: SignIn, filing: Filing) -> None:
    for year in range(2021, 2026):
        filing.met("陈晓", year)
    filing.met("刘洋", 2024)
    found = by_name(sign_in("周敏").post("/hr/exports", data={**STANDINGS, "span": "5"}))
    assert found["陈晓"]["5年结论"] == "全部达标"
    assert found["刘洋"]["5年中达标年数"] == "1"
    assert found["刘洋"]["5年结论"] == "4 年未达标"
    assert [name for name in found["陈晓"] if name.endswith("是否达标")] == [
        f"{year}年是否达标" for year in range(2021, 2026)
    ]


def test_other_figures_are_counted_and_named(
    app: Flask, sign_in: SignIn, filing: Filing, people: People
) -> None:
    filing.claim("刘洋", "publication", "approved")
    with app.app_context():
        obligations.set_figures(
            people.actor("周敏"),
            people["刘洋"].uuid,
            2025,
            kind=ObligationKind.LEAVE,
            public=0,
            professional=40,
            reason="产假",
            intake=Intake(),
            policies=shipped(),
            now=NOW,
        )
    row = by_name(sign_in("周敏").post("/hr/exports", data=STANDINGS))["刘洋"]
    assert row["2025年是否达标"] == "达标"
    assert row["人事处核定的学时要求"] == "2025 年 公需 0、专业 10"


@pytest.mark.parametrize(
    ("filters", "names"),
    [({"status": "met"}, {"陈晓"}), ({"status": "short", "unit": "护理学院"}, {"刘洋", "李静", "王芳"})],
)
def test_filters_cut_the_list(
    app: Flask, sign_in: SignIn, filing: Filing, filters: dict[str, str], names: set[str]
) -> None:
    filing.met("陈晓")
    if "unit" in filters:
        with app.app_context():
            uuid = db.session.scalars(select(Unit.uuid).where(Unit.name == filters["unit"])).one()
        filters = {**filters, "unit": str(uuid)}
    answer = sign_in("周敏").post("/hr/exports", data={**STANDINGS, **filters})
    assert set(by_name(answer)) == names
    (event,) = exported(app)
    assert (event["rows"], event["status"]) == (len(names), filters["status"])


def test_claims_say_who_decided_and_what_counts(sign_in: SignIn, filing: Filing) -> None:
    filing.claim("陈晓", status="approved", decider="李静", approved=16 * 4, title="=SUM(A1:A9)")
    filing.claim("陈晓", status="draft", title="还没写完")
    filing.claim("何平", status="returned", decider="赵磊")
    data = {"what": "claims", "year": "2025", "span": "1", "form": "csv"}
    heading, *rows, stamp = table(sign_in("周敏").post("/hr/exports", data=data))
    found = {row[1]: dict(zip(heading, row, strict=True)) for row in rows}
    hers = found["20120001"]
    assert (hers["申报学时"], hers["核定学时"], hers["计入学时"]) == ("24", "16", "16")
    assert hers["审核人"] == "李静（20080003）"
    assert hers["名称"] == "'=SUM(A1:A9)"
    assert found["20180006"]["审核意见"] == "材料不完备"
    assert len(rows) == 2, "a draft is nobody's but its author's"
    assert "导出人：周敏（20050008，人事处）" in stamp[0]


def test_units_and_their_admins(app: Flask, sign_in: SignIn, filing: Filing) -> None:
    filing.met("陈晓")
    filing.claim("刘洋")
    with app.app_context(), write_tx() as session:
        session.execute(update(Grant).values(desk_phone="0536-8462001"))
    client = sign_in("周敏")
    units = {row[1]: row for row in table(client.post("/hr/exports", data=_plain("units")))[:-1]}
    assert units["护理学院"][3:8] == ["4", "1", "3", "1", "李静、王芳"]
    admins = table(client.post("/hr/exports", data=_plain("admins")))
    assert sorted(row[:4] for row in admins[1:-1]) == sorted(
        [
            ["护理学院", "李静", "20080003", "0536-8462001"],
            ["护理学院", "王芳", "20090004", "0536-8462001"],
            ["基础医学院", "赵磊", "20100005", "0536-8462001"],
        ]
    )


def test_a_units_admin_takes_the_own_unit_with_masked_phones(
    app: Flask, sign_in: SignIn, people: People
) -> None:
    with app.app_context(), write_tx() as session:
        session.execute(update(Person).values(phone="13812345678"))
        other = session.scalars(select(Unit.uuid).where(Unit.name == "基础医学院")).one()
    client = sign_in("李静")
    sent = {**STANDINGS, "phone": "y"}
    found = by_name(client.post("/admin/exports", data={**sent, "unit": str(other)}))
    assert set(found) == {"陈晓", "刘洋", "李静", "王芳"}
    assert {row["联系电话"] for row in found.values()} == {"138****5678"}
    client.post("/admin/exports", data=_plain("admins"), status=404)
    client.post("/hr/exports", data=sent, status=403)
    whole = by_name(sign_in("周敏").post("/hr/exports", data=sent))
    assert whole["何平"]["联系电话"] == "13812345678"
    assert [event["unit"] for event in exported(app)] == ["护理学院", "全校"]


def test_hr_confirms_the_password_first(sign_in: SignIn, clock: Any) -> None:
    client = sign_in("周敏")
    clock.instant = clock.instant + timedelta(minutes=6)
    assert "确认密码" in client.get("/hr/exports").text
    client.post("/hr/exports", data=STANDINGS, status=403)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_nonsense_is_refused_in_place(sign_in: SignIn, app: Flask) -> None:
    client = sign_in("周敏")
    for wrong in ({"year": "1999"}, {"status": "pending"}, {"unit": "x"}, {"span": "7"}):
        client.post("/hr/exports", data={**STANDINGS, **wrong}, status=422)
    client.post("/hr/exports", data={**STANDINGS, "what": "passwords"}, status=422)
    assert not exported(app)


def test_a_long_list_is_made_in_the_background(
    app: Flask, sign_in: SignIn, filing: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 5)
    monkeypatch.setattr(exports, "PIECE", 3)
    filing.met("陈晓")
    client = sign_in("周敏")
    where = client.post("/hr/exports", data={**STANDINGS, "form": "xlsx"}, status=303).location
    assert not exported(app), "nothing has left yet"
    assert jobs.run_all(app) == 1
    with app.app_context():
        job = db.session.scalars(select(Job)).one()
        assert (job.state, job.done, job.total) == ("done", 10, 10)
    assert "共 10 行" in client.get(where).text
    got = client.get(f"{where}/result")
    book = CalamineWorkbook.from_filelike(BytesIO(got.get_data()))
    rows = book.get_sheet_by_name("年度完成情况").to_python()
    assert [row[1] for row in rows].count("陈晓") == 1
    assert next(row for row in rows if row[1] == "陈晓")[6:9] == [30.0, 60.0, 90.0]
    assert ["导出人", "周敏（20050008，人事处）"] in book.get_sheet_by_name("导出说明").to_python()
    assert [event["rows"] for event in exported(app)] == [10]
    sign_in("李静").get(where, status=404)


def test_a_job_whose_owner_is_hr_no_longer_hands_nothing_out(
    app: Flask, sign_in: SignIn, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 5)
    sign_in("周敏").post("/hr/exports", data=STANDINGS, status=303)
    with app.app_context(), write_tx() as session:
        session.execute(
            update(Grant)
            .where(Grant.person_id == people["周敏"].id)
            .values(valid_until=(NOW - timedelta(days=1)).date())
        )
    jobs.run_all(app)
    with app.app_context():
        assert db.session.scalars(select(Job.state)).one() == "failed"
    assert not exported(app)


def test_statements_do_not_grow_with_the_people(
    app: Flask, sign_in: SignIn, queries_of: Any, filing: Filing
) -> None:
    client = sign_in("周敏")
    few = len(queries_of(lambda: client.post("/hr/exports", data=STANDINGS)))
    with app.app_context(), write_tx() as session:
        unit = session.scalars(select(Unit.id).limit(1)).one()
        session.add_all(
            Person(
                username=f"9{number:07d}",
                name=f"𠮷{number}",
                search_key="",
                unit_id=unit,
                department="内科",
                created_at=NOW,
            )
            for number in range(300)
        )
    answers: list[Any] = []
    many = len(queries_of(lambda: answers.append(client.post("/hr/exports", data=STANDINGS))))
    assert many == few
    assert by_name(answers[0])["𠮷299"]["工号"] == "90000299"


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_command_writes_the_same_list(app: Flask, filing: Filing, settings: Any, tmp_path: Path) -> None:
    filing.met("陈晓")
    out = tmp_path / "five.xlsx"
    given = ["export", "standings", "--year", "2025", "--years", "5", "--unit", "HLXY", "--out", str(out)]
    done = CliRunner().invoke(main, [*given, "--instance", str(settings.instance)])
    assert done.exit_code == 0, done.output
    rows = CalamineWorkbook.from_path(out).get_sheet_by_name("年度完成情况").to_python()
    assert [row[1] for row in rows[1:]] == ["李静", "王芳", "陈晓", "刘洋"]
    assert "5年结论" in rows[0]
    assert [event["rows"] for event in exported(app)] == [4]
    wrong = CliRunner().invoke(main, [*given[:-1], "list.pdf", "--instance", str(settings.instance)])
    assert wrong.exit_code == 1


def _plain(what: str) -> dict[str, str]:
    return {"what": what, "year": "2025", "form": "csv"}
