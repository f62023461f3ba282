"""The unit's overview: who is met, who is short by how much, and whose unit it is."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest


def lines(answer) -> dict[str, str]:
    found = answer.all("//tr[@data-person]")
    return {row.xpath("./th/a/text()")[0].strip(): " ".join(row.text_content().split()) for row in found}


def test_those_short_come_first_with_what_is_missing(sign_in, filing):
    filing.met("刘洋")
    filing.claim("陈晓", "training", "approved")
    page = sign_in("李静").get("/admin/standing", status=200)
    shown = lines(page)
    assert list(shown) == ["李静", "王芳", "陈晓", "刘洋"]
    assert "公需 30，专业 36" in shown["陈晓"]
    assert "达标" in shown["刘洋"]
    assert "1 人达标 / 共 4 人" in page.words


def test_the_year_and_the_people_can_be_chosen(sign_in, filing):
    filing.met("刘洋", 2024)
    admin = sign_in("李静")
    assert list(lines(admin.get("/admin/standing?show=met", htmx=True))) == []
    assert list(lines(admin.get("/admin/standing?show=met&year=2024", htmx=True))) == ["刘洋"]
    assert "刘洋" not in lines(admin.get("/admin/standing?show=short&year=2024"))


def test_an_admin_sees_the_own_unit_whatever_the_address_says(sign_in, people, app):
    page = sign_in("赵磊").get("/admin/standing")
    assert set(lines(page)) == {"赵磊", "何平"}
    sign_in("赵磊").get(f"/admin/standing?unit={uuid4()}", status=422)


def test_hr_chooses_the_unit(sign_in):
    hr = sign_in("周敏")
    page = hr.get("/admin/standing")
    options = {one.text: one.get("value") for one in page.all("//select[@name='unit']/option")}
    chosen = hr.get(f"/admin/standing?unit={options['临床医学院']}")
    assert set(lines(chosen)) == {"欧阳䶮"}


@pytest.mark.parametrize("query", ["year=2019", "year=x", "year=2025&year=2024", "unit=x", "show=x"])
def test_nonsense_is_refused(sign_in, query):
    sign_in("周敏").get(f"/admin/standing?{query}", status=422)


@pytest.mark.parametrize(("name", "hat"), [("陈晓", "person"), ("李静", "person"), ("吴审", "audit")])
def test_it_is_for_reviewers(sign_in, name, hat):
    sign_in(name, hat).get("/admin/standing", status=403)


def test_pending_hours_do_not_count(sign_in, filing):
    filing.claim("陈晓", "training", start_on=date(2025, 7, 1), end_on=date(2025, 7, 3))
    assert "专业 60" in lines(sign_in("李静").get("/admin/standing"))["陈晓"]
