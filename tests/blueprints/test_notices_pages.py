"""The pages of the notices: writing, previewing and publishing one, reading it, and where it leads."""

from __future__ import annotations

import re

WORDS = {
    "version": "0",
    "kind": "plan",
    "subject": "public",
    "title": "公需科目学习方案",
    "body": "登录 <http://117.73.255.69:9080>。\n\n<script>alert(1)</script>",
    "first_day": "2025-12-01",
}


def written(hr, **changes):
    """The page of a fresh draft."""
    page = hr.post("/hr/notices", data={**WORDS, **changes}, status=303)
    return page.headers["Location"]


def published(hr, **changes):
    where = written(hr, **changes)
    hr.post(where, data={"action": "publish", "version": "1"}, status=303)
    return "/notices/" + re.search(r"[0-9a-f-]{36}", where)[0]


def test_a_draft_is_hrs_alone_until_it_is_published(sign_in):
    hr, person = sign_in("周敏"), sign_in("陈晓")
    where = written(hr)
    assert not person.get("/notices", status=200).all("//tr[@data-notice]")
    hr.post(where, data={"action": "publish", "version": "1", "tell": "y"}, status=303)
    board = person.get("/notices", status=200)
    assert len(board.all("//tr[@data-unread]")) == 1
    page = person.get("/notices/" + re.search(r"[0-9a-f-]{36}", where)[0], status=200)
    assert page.all("//a[@href='http://117.73.255.69:9080']")
    assert "&lt;script&gt;alert(1)" in page.text
    assert not page.all("//main//script")


def test_opening_does_not_write_and_reading_does(sign_in):
    hr, person = sign_in("周敏"), sign_in("陈晓")
    where = published(hr)
    assert person.get(where, status=200).all("//*[@id='reading' and @data-read='false']")
    assert person.get("/notices", status=200).all("//tr[@data-unread]")
    assert person.get("/notices", status=200).all(
        "//nav[@class='menu']//a[contains(., '通知')]//span[@class='dot']"
    )
    answer = person.post(f"{where}/read", htmx=True, status=200)
    assert 'data-read="true"' in answer.text
    board = person.get("/notices", status=200)
    assert not board.all("//tr[@data-unread]")
    assert not board.all("//nav[@class='menu']//a[contains(., '通知')]//span[@class='dot']")


def test_a_browser_without_scripts_comes_back_to_the_notice(sign_in):
    hr, person = sign_in("周敏"), sign_in("陈晓")
    where = published(hr)
    assert person.post(f"{where}/read", status=303).headers["Location"] == where
    assert person.get(where, status=200).all("//*[@data-read='true']")


def test_the_list_is_narrowed_by_kind(sign_in):
    hr, person = sign_in("周敏"), sign_in("陈晓")
    published(hr)
    published(hr, kind="notice", subject="", title="关于填报的通知")

    def names(kind):
        rows = person.get(f"/notices?kind={kind}", status=200).all("//tbody//th")
        return [row.text_content().strip() for row in rows]

    assert names("plan") == ["公需科目学习方案"]
    assert names("notice") == ["关于填报的通知"]
    assert len(names("")) == len(names("nonsense")) == 2


def test_the_preview_is_what_will_be_shown(sign_in):
    hr = sign_in("周敏")
    data = {**WORDS, "body": "# 要求\n\n[点](javascript:alert(1)) <b>粗</b>"}
    part = hr.post("/hr/notices/preview", data=data, htmx=True, status=200)
    assert "<h2>要求</h2>" in part.text
    assert "&lt;b&gt;粗" in part.text
    assert "href=" not in part.text
    assert "<html" not in part.text
    assert "<html" in hr.post("/hr/notices/preview", data=data, status=200).text


def test_what_is_missing_or_too_long_is_said_beside_its_field(sign_in):
    hr = sign_in("周敏")
    page = hr.post(
        "/hr/notices",
        data={"version": "0", "kind": "notice", "title": "x" * 81, "body": " ", "first_day": ""},
        status=422,
    )
    for field in ("title", "body", "first_day"):
        assert page.all(f"//*[@id='{field}-errors']"), field
    long = hr.post("/hr/notices", data={**WORDS, "body": "字" * 20_001}, status=422)
    assert long.all("//*[@id='body-errors']")
    turned = hr.post("/hr/notices", data={**WORDS, "last_day": "2025-11-30"}, status=422)
    assert turned.all("//*[@id='last_day-errors']")


def test_changing_a_published_one_asks_again_only_when_told_to(sign_in):
    hr, person = sign_in("周敏"), sign_in("陈晓")
    where = published(hr)
    person.post(f"{where}/read", status=303)
    hr.post(f"/hr{where}/edit", data={**WORDS, "version": "2", "title": "新的标题"}, status=303)
    assert not person.get("/notices", status=200).all("//tr[@data-unread]")
    hr.post(f"/hr{where}/edit", data={**WORDS, "version": "3", "again": "y"}, status=303)
    assert person.get("/notices", status=200).all("//tr[@data-unread]")
    late = hr.post(f"/hr{where}/edit", data={**WORDS, "version": "3"}, status=409)
    assert late.all("//*[@role='alert']")


def test_hr_and_the_units_admin_see_who_has_not_read(sign_in, people):
    hr, admin = sign_in("周敏"), sign_in("李静")
    where = published(hr)
    sign_in("陈晓").post(f"{where}/read", status=303)
    page = admin.get(where, status=200)
    assert page.all("//p[@data-people='4' and @data-read='1']")
    assert "刘洋" in page.text
    assert "何平" not in page.text
    unit = hr.get(f"/hr{where}", status=200).all("//a[contains(., '护理学院')]")[0].get("href")
    assert "刘洋" in hr.get(unit, status=200).text
    assert not sign_in("刘洋").get(where, status=200).all("//p[@data-people]")


def test_a_withdrawn_one_is_gone(sign_in):
    hr, person = sign_in("周敏"), sign_in("陈晓")
    where = published(hr)
    hr.post(f"/hr{where}", data={"action": "withdraw", "version": "2"}, status=303)
    person.get(where, status=404)
    assert hr.get(f"/hr{where}", status=200).all("//*[contains(., '已撤回')]")


def test_a_plan_stands_beside_the_gap_it_fills(sign_in):
    hr, person = sign_in("周敏"), sign_in("陈晓")
    where = published(hr)
    published(hr, kind="notice", subject="", title="不是方案的通知")
    page = person.get("/standing", status=200)
    assert page.all(f"//section[@data-gap='public']//a[@href='{where}']")
    assert not page.all(f"//section[@data-gap='professional']//a[@href='{where}']")
    assert "不是方案的通知" not in page.text
