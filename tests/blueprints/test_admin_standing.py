"""The unit's overview: who is met, who is short by how much, and whose unit it is."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from forms_sent import rows

from portal.models import Event, Message


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


def remind(client, **data):
    return client.post("/admin/standing/remind", data={"year": "2025", **data})


def test_search_sorting_and_pending_hours(sign_in, filing):
    filing.met("刘洋")
    filing.claim("陈晓", "training", "approved")
    filing.claim("王芳", "training")
    admin = sign_in("李静")
    assert list(lines(admin.get("/admin/standing?q=chenx"))) == ["陈晓"]
    assert list(lines(admin.get("/admin/standing?q=2015"))) == ["刘洋"]
    assert list(lines(admin.get("/admin/standing?sort=gap"))) == ["李静", "王芳", "陈晓", "刘洋"]
    assert list(lines(admin.get("/admin/standing?sort=name"))) == ["陈晓", "李静", "刘洋", "王芳"]
    first, *_ = lines(admin.get("/admin/standing?sort=pending")).items()
    assert first[0] == "王芳"
    assert " 24 " in first[1]


def test_those_short_are_told_how_much_once_a_day(app, sign_in, filing, people):
    filing.met("刘洋")
    filing.claim("陈晓", "training", "approved")
    remind(sign_in("李静"), person=[str(people["陈晓"].uuid), str(people["刘洋"].uuid)])
    (message,) = rows(app, Message)
    assert (message.person_id, message.kind) == (people["陈晓"].id, "people-reminded")
    assert "公需科目还差 30 学时，专业科目还差 36 学时" in message.title
    remind(sign_in("王芳"), whom="all")  # the other admin, the same day
    assert sorted(one.person_id for one in rows(app, Message)) == sorted(
        people[name].id for name in ("陈晓", "李静", "王芳")
    )
    assert [one.action for one in rows(app, Event)].count("people-reminded") == 2
    remind(sign_in("李静"), whom="all")
    assert len(rows(app, Message)) == 3


def test_nobody_of_another_unit_is_reminded(app, sign_in, people):
    assert remind(sign_in("李静"), person=[str(people["何平"].uuid)]).status_code == 404
    assert remind(sign_in("李静")).status_code == 422
    assert rows(app, Message) == []


def test_hr_reminds_a_unit_of_its_choice(app, sign_in, people):
    hr = sign_in("周敏")
    options = {
        one.text: one.get("value") for one in hr.get("/admin/standing").all("//select[@name='unit']/option")
    }
    remind(hr, unit=options["临床医学院"], whom="all")
    assert [one.person_id for one in rows(app, Message)] == [people["欧阳䶮"].id]
