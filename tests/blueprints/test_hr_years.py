"""年度日程 and 学时要求 through the pages: to the second, and with what each leaves behind."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest
from campus import PIXEL
from sqlalchemy import update

from portal.database import write_tx
from portal.models import Person

DATES = {
    "open_until": "2025-12-31",
    "grace_until": "2026-01-31",
    "review_until": "2026-02-28",
    "reason": "按年度工作安排",
    "accepted": "y",
}
OWED = {"year": "2025", "kind": "leave", "public": "15", "professional": "30", "reason": "产假半年"}


@pytest.fixture(params=["UTC", "Asia/Shanghai", "America/New_York"])
def server_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """The server's own time zone, which must not matter."""
    kept = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    os.environ.pop("TZ") if kept is None else os.environ.update(TZ=kept)
    time.tzset()


def at(clock: Any, sign_in: Any, moment: str, name: str, hat: str | None = None) -> Any:
    """Somebody signed in at a moment of Shanghai."""
    clock.move_to(moment)
    return sign_in(name, hat)


def set_dates(sign_in: Any, **changes: str) -> None:
    sign_in("周敏").post("/hr/years/2025", data={**DATES, **changes}, status=303)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_last_second_counts_and_the_next_does_not(
    sign_in: Any, filing: Any, clock: Any, server_zone: str
) -> None:
    set_dates(sign_in)
    first, second = (filing.claim(status="draft", title=title) for title in ("第一项", "第二项"))
    send = {"version": "1"}
    owner = at(clock, sign_in, "2026-01-31T23:59:59", "陈晓")
    owner.post(f"/claims/{first.uuid}/submit", data=send, status=303)
    owner = at(clock, sign_in, "2026-02-01T00:00:00", "陈晓")
    refused = owner.post(f"/claims/{second.uuid}/submit", data=send, status=422)
    assert "2025 年度的申报已于 2026-01-31 截止" in refused.words
    clock.move_to("2026-01-31T23:00:00")  # the server's clock is set back an hour
    owner.post(f"/claims/{second.uuid}/submit", data=send, status=303)


def test_reviewing_ends_with_its_last_day(sign_in: Any, filing: Any, clock: Any) -> None:
    set_dates(sign_in)
    held, late = (filing.claim(title=title) for title in ("按时", "过期"))
    decision = {"action": "approve", "version": "1"}
    admin = at(clock, sign_in, "2026-02-28T23:59:59", "李静")
    admin.post(f"/admin/claims/{held.uuid}/decision", data=decision, status=303)
    admin = at(clock, sign_in, "2026-03-01T00:00:00", "李静")
    assert (
        "2026-02-28 关闭"
        in admin.post(f"/admin/claims/{late.uuid}/decision", data=decision, status=422).words
    )
    owner = at(clock, sign_in, "2026-03-01T00:00:00", "陈晓")
    assert "关闭" in owner.post(f"/claims/{late.uuid}/withdraw", data={"version": "1"}, status=422).words


def test_the_new_year_ends_no_day_early(sign_in: Any, filing: Any, clock: Any) -> None:
    set_dates(sign_in, grace_until="2025-12-31", review_until="2025-12-31")
    draft = filing.claim(status="draft")
    owner = at(clock, sign_in, "2025-12-31T23:59:59", "陈晓")
    told = owner.get("/standing").one("//*[@data-deadline][contains(., '2025 年度')]")
    assert (told.get("data-deadline"), told.get("data-days-left")) == ("2025-12-31", "0")
    owner = at(clock, sign_in, "2026-01-01T00:00:00", "陈晓")
    owner.post(f"/claims/{draft.uuid}/submit", data={"version": "1"}, status=422)


def test_a_draft_may_be_kept_and_the_preview_says_why_it_cannot_be_sent(
    sign_in: Any, filing: Any, clock: Any
) -> None:
    set_dates(sign_in)
    draft = filing.claim(status="draft")
    owner = at(clock, sign_in, "2026-02-10", "陈晓")
    page = owner.get(f"/claims/{draft.uuid}/edit", status=200)
    assert "2025 年度的申报已于 2026-01-31 截止" in page.words
    assert not owner.get("/standing?year=2025").all("//*[@data-plan]")


def test_a_training_across_the_years_needs_both(sign_in: Any, filing: Any, clock: Any) -> None:
    set_dates(sign_in)
    draft = filing.claim(status="draft", start_on=date(2025, 12, 30), end_on=date(2026, 1, 2))
    owner = at(clock, sign_in, "2026-02-01", "陈晓")
    assert (
        "2025 年度的申报"
        in owner.post(f"/claims/{draft.uuid}/submit", data={"version": "1"}, status=422).words
    )


