"""The school at a glance: the right figures, drawn and told, from any depth."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from campus import NOW, Filing, People
from flask import Flask
from sqlalchemy import select, update
from strict import StrictClient

from portal.database import write_tx
from portal.models import Person, PersonYear, Unit
from portal.rules.policy import shipped
from portal.rules.vocabulary import ObligationKind
from portal.services import obligations
from portal.services.evidence import Intake

SignIn = Callable[..., StrictClient]
PAGES = ("/hr/", "/hr/oversight/years", "/hr/oversight/pace", "/hr/oversight/reviewers")


def rows(page: Any, table: str) -> dict[str, list[str]]:
    """Cells of a table by the first one of the row."""
    found = {}
    for row in page.all(f"//{table}//tbody/tr"):
        cells = [" ".join(cell.text_content().split()) for cell in row.iterchildren()]
        found[cells[0]] = cells[1:]
    return found


def short_by(filing: Filing, name: str, quarters: int) -> None:
    filing.course(name, subject="public", quarters=30 * 4)
    filing.course(name, subject="professional", quarters=60 * 4 - quarters)


def test_each_unit_by_met_nearly_and_short(sign_in: SignIn, filing: Filing) -> None:
    filing.met("陈晓")
    short_by(filing, "刘洋", 10 * 4)
    short_by(filing, "李静", 10 * 4 + 2)
    filing.claim("何平", at=NOW - timedelta(days=9))
    page = sign_in("周敏").get("/hr/")
    found = rows(page, "table[@id='unit-table']")
    assert found["护理学院"] == ["4", "1", "1", "2", "25%", "—", "—"]
    assert found["基础医学院"] == ["2", "0", "0", "2", "0%", "1", "9 天"]
    drawn = [one.get("aria-label") for one in page.all("//ul[@class='bars']//*[@role='img']")]
    assert "护理学院 4 人：已达标 1，接近达标 1，未达标 2" in drawn
    assert "全校 10 人中 1 人" in page.text


def test_what_hr_set_for_a_person_counts(app: Flask, sign_in: SignIn, filing: Filing, people: People) -> None:
    def owes(name: str, public: int, professional: int) -> None:
        with app.app_context():
            obligations.set_figures(
                people.actor("周敏"),
                people[name].uuid,
                2025,
                kind=ObligationKind.LEAVE,
                public=public,
                professional=professional,
                reason="产假",
                intake=Intake(),
                policies=shipped(),
                now=NOW,
            )

    owes("陈晓", 0, 0)
    owes("刘洋", 0, 40)
    owes("王芳", 0, 42)
    found = rows(sign_in("周敏").get("/hr/"), "table[@id='unit-table']")
    assert found["护理学院"][:4] == ["4", "1", "1", "2"]


def test_those_who_left_are_not_counted(app: Flask, sign_in: SignIn, filing: Filing, people: People) -> None:
    filing.met("陈晓")
    with app.app_context(), write_tx() as session:
        session.execute(update(Person).where(Person.id == people["陈晓"].id).values(disabled_at=NOW))
    found = rows(sign_in("周敏").get("/hr/"), "table[@id='unit-table']")
    assert found["护理学院"][:4] == ["3", "0", "0", "3"]


def test_from_the_school_to_a_unit_a_person_and_a_claim(sign_in: SignIn, filing: Filing) -> None:
    claim = filing.claim("陈晓", status="approved", decider="李静")
    client = sign_in("周敏")
    unit = client.get("/hr/").all("//ul[@class='bars']//a[contains(., '护理学院')]")[0].get("href")
    person = client.get(unit).all("//table//a[contains(., '陈晓')]")[0].get("href")
    claims = client.get(person).all("//a[text()='已通过']")[0].get("href")
    assert f"/admin/claims/{claim.uuid}" in client.get(claims).text


def test_five_years_side_by_side(sign_in: SignIn, filing: Filing) -> None:
    for year in range(2021, 2026):
        filing.met("陈晓", year)
    filing.met("刘洋", 2025)
    page = sign_in("周敏").get("/hr/oversight/years")
    assert rows(page, "table")["护理学院"] == ["4", "25%", "25%", "25%", "25%", "50%", "1"]
    (chart,) = page.all("//*[@class='columns']")
    assert chart.get("aria-label").endswith("2024 年 1 人，2025 年 2 人")


def test_how_long_claims_wait_and_took(sign_in: SignIn, filing: Filing, clock: Any) -> None:
    for days in (0, 0, 2, 5, 8):
        claim = filing.claim("陈晓", "publication", at=NOW - timedelta(days=30), title=f"{days}")
        clock.instant = NOW + timedelta(days=days - 30, hours=1)
        decision = {"action": "return", "reason": "材料不完备", "version": str(claim.version)}
        sign_in("李静").post(f"/admin/claims/{claim.uuid}/decision", data=decision, status=303)
    clock.instant = NOW
    filing.claim("何平", at=NOW - timedelta(days=12, hours=2))
    filing.claim("何平", "publication", at=NOW - timedelta(hours=2))
    page = sign_in("周敏").get("/hr/oversight/pace")
    done = rows(page, "details//table")
    assert done == {"护理学院": ["5", "2 天", "8 天", "8 天", "60%", "80%"]}
    waiting = rows(page, "section[@aria-labelledby='waiting-title']//table")
    assert waiting == {"基础医学院": ["2", "不足 1 天", "12 天", "12 天", "1"]}
    assert "2024 年没有已审核的申报" in sign_in("周敏").get("/hr/oversight/pace?year=2024").text


def test_reviewers_who_approve_each_other(sign_in: SignIn, filing: Filing) -> None:
    filing.claim("李静", status="approved", decider="王芳")
    filing.claim("李静", "publication", "approved", decider="王芳")
    filing.claim("王芳", "publication", "approved", decider="李静")
    filing.claim("赵磊", status="approved", decider="周敏")  # nothing in return
    filing.claim("陈晓", status="approved", decider="李静")  # decides nothing herself
    client = sign_in("周敏")
    (row,) = client.get("/hr/oversight/reviewers").all("//table[@id='pairs']/tbody/tr")
    told = " ".join(row.text_content().split())
    assert "李静 20080003 · 护理学院 王芳 20090004 · 护理学院" in told
    assert "通过 1 项，核定 10 学时；退回 0 项 通过 2 项，核定 34 学时；退回 0 项 双方从未退回" in told
    filing.claim("王芳", "achievement", "returned", decider="李静")
    assert "双方从未退回" not in client.get("/hr/oversight/reviewers").text
    assert not client.get("/hr/oversight/reviewers?year=2024").all("//table[@id='pairs']")


@pytest.mark.parametrize("path", PAGES)
def test_statements_do_not_grow_with_the_school(
    app: Flask, sign_in: SignIn, filing: Filing, queries_of: Any, path: str
) -> None:
    filing.claim("李静", status="approved", decider="王芳")
    client = sign_in("周敏")
    few = len(queries_of(lambda: client.get(path)))
    with app.app_context(), write_tx() as session:
        for number in range(40):
            unit = Unit(code=f"U{number}", name=f"单位{number}")
            session.add(unit)
            session.flush()
            person = Person(
                username=f"9{number:07d}",
                name="某人",
                search_key="",
                unit_id=unit.id,
                department="内科",
                created_at=NOW,
            )
            session.add(person)
            session.flush()
            session.add(
                PersonYear(
                    person_id=person.id,
                    year=2025,
                    public=120,
                    professional=240,
                    categories={},
                    met=True,
                    updated_at=NOW,
                )
            )
        assert session.scalar(select(Unit.id).where(Unit.code == "U39"))
    assert len(queries_of(lambda: client.get(path))) == few
    assert few <= 6
