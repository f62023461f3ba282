"""年度完成情况 and 认定规则: the hooks, the caps' room, what closes a gap, and the quoted words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from portal.rules.policy import shipped


def subject(page: Any, name: str) -> Any:
    """A subject's card."""
    return page.one(f"//*[@data-subject='{name}']")


def row(page: Any, categories: str) -> list[str]:
    """The figures of a line of the table: credited, cap, left, pending."""
    line = page.one(f"//tr[@data-category='{categories}']")
    return [cell.text_content().strip() for cell in line.xpath("./td")][:4]


def test_an_empty_year_stands_and_says_what_to_do(sign_in: Any) -> None:
    page = sign_in("陈晓").get("/standing", status=200)
    for name, need in (("public", "30"), ("professional", "60")):
        card = subject(page, name)
        assert (card.get("data-hours"), card.get("data-need"), card.get("data-met")) == ("0", need, "false")
    assert len(page.all("//*[@data-gap]")) == 2
    assert [year.get("data-year") for year in page.all("//*[@data-year]")] == [
        "2021",
        "2022",
        "2023",
        "2024",
        "2025",
    ]


def test_credited_and_pending_hours_stand_apart(sign_in: Any, filing: Any) -> None:
    filing.claim("陈晓", "training", "approved")
    filing.claim("陈晓", "publication", "approved")
    filing.claim("陈晓", "publication", "approved", title="另一篇")
    filing.claim("陈晓", "achievement", "pending")
    filing.course("陈晓")
    page = sign_in("陈晓").get("/standing")
    assert subject(page, "public").get("data-met") == "true"
    assert subject(page, "professional").get("data-hours") == "44"
    assert row(page, "training") == ["24", "每天 8", "按日计", "0"]
    assert row(page, "self_study") == ["0", "40", "40", "0"]
    assert row(page, "achievement publication") == ["20", "30", "10", "10"]
    assert "折算学时每年累计不超过30学时" in page.words
    gap = page.one("//*[@data-gap='professional']")
    assert gap.get("data-missing") == "16"
    told = gap.text_content()
    assert "+10" in told
    assert "还差 6" in told
    assert "成果、论文著作已无余量：上限 30，已计入 20，待审核 10" in told


def test_a_met_year_offers_the_certificate(sign_in: Any, filing: Any) -> None:
    filing.met("陈晓")
    page = sign_in("陈晓").get("/standing")
    assert not page.all("//*[@data-gap]")
    assert page.all("//a[@href='/certificates' and contains(., '打印证书')]")
    assert page.one("//*[@data-year='2025']").get("data-met") == "true"


def test_each_year_stands_for_itself(sign_in: Any, filing: Any) -> None:
    filing.claim("陈晓", "publication", "approved", work_on=date(2024, 3, 1))
    client = sign_in("陈晓")
    assert subject(client.get("/standing?year=2024"), "professional").get("data-hours") == "10"
    assert subject(client.get("/standing"), "professional").get("data-hours") == "0"
    assert "待人事处确认" in client.get("/standing?year=2024").words


@pytest.mark.parametrize("year", ["2020", "2026", "9999", "20x5", "２０２５", "99999999999999999999", "-1"])
def test_years_there_are_no_figures_for(sign_in: Any, year: str) -> None:
    sign_in("陈晓").get(f"/standing?year={year}", status=404)


def test_only_ones_own_hours_are_shown(sign_in: Any, filing: Any) -> None:
    filing.met("刘洋")
    page = sign_in("陈晓").get("/standing")
    assert subject(page, "professional").get("data-hours") == "0"


@pytest.mark.parametrize("claims", [1, 60])
def test_the_page_costs_the_same_however_many_claims(
    sign_in: Any, filing: Any, queries_of: Any, claims: int
) -> None:
    for number in range(claims):
        filing.claim("陈晓", "publication", "approved", title=f"论文{number}")
    client = sign_in("陈晓")
    assert len(queries_of(lambda: client.get("/standing"))) <= 6  # ledger, calendar, plans, menu


def test_the_rules_page_quotes_every_number(sign_in: Any) -> None:
    page = sign_in("陈晓").get("/rules", status=200)
    quotes = {" ".join(one.text_content().split()) for one in page.all("//blockquote")}
    policy = shipped().for_year(2025)
    told = [*policy.standards, *policy.caps, *policy.conditions, *policy.categories.values()]
    assert {one.quote for one in told} <= quotes
    waiting = [one.get("data-interpretation") for one in page.all("//*[@data-interpretation]")]
    assert waiting == [one.id for one in policy.interpretations]
    assert page.words.count("待人事处确认") == sum(not one.confirmed for one in policy.interpretations)