def test_a_year_opened_again_is_open_for_that_person_alone(sign_in: Any, filing: Any, clock: Any) -> None:
    set_dates(sign_in)
    hers, his = (filing.claim(name, status="draft") for name in ("陈晓", "刘洋"))
    hr = at(clock, sign_in, "2026-03-05", "周敏")
    again = {
        "username": "20120001",
        "files_until": "2026-03-10",
        "review_until": "2026-03-20",
        "reason": "住院",
    }
    assert "工号" in hr.post("/hr/years/2025/reopenings", data={**again, "username": "1"}, status=422).words
    hr.post("/hr/years/2025/reopenings", data={**again, "username": "20050008"}, status=403)
    hr.post("/hr/years/2025/reopenings", data=again, status=303)
    owner = at(clock, sign_in, "2026-03-10T23:59:59", "陈晓")
    banner = owner.get("/standing").one("//*[@data-deadline='2026-03-10']")
    assert "住院" in banner.text_content()
    owner.post(f"/claims/{hers.uuid}/submit", data={"version": "1"}, status=303)
    at(clock, sign_in, "2026-03-10", "刘洋").post(
        f"/claims/{his.uuid}/submit", data={"version": "1"}, status=422
    )
    admin = at(clock, sign_in, "2026-03-20T23:59:59", "李静")
    admin.post(f"/admin/claims/{hers.uuid}/decision", data={"action": "approve", "version": "2"}, status=303)


def test_a_reopening_can_be_taken_back(sign_in: Any, filing: Any, clock: Any) -> None:
    set_dates(sign_in)
    draft = filing.claim(status="draft")
    hr = at(clock, sign_in, "2026-03-05", "周敏")
    given = {
        "username": "20120001",
        "files_until": "2026-03-10",
        "review_until": "2026-03-20",
        "reason": "病",
    }
    hr.post("/hr/years/2025/reopenings", data=given, status=303)
    address = hr.get("/hr/years/2025").one("//form[contains(@action, '/end')]").get("action")
    hr.post(address, status=303)
    hr.post(address, status=409)
    owner = at(clock, sign_in, "2026-03-06", "陈晓")
    owner.post(f"/claims/{draft.uuid}/submit", data={"version": "1"}, status=422)


def test_earlier_dates_are_not_saved_before_their_effect_is_accepted(sign_in: Any, filing: Any) -> None:
    filing.claim()
    hr = sign_in("周敏")
    page = hr.post("/hr/years/2025", data={**DATES, "accepted": ""}, status=422)
    assert "1 项待审核" in page.words
    assert hr.get("/hr/years").one("//tr[@data-year='2025']").text_content().count("通常日期") == 1
    hr.post("/hr/years/2025", data=DATES, status=303)
    assert "周敏" in hr.get("/hr/years").one("//tr[@data-year='2025']").text_content()
    assert "设定年度日程" in hr.get("/hr/audit").words


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"grace_until": "2025-12-30"}, "补报截止不能早于申报截止"),
        ({"review_until": "2026-01-30"}, "审核截止不能早于补报截止"),
        ({"reason": ""}, "请填写原因"),
        ({"open_until": "2025-02-30"}, "这一天不存在"),
        ({"open_until": "2024-12-31"}, "不能早于 2025-01-01"),
    ],
)
def test_dates_that_cannot_be_are_named(sign_in: Any, changes: dict[str, str], told: str) -> None:
    assert told in sign_in("周敏").post("/hr/years/2025", data={**DATES, **changes}, status=422).words


def test_years_out_of_reach_are_not_found(sign_in: Any) -> None:
    hr = sign_in("周敏")
    for year in ("2020", "2027", "9999", "0"):
        hr.get(f"/hr/years/{year}", status=404)
        hr.post(f"/hr/years/{year}", data=DATES, status=404)


def test_reviewers_see_the_end_of_reviewing_when_it_is_near(sign_in: Any, clock: Any) -> None:
    set_dates(sign_in)
    assert not sign_in("李静").get("/admin/standing").all("//*[@data-deadline='2026-02-28']")
    admin = at(clock, sign_in, "2026-02-10", "李静")
    for page in ("/admin/standing", "/admin/claims"):
        assert admin.get(page).one("//*[@data-deadline='2026-02-28']").get("data-days-left") == "18"


def obligation(sign_in: Any, people: Any, **changes: Any) -> Any:
    person = people["陈晓"].uuid
    return sign_in("周敏").post(f"/hr/obligations/{person}", data={**OWED, **changes}, status=303)


def test_an_obligation_makes_the_year_met_and_its_end_takes_the_certificate(
    sign_in: Any, filing: Any, people: Any
) -> None:
    filing.course(subject="public", quarters=15 * 4)
    filing.course(subject="professional", quarters=30 * 4)
    owner = sign_in("陈晓")
    owner.post("/certificates/2025", status=409)
    obligation(sign_in, people)
    page = owner.get("/standing")
    card = page.one("//*[@data-subject='professional']")
    assert (card.get("data-need"), card.get("data-met")) == ("30", "true")
    assert "产假、病假等：产假半年" in card.text_content()
    owner.post("/certificates/2025", status=303)
    assert "年度最低要求由人事处单独核定（产假、病假等）" in owner.get("/certificates/2025").words
    line = sign_in("李静").get("/admin/standing").one(f"//tr[@data-person='{people['陈晓'].uuid}']")
    assert (line.get("data-met"), "产假半年" in line.text_content()) == ("yes", True)
    hr = sign_in("周敏")
    end = {"year": "2025", "reason": "核定有误"}
    hr.post(f"/hr/obligations/{people['陈晓'].uuid}/end", data=end, status=303)
    hr.post(f"/hr/obligations/{people['陈晓'].uuid}/end", data=end, status=409)
    assert owner.get("/standing").one("//*[@data-subject='professional']").get("data-met") == "false"
    owner.post("/certificates/2025", status=409)
    log = hr.get(f"/hr/obligations/{people['陈晓'].uuid}").words
    assert "被替代" in log
    assert "恢复通知规定" in log


