"""One work, one claim: refused to its author, told as a warning where it is only alike, and to reviewers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from forms_sent import PAPER, TRAINING, count, proof, rows, send
from sqlalchemy import insert, text, update

from portal.database import write_tx
from portal.extensions import db
from portal.models import Claim, CourseRecord
from portal.rules.filing import ClaimInput
from portal.rules.policy import shipped
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Evidence
from portal.services import filing
from portal.services.evidence import Upload, taken_in

DOI = "10.3761/j.issn.0254-1769.2025.09"


def told(client: Any, data: dict[str, Any]) -> Any:
    """The live feedback for what is typed."""
    return client.get("/claims/preview", query_string=data, htmx=True, status=200)


@pytest.mark.parametrize("status", ["pending", "approved"])
def test_the_same_work_is_refused_with_a_link_and_the_rule(
    app: Any, sign_in: Any, filing: Any, status: str
) -> None:
    first = filing.claim("陈晓", "publication", status, work_id=DOI)
    client = sign_in("陈晓")
    data = {
        **PAPER,
        "kind": "会议论文",
        "level": "全国学术会议交流",
        "work_id": f"https://doi.org/{DOI.upper()}",
    }
    for answer in (told(client, data), send(client, {**data, **proof("evidence_material")}, status=422)):
        box = answer.one("//*[@data-problem='work_id']")
        assert "每项（篇、本）计10学时" in box.text_content()
        assert box.xpath(f".//a[@href='/claims/{first.uuid}']")
    assert [claim.status for claim in rows(app, Claim)].count("pending") == (status == "pending")


@pytest.mark.parametrize("status", ["draft", "withdrawn", "returned", "revoked"])
def test_a_work_that_does_not_stand_may_be_claimed_again(sign_in: Any, filing: Any, status: str) -> None:
    filing.claim("陈晓", "publication", status, work_id=DOI)
    send(sign_in("陈晓"), {**PAPER, "work_id": DOI, **proof("evidence_material")}, status=303)


def test_another_persons_work_is_no_matter_of_the_author(sign_in: Any, filing: Any) -> None:
    filing.claim("刘洋", "publication", "approved", work_id=DOI, title=PAPER["title"])
    client = sign_in("陈晓")
    answer = told(client, {**PAPER, "work_id": DOI})
    assert not answer.all("//*[@data-duplicate or @data-problem='work_id']")
    assert "刘洋" not in answer.words
    send(client, {**PAPER, "work_id": DOI, **proof("evidence_material")}, status=303)


def test_a_saved_draft_of_the_same_work_is_refused_when_sent(app: Any, sign_in: Any, filing: Any) -> None:
    draft = filing.claim("陈晓", "publication", "draft", work_id=DOI)
    filing.claim("陈晓", "publication", work_id=DOI)
    answer = sign_in("陈晓").post(f"/claims/{draft.uuid}/submit", data={"version": draft.version}, status=422)
    assert answer.one("//*[@data-problem='work_id']") is not None


def test_a_title_alike_warns_and_does_not_refuse(sign_in: Any, filing: Any) -> None:
    filing.claim("陈晓", "publication", title="延续护理对脑卒中患者自我效能的影响")
    client, data = sign_in("陈晓"), {**PAPER, "title": "《延续性护理对脑卒中患者自我效能的影响》"}
    assert told(client, data).one("//*[@data-duplicate='title']") is not None
    assert not told(client, PAPER).all("//*[@data-duplicate]")
    sent = send(client, {**data, **proof("evidence_material")}, status=303)
    assert client.get(sent.location).one("//*[@data-duplicate='title']") is not None


def test_the_same_file_warns_while_it_is_a_draft(sign_in: Any, filing: Any) -> None:
    day = date(2025, 3, 3)
    filing.claim("陈晓", "training", "approved", title="别的培训", start_on=day, end_on=day, quarters=8)
    draft = filing.claim("陈晓", "training", "draft")
    answer = told(sign_in("陈晓"), {**TRAINING, "claim": str(draft.uuid)})
    assert answer.one("//*[@data-duplicate='file']") is not None


@pytest.mark.parametrize(
    ("changes", "warned"), [({}, True), ({"hours": "19"}, False), ({"end": "2025-07-03"}, False)]
)
def test_a_synced_course_warns(
    app: Any, people: Any, sign_in: Any, clock: Any, changes: dict[str, str], warned: bool
) -> None:
    record = {
        "person_id": people["陈晓"].id,
        "platform": "山东开放大学",
        "record_id": "2025-1",
        "title": "全国重症护理　学术年会",
        "subject": "professional",
        "year": 2025,
        "completed_on": date(2025, 7, 4),
        "quarters": 80,
        "created_at": clock.now(),
    }
    with app.app_context(), write_tx() as session:
        session.execute(insert(CourseRecord), [record])
    answer = told(sign_in("陈晓"), {**TRAINING, **changes})
    assert bool(answer.all("//*[@data-duplicate='course']")) is warned
    assert ("已同步无需重复申报" in answer.words) is warned


def test_a_wrong_isbn_is_doubted(sign_in: Any) -> None:
    book = {**PAPER, "kind": "著作", "level": "国家级出版社出版"}
    client = sign_in("陈晓")
    assert told(client, {**book, "work_id": "978-7-117-12345-4"}).all("//*[@data-doubt='work_id']")
    assert not told(client, {**book, "work_id": "978-7-117-12345-7"}).all("//*[@data-doubt='work_id']")


def submit_once(app: Any, actor: Any, clock: Any) -> str:
    """One of several sendings at the same time, each a form of its own."""
    from_form = ClaimInput(
        category="publication",
        kind="学术论文",
        subject="professional",
        title="同时提交",
        on=date(2025, 5, 1),
        author_name="陈晓",
        rank="1",
        level="核心期刊公开发表",
        owner="山东第二医科大学",
        work_id=DOI,
        marked=True,
        truthful=True,
    )
    files = [Upload(Evidence.MATERIAL, "证明.pdf", proof()["evidence_hours"][0])]
    with app.app_context(), taken_in(files, app.extensions["portal.store"]) as intake:
        try:
            filing.submit(
                actor, filing.Form(from_form, intake), shipped(), now=clock.now(), today=clock.today()
            )
        except RuleBroken as refused:
            return "work_id" if "work_id" in refused.fields else "other"
    return "sent"


def test_of_many_sendings_at_once_the_database_takes_one(app: Any, people: Any, clock: Any) -> None:
    actor = people.actor("陈晓")
    with ThreadPoolExecutor(6) as pool:
        told = sorted(pool.map(lambda _: submit_once(app, actor, clock), range(6)))
    assert told == ["sent", *["work_id"] * 5]
    assert count(app, Claim) == 1


def test_the_index_itself_refuses_a_second_live_claim(app: Any, filing: Any) -> None:
    filing.claim("陈晓", "publication", "approved", work_id=DOI)
    second = filing.claim("陈晓", "publication", "draft", work_id=f"doi:{DOI}")
    change = update(Claim).where(Claim.id == second.id)
    sent = change.values(status="pending", submitted_at=Claim.created_at)
    with app.app_context(), pytest.raises(Exception, match="work_key"), write_tx() as session:
        session.execute(sent)
    with app.app_context():
        assert db.session.scalar(text("SELECT count(*) FROM claims WHERE status = 'pending'")) == 0


def test_the_reviewer_sees_names_of_the_own_unit_only(sign_in: Any, filing: Any) -> None:
    filing.claim("何平", "publication", "approved", work_id=DOI, title="别处的论文")
    filing.claim("刘洋", "publication", work_id=f"https://doi.org/{DOI}")
    claim = filing.claim("陈晓", "publication", work_id=DOI, title="重症患者早期活动")
    admin = sign_in("李静").get(f"/admin/claims/{claim.uuid}", status=200)
    shown = [one.text_content() for one in admin.all("//*[@data-foreign]")]
    assert len(shown) == 2
    assert any("刘洋" in one for one in shown)
    assert any("其他单位人员" in one for one in shown)
    assert not {"何平", "别处的论文"} & {word for word in ("何平", "别处的论文") if word in admin.words}
    hr = sign_in("周敏").get(f"/admin/claims/{claim.uuid}", status=200)
    assert "何平" in hr.words


def test_the_reviewer_sees_the_days_the_hint_and_both_effects(sign_in: Any, filing: Any) -> None:
    filing.claim("陈晓", "training", title="省护理质控培训")  # 24 h on 1-3 July, pending
    claim = filing.claim(
        "陈晓", "training", title="年会", start_on=date(2025, 7, 2), end_on=date(2025, 7, 4), quarters=44
    )
    page = sign_in("李静").get(f"/admin/claims/{claim.uuid}", status=200)
    strip = page.one("//*[@data-strip]")
    assert "3 天 × 每天 8 = 最多 24，申报 11" in " ".join(strip.text_content().split())
    (drawn,) = strip.xpath(".//*[local-name()='svg']/@aria-label")
    assert "省护理质控培训" in drawn
    assert page.one("//*[@data-stretched]") is not None
    assert "8" in page.one("//*[@data-if-all]").text_content()


def test_what_takes_the_room_without_touching_the_days_is_drawn_too(sign_in: Any, filing: Any) -> None:
    first, second, third = (date(2025, 7, day) for day in (1, 2, 3))
    filing.claim("陈晓", "training", "approved", title="前一天的", start_on=first, end_on=first, quarters=32)
    filing.claim(
        "陈晓", "training", "approved", title="两天都在的", start_on=first, end_on=second, quarters=64
    )
    filing.claim("陈晓", "training", "approved", title="后一天的", start_on=third, end_on=third, quarters=32)
    claim = filing.claim("陈晓", "training", title="年会", start_on=second, end_on=second, quarters=32)
    page = sign_in("李静").get(f"/admin/claims/{claim.uuid}", status=200)
    assert page.one(f"//tbody[@data-claim='{claim.uuid}']").get("data-credited") == "0"
    (drawn,) = page.all("//*[local-name()='svg' and contains(@class, 'strip')]/@aria-label")
    assert "前一天的" in drawn  # it holds the day that 两天都在的 would leave free
    assert "两天都在的" in drawn
    assert "后一天的" not in drawn


def test_false_material_before_is_flagged(app: Any, sign_in: Any, filing: Any) -> None:
    past = filing.claim("陈晓", "training", "revoked", start_on=date(2025, 3, 3), end_on=date(2025, 3, 5))
    claim = filing.claim("陈晓", "publication")
    address = f"/admin/claims/{claim.uuid}"
    assert not sign_in("李静").get(address).all("//*[@data-false-before]")
    with app.app_context(), write_tx() as session:
        session.execute(update(Claim).where(Claim.id == past.id).values(revoked_kind="false"))
    assert "虚假材料" in sign_in("李静").get(address).one("//*[@data-false-before]").text_content()
