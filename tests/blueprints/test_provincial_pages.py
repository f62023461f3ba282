"""The provincial platform through the pages: the entry sheet, its marks, the comparison and its tasks."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from portal import jobs
from portal.extensions import db
from portal.models import ProvincialFigure, ProvincialImport
from portal.rules.policy import shipped
from portal.services import provincial_imports, revocations
from portal.spreadsheets import Row, Sheet

HEADINGS = ("工号", "年度", "公需学时", "专业学时", "区域", "状态")
HR_SHEET = "/hr/provincial"


def sheet_of(headings: Sequence[str], *lines: Sequence[str]) -> bytes:
    kept = io.StringIO()
    csv.writer(kept).writerows([headings, *lines])
    return kept.getvalue().encode("gb18030")


def compare(client: Any, *lines: Sequence[str], headings: Sequence[str] = HEADINGS, status: int = 303) -> Any:
    """Send a list; the report it leads to."""
    data = {"file": (io.BytesIO(sheet_of(headings, *lines)), "省平台.csv")}
    answer = client.post("/hr/provincial/imports", data=data, status=status)
    return client.get(answer.headers["Location"], status=200) if status == 303 else answer


def tasks(client: Any, address: str = HR_SHEET) -> dict[tuple[str, str], str]:
    """Who and which subject: the likely cause."""
    rows = client.get(address, status=200).all("//tr[@data-difference]")
    return {(row.get("data-difference"), row.get("data-subject")): row.get("data-cause") for row in rows}


def shown(client: Any, show: str, **filters: str) -> list[str]:
    rest = "".join(f"&{name}={value}" for name, value in filters.items())
    page = client.get(f"/admin/provincial?year=2025&show={show}{rest}", status=200)
    return [row.get("data-entry") for row in page.all("//tr[@data-entry]")]


def test_a_claim_is_typed_in_marked_corrected_and_unmarked(
    app: Any, sign_in: Any, filing: Any, people: Any
) -> None:
    claim = filing.claim(status="approved")
    pending, elsewhere = filing.claim(title="待审"), filing.claim("何平", status="approved")
    admin = sign_in("李静")
    assert shown(admin, "missing") == [str(claim.uuid)]
    assert set(shown(sign_in("周敏"), "missing")) == {str(claim.uuid), str(elsewhere.uuid)}
    ticks = {"year": "2025", "ids": [str(one.uuid) for one in (claim, pending, elsewhere)]}
    admin.post("/admin/provincial/entries", data=ticks, status=303)
    page = admin.get("/admin/provincial?show=entered")
    assert "已标记 1 条" in page.words
    assert "2 条已标记过或不在录入清单中" in page.words
    assert shown(sign_in("周敏"), "missing") == [str(elsewhere.uuid)]
    mine = sign_in("陈晓").get(f"/claims/{claim.uuid}")
    assert "2025 年度 24 学时" in mine.one("//*[@data-entered='2025']").text_content()

    with app.app_context():
        revocations.lower(
            people.actor("周敏"),
            claim.uuid,
            quarters=16 * 4,
            reason="证明为 16 学时",
            policies=shipped(),
            now=app.extensions["portal.clock"].now(),
        )
    assert shown(admin, "entered") == []
    assert shown(admin, "correct") == [str(claim.uuid)]
    page = admin.get("/admin/provincial?show=correct")
    assert "省平台应为 16 学时" in page.words
    (form,) = page.all("//form[contains(@action, '/correct')]/@action")
    admin.post(form, data={"year": "2025"}, status=303)
    assert shown(admin, "entered") == [str(claim.uuid)]
    admin.post(form, data={"year": "2025"}, status=409)

    (form,) = admin.get("/admin/provincial?show=entered").all("//form[contains(@action, '/unmark')]/@action")
    admin.post(form, data={"year": "2025"}, status=422)
    sign_in("赵磊").post(form, data={"year": "2025", "reason": "不是本单位"}, status=404)
    admin.post(form, data={"year": "2025", "reason": "录在了别人名下"}, status=303)
    assert shown(admin, "missing") == [str(claim.uuid)]
    assert "录在了别人名下" in sign_in("陈晓").get(f"/claims/{claim.uuid}").words


def test_all_of_a_filter_is_marked_and_nothing_else(sign_in: Any, filing: Any) -> None:
    paper = filing.claim(category="publication", status="approved")
    training = filing.claim(status="approved")
    split = filing.claim(
        "刘洋", status="approved", start_on=date(2025, 12, 30), end_on=date(2026, 1, 2), quarters=32 * 4
    )
    hr = sign_in("周敏")
    assert len(shown(hr, "missing")) == 3
    assert shown(hr, "missing", category="publication") == [str(paper.uuid)]
    everything = {"year": "2025", "category": "publication", "all": "1"}
    hr.post("/admin/provincial/entries", data=everything, status=303)
    assert shown(hr, "entered") == [str(paper.uuid)]
    hr.post("/admin/provincial/entries", data={"year": "2025", "one": str(split.uuid)}, status=303)
    assert shown(hr, "missing") == [str(training.uuid)]
    hr.post("/admin/provincial/entries", data={"year": "2025"}, status=422)


def test_the_sheet_speaks_the_platform_s_words(sign_in: Any, filing: Any) -> None:
    filing.claim(status="approved", title="=危险的名称", approved=20 * 4)
    filing.claim(category="publication", status="approved")
    admin = sign_in("李静")
    book = admin.post("/admin/provincial/sheet", data={"year": "2025", "form": "xlsx"}, status=200)
    heading, *rows = CalamineWorkbook.from_filelike(io.BytesIO(book.data)).get_sheet_by_index(0).to_python()
    read = [dict(zip(heading, row, strict=True)) for row in rows]
    assert [row["申报类别"] for row in read] == ["培训进修类", "论文著作类"]
    assert {row["单位所属区域"] for row in read} == {"省直"}
    assert (read[0]["名称"], read[0]["计入学时"], read[0]["开始日期"]) == (
        "=危险的名称",
        20,
        date(2025, 7, 1),
    )
    assert read[0]["证明材料"]
    text = admin.post("/admin/provincial/sheet", data={"year": "2025", "form": "csv"}, status=200)
    assert "'=危险的名称" in text.data.decode("utf-8-sig")
    log = sign_in("周敏").get("/hr/audit")
    assert "导出省平台录入清单" in log.words


def test_differences_are_tasks_until_settled(sign_in: Any, filing: Any, people: Any) -> None:
    claim = filing.claim(status="approved")
    filing.course("刘洋")
    filing.course("何平")
    filing.course("李静")
    hr = sign_in("周敏")
    chen, liu, he, li = (people[name].username for name in ("陈晓", "刘洋", "何平", "李静"))
    lines = (
        (chen, "2025年", "0", "0", "省直", "审核通过"),
        (f"{liu}.0", "2025", "29.7", "0", "省直", ""),
        (he, "2025", "0", "0", "潍坊市", ""),
        (li, "2025", "26", "0", "省直", "已通过"),
        (li, "2025", "4", "0", "省直", "待审核"),
    )
    report = compare(hr, *lines)
    assert not report.all("//tr[@data-row]")
    found = {
        (chen, "professional"): "not_entered",
        (liu, "public"): "rounding",
        (he, "public"): "region",
        (li, "public"): "waiting",
    }
    assert tasks(hr) == found
    assert tasks(hr, "/hr/provincial?cause=region") == {(he, "public"): "region"}
    assert claim.title in hr.get("/hr/provincial?cause=not_entered").words
    before = hr.get(HR_SHEET).text.count("data-difference")
    again = compare(hr, *lines)  # the same file once more
    assert tasks(hr) == found
    assert hr.get(HR_SHEET).text.count("data-difference") == before
    assert "差异未变 4" in again.words

    (settle,) = hr.get("/hr/provincial?cause=rounding").all("//form[contains(@action, '/settle')]/@action")
    hr.post(settle, data={"note": " "}, status=422)
    hr.post(settle, data={"note": "按 0.1 学时登记"}, status=303)
    hr.post(settle, data={"note": "又一次"}, status=409)
    compare(hr, *lines)
    assert (liu, "public") not in tasks(hr), "settled by hand and unchanged: not asked again"
    assert "按 0.1 学时登记" in hr.get("/hr/provincial?stand=settled").words

    agreed = compare(hr, (he, "2025", "30", "0", "省直", ""), (liu, "2025", "20", "0", "省直", ""))
    assert "已自动了结 1" in agreed.words
    assert tasks(hr) == {
        (chen, "professional"): "not_entered",
        (liu, "public"): "unknown",
        (li, "public"): "waiting",
    }
    assert tasks(hr, "/hr/provincial?stand=agreed") == {(he, "public"): "region"}
    hr.post(settle.replace("/settle", "/reopen"), status=409)  # another one about the same is open
    listed = hr.post("/hr/provincial/differences/sheet", data={"form": "csv"}, status=200)
    assert claim.title in listed.data.decode("utf-8-sig")


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_bad_rows_and_missing_columns_are_named(sign_in: Any, people: Any) -> None:
    hr, chen = sign_in("周敏"), people["陈晓"].username
    report = compare(
        hr,
        (chen, "2025", "=1+1", "0", "", ""),
        ("99999999", "2025", "1", "1", "", ""),
        (chen, "二〇二五", "1", "1", "", ""),
        (chen, "2025", "三十", "1", "", ""),
        (chen, "2025", "30", "60", "", "不知道"),
        (chen, "2025", "30", "60", "", ""),
        (chen, "2025", "31", "60", "", ""),
    )
    told = {row.get("data-row"): row.text_content() for row in report.all("//tr[@data-row]")}
    assert set(told) == {"2", "3", "4", "5", "6", "8"}
    for number, word in {"2": "公式", "3": "99999999", "4": "年度", "5": "三十", "8": "第 7 行"}.items():
        assert word in told[number]
    answer = compare(hr, ("甲", "1"), headings=("姓名", "公需"), status=422)
    for word in ("工号（或姓名和单位）", "年度", "公需学时", "专业学时", "“公需”"):
        assert word in answer.words
    by_name = ("姓名", "用人单位", "年度", "公需科目学时", "专业科目学时")
    report = compare(hr, ("陈晓", "护理学院", "2025", "1", "0"), headings=by_name)
    assert not report.all("//tr[@data-row]")
    assert tasks(hr) == {(chen, "public"): "unknown"}


def test_a_cancelled_comparison_goes_on_and_an_overtaken_one_does_not(
    app: Any, sign_in: Any, people: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provincial_imports, "AT_ONCE", 0)
    hr = sign_in("周敏")

    def stopped() -> str:
        compare(hr, ("20120001", "2025", "5", "0", "", ""))
        with app.app_context():
            batch, job = db.session.execute(
                select(ProvincialImport.uuid, ProvincialImport.job_uuid).order_by(ProvincialImport.id.desc())
            ).first()
        hr.post(f"/hr/provincial/imports/{batch}/resume", data={}, status=409)
        hr.post(f"/jobs/{job}/cancel", data={}, status=303)
        return f"/hr/provincial/imports/{batch}"

    first = stopped()
    resume = f"//form[@action='{first}/resume']"
    assert hr.get(first, status=200).all(resume)
    hr.post(f"{first}/resume", data={}, status=303)
    assert not hr.get(first, status=200).all(resume)
    assert jobs.run_all(app) == 1
    assert tasks(hr)
    hr.post(f"{first}/resume", data={}, status=409)
    older = stopped()
    stopped()
    assert "更新的文件" in hr.post(f"{older}/resume", data={}, status=409).words


def test_a_long_list_is_compared_in_the_background(
    app: Any, sign_in: Any, people: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provincial_imports, "AT_ONCE", 2)
    monkeypatch.setattr(provincial_imports, "_CHUNK", 2)
    everybody = [person.username for person in people]
    lines = [dict(zip(HEADINGS, (one, "2025", "5", "0", "", ""), strict=True)) for one in everybody]
    sheet = Sheet(HEADINGS, tuple(Row(number, line) for number, line in enumerate(lines, start=2)), "0" * 64)
    with app.app_context():
        now = app.extensions["portal.clock"].now()
        batch = provincial_imports.take_in(people.actor("周敏"), sheet, "长.xlsx", now=now)
    hr = sign_in("周敏")
    assert hr.get(f"/hr/provincial/imports/{batch}").one("//section[@data-job]").get("data-state") == "queued"
    assert jobs.run_all(app) == 1
    assert len(tasks(hr)) == len(everybody)
    with app.app_context():
        assert db.session.query(ProvincialFigure).count() == 0
