"""An admin away: the other one, else HR, holds the claims, and the claimant sees it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.models import Absence, Event

AWAY = {"first_day": "2025-12-01", "last_day": "2025-12-05", "note": "出差"}


def leave(sign_in, *names, **change):
    for name in names:
        sign_in(name).post("/admin/absence", data={**AWAY, **change}, status=303)


def test_with_one_away_the_other_holds_the_claim(sign_in, filing):
    claim = filing.claim("陈晓")
    leave(sign_in, "李静")
    held = sign_in("陈晓").get(f"/claims/{claim.uuid}", status=200).words
    assert "由护理学院平台管理员（王芳）审核（李静请假至 2025-12-05）" in held
    assert "陈晓" not in sign_in("周敏").get("/admin/claims", status=200).words


def test_with_both_away_it_is_hrs_until_one_is_back(sign_in, filing, clock):
    claim = filing.claim("陈晓")
    hr = sign_in("周敏")
    assert "陈晓" not in hr.get("/admin/claims", status=200).words
    leave(sign_in, "李静", "王芳")
    page = hr.get("/admin/claims", status=200)
    assert "陈晓" in page.words
    assert "单位无人可审" in page.words
    held = sign_in("陈晓").get(f"/claims/{claim.uuid}", status=200).words
    assert "由人事处审核（李静请假至 2025-12-05、王芳请假至 2025-12-05）" in held
    assert "目前没有可以审核的平台管理员" in sign_in("陈晓").get("/claims/new?category=training").words
    clock.move_to("2025-12-06")
    assert "陈晓" not in sign_in("周敏").get("/admin/claims", status=200).words


def test_the_stand_in_decides(sign_in, filing):
    claim = filing.claim("陈晓")
    leave(sign_in, "李静", "王芳")
    sign_in("周敏").post(
        f"/admin/claims/{claim.uuid}/decision",
        data={"action": "approve", "version": claim.version},
        status=303,
    )


def test_an_absent_admins_own_claim_goes_to_the_other_else_hr(sign_in, filing):
    filing.claim("李静")
    leave(sign_in, "王芳")
    assert "李静" in sign_in("周敏").get("/admin/claims", status=200).words


def test_back_early(app, sign_in, filing):
    filing.claim("陈晓")
    leave(sign_in, "李静", "王芳")
    admin = sign_in("李静")
    page = admin.get("/admin/absence", status=200)
    assert "没有在岗的平台管理员" in page.words
    address = page.one("//form[button[text()='提前返岗']]").get("action")
    sign_in("王芳").post(address, status=404)
    admin.post(address, status=303)
    admin.post(address, status=409)
    assert "陈晓" not in sign_in("周敏").get("/admin/claims", status=200).words
    with app.app_context():
        assert list(db.session.scalars(select(Event.action))).count("absence-ended") == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"last_day": "2025-11-30"}, "结束日期不能早于开始日期"),
        ({"first_day": "2025-11-01", "last_day": "2025-11-30"}, "结束日期不能早于今天"),
        ({"last_day": "2027-01-01"}, "请假最长一年"),
        ({"first_day": ""}, "请选择开始日期"),
        ({"first_day": "明天"}, "不是日期"),
        ({"note": "事" * 101}, "最多 100 个字符"),
    ],
)
def test_a_refused_absence_keeps_what_was_typed(app, sign_in, change, sentence):
    page = sign_in("李静").post("/admin/absence", data={**AWAY, **change}, status=422)
    assert sentence in page.words
    assert page.one("//input[@id='note']").get("value") == {**AWAY, **change}["note"]
    with app.app_context():
        assert not db.session.scalars(select(Absence)).all()


def test_two_absences_do_not_overlap(sign_in):
    leave(sign_in, "李静")
    refused = sign_in("李静").post(
        "/admin/absence", data={**AWAY, "first_day": "2025-12-05", "last_day": "2025-12-09"}, status=422
    )
    assert "与已登记的 2025-12-01 至 2025-12-05 重叠" in refused.words