def test_nothing_is_pro_rated_by_itself(app: Any, sign_in: Any, people: Any) -> None:
    with app.app_context(), write_tx() as session:
        arrived = datetime(2025, 9, 1, tzinfo=UTC)
        session.execute(update(Person).where(Person.username == "20120001").values(created_at=arrived))
    owner = sign_in("陈晓")

    def owed() -> list[str]:
        page = owner.get("/standing")
        return [
            page.one(f"//*[@data-subject='{name}']").get("data-need") for name in ("public", "professional")
        ]

    assert owed() == ["30", "60"], "who came in September owes the whole year"
    obligation(sign_in, people, kind="new_hire", public="7.5", professional="20", reason="9 月入职")
    assert owed() == ["7.5", "20"], "to the figure that was typed"
    assert owner.get("/standing?year=2024").one("//*[@data-subject='public']").get("data-need") == "30"


def test_no_hours_at_all_may_be_owed(sign_in: Any, people: Any) -> None:
    obligation(sign_in, people, public="0", professional="0")
    page = sign_in("陈晓").get("/standing")
    assert not page.all("//*[@data-gap]")


def test_an_approval_is_counted_against_the_obligation(sign_in: Any, filing: Any, people: Any) -> None:
    obligation(sign_in, people, public="0", professional="20")
    claim = filing.claim()
    admin = sign_in("李静")
    admin.post(f"/admin/claims/{claim.uuid}/decision", data={"action": "approve", "version": "1"}, status=303)
    line = admin.get("/admin/standing").one(f"//tr[@data-person='{people['陈晓'].uuid}']")
    assert line.get("data-met") == "yes"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"public": "31"}, "不能高于通知规定的 30"),
        ({"professional": "29.7"}, "0.5"),
        ({"reason": ""}, "请填写原因"),
        ({"year": "2019"}, "不在可申报的范围"),
        ({"public": ""}, "公需科目"),
    ],
)
def test_obligations_that_cannot_be_are_named(
    sign_in: Any, people: Any, changes: dict[str, str], told: str
) -> None:
    page = sign_in("周敏").post(
        f"/hr/obligations/{people['陈晓'].uuid}", data={**OWED, **changes}, status=422
    )
    assert told in page.words


def test_nobody_sets_their_own(sign_in: Any, people: Any) -> None:
    sign_in("周敏").post(f"/hr/obligations/{people['周敏'].uuid}", data=OWED, status=403)


def test_the_proof_is_kept_and_only_for_those_it_concerns(sign_in: Any, people: Any) -> None:
    obligation(sign_in, people, evidence_material=(BytesIO(PIXEL), "诊断证明.png"))
    hr = sign_in("周敏")
    rows = hr.get("/hr/obligations?year=2025&q=20120001")
    address = rows.one("//a[contains(@href, '/file')]").get("href")
    assert hr.get(address).data == PIXEL
    assert sign_in("陈晓").get(address).data == PIXEL
    sign_in("刘洋").get(address, status=404)
    refused = hr.post(
        f"/hr/obligations/{people['陈晓'].uuid}",
        data={**OWED, "evidence_material": (BytesIO(b"not a picture"), "x.png")},
        status=422,
    )
    assert refused.one("//*[@name='evidence_material']") is not None


def test_dates_another_officer_set_meanwhile_are_not_overwritten_unseen(sign_in: Any) -> None:
    one, other = sign_in("周敏"), sign_in("孙悦")
    (seen,) = one.get("/hr/years/2025", status=200).all("//input[@name='seen']/@value")
    other.post("/hr/years/2025", data={**DATES, "seen": seen, "reason": "提前准备"}, status=303)
    mine = {**DATES, "grace_until": "2026-02-15", "seen": seen}
    told = one.post("/hr/years/2025", data=mine, status=422)
    assert "您填写期间，孙悦已改为：申报到 2025-12-31，补报到 2026-01-31" in told.words
    assert "提前准备" in told.words
    assert "2026-01-31" in one.get("/hr/years/2025", status=200).text
    (seen,) = told.all("//input[@name='seen']/@value")
    one.post("/hr/years/2025", data={**mine, "seen": seen}, status=303)
    assert "2026-02-15" in one.get("/hr/years/2025", status=200).text
