"""Deciding many claims in one go: whom it reaches, what each row answers, and the work in the background."""

from __future__ import annotations

from datetime import timedelta

import pytest
from campus import NOW
from sqlalchemy import func, select

from portal import jobs
from portal.database import write_tx
from portal.extensions import db
from portal.models import Claim, Event, Job
from portal.services import review_batches
from portal.services.jobs import free_leases

ADDRESS = "/admin/claims/decisions"


def ticked(*claims, **fields):
    return {
        "ids": [str(one.uuid) for one in claims],
        **{f"version_{one.uuid}": "1" for one in claims},
        "action": "approve",
        **fields,
    }


def states(app) -> dict[str, str]:
    with app.app_context():
        return {str(uuid): status for uuid, status in db.session.execute(select(Claim.uuid, Claim.status))}


def results(page) -> dict[str, str]:
    return {row.get("data-outcome"): row.get("data-decided") for row in page.all("//*[@data-outcome]")}


def decisions(app) -> int:
    with app.app_context():
        query = select(func.count()).where(Event.action.in_(("claim-approved", "claim-returned")))
        return db.session.scalar(query)


def test_ticked_claims_are_decided_and_the_others_left(app, sign_in, filing):
    first, second, third = (filing.claim("陈晓", title=f"研修第{n}期") for n in range(3))
    page = sign_in("李静").post(ADDRESS, data=ticked(first, second), status=200)
    assert results(page) == {str(first.uuid): "yes", str(second.uuid): "yes"}
    found = states(app)
    assert [found[str(one.uuid)] for one in (first, second, third)] == ["approved", "approved", "pending"]


def test_one_claim_out_of_scope_and_nothing_happens_at_all(app, sign_in, filing):
    own, foreign = filing.claim("陈晓"), filing.claim("何平")
    sign_in("李静").post(ADDRESS, data=ticked(own, foreign), status=404)
    assert set(states(app).values()) == {"pending"}
    assert decisions(app) == 0


def test_each_row_says_why_it_was_not_decided(app, sign_in, filing):
    mine, bare = filing.claim("李静"), filing.claim("陈晓", evidence=False)
    good, gone = filing.claim("刘洋", "publication"), filing.claim("陈晓", title="进修")
    late = sign_in("李静")
    sign_in("王芳").post(ADDRESS, data=ticked(gone, action="return", reason="不清晰。"), status=200)
    page = late.post(ADDRESS, data=ticked(mine, bare, good, gone), status=200)
    assert results(page) == {
        str(mine.uuid): "no",
        str(bare.uuid): "no",
        str(good.uuid): "yes",
        str(gone.uuid): "no",
    }
    assert "王芳 已于" in page.words
    assert "缺少" in page.words
    assert states(app)[str(gone.uuid)] == "returned"


def test_the_same_order_sent_twice_decides_once(app, sign_in, filing):
    claim = filing.claim("陈晓")
    admin = sign_in("李静")
    admin.post(ADDRESS, data=ticked(claim), status=200)
    assert results(admin.post(ADDRESS, data=ticked(claim), status=200)) == {str(claim.uuid): "no"}
    assert decisions(app) == 1


def test_a_return_needs_a_reason_and_an_order_needs_claims(app, sign_in, filing):
    claim, admin = filing.claim("陈晓"), sign_in("李静")
    admin.post(ADDRESS, data=ticked(claim, action="return"), status=422)
    admin.post(ADDRESS, data={"action": "approve"}, status=422)
    assert states(app) == {str(claim.uuid): "pending"}


def test_all_of_a_filter_leaves_out_other_categories_ones_own_and_what_came_later(app, sign_in, filing):
    wanted = [filing.claim("陈晓", title=f"研修第{n}期", at=NOW - timedelta(days=2)) for n in range(2)]
    other, mine = filing.claim("刘洋", "publication", at=NOW - timedelta(days=2)), filing.claim("李静")
    admin = sign_in("李静")
    page = admin.get("/admin/claims?category=training", status=200)
    assert "本筛选全部 2 条" in page.words
    until = f"{int((NOW - timedelta(days=1)).timestamp() * 1_000_000)}-0"
    later = filing.claim("陈晓", title="后到的", at=NOW)
    sent = {"all": "1", "category": "training", "action": "return", "reason": "不清晰。", "until": until}
    assert set(results(admin.post(ADDRESS, data=sent, status=200))) == {str(one.uuid) for one in wanted}
    found = states(app)
    assert [found[str(one.uuid)] for one in (other, mine, later)] == ["pending"] * 3


@pytest.fixture
def queued(app, sign_in, filing, monkeypatch):
    """Six claims, more than are decided at once, left to the background; the address of the job."""
    monkeypatch.setattr(review_batches, "AT_ONCE", 2)
    for number in range(6):
        filing.claim("陈晓", title=f"研修第{number}期")
    answer = sign_in("李静").post(ADDRESS, data={"all": "1", "action": "approve"}, status=303)
    return answer.headers["Location"]


def test_more_than_a_few_are_decided_in_the_background(app, sign_in, queued):
    assert set(states(app).values()) == {"pending"}
    jobs.run_all(app)
    assert set(states(app).values()) == {"approved"}
    assert "已通过 6 项" in sign_in("李静").get(queued, status=200).words


def test_a_batch_cut_off_in_the_middle_goes_on_where_it_was(app, sign_in, queued, monkeypatch):
    real, calls = review_batches.reviews.approve, []

    class Killed(BaseException):
        """Ends the work as a kill would: nothing catches it."""

    def dying(*args, **kwargs):
        answer = real(*args, **kwargs)
        calls.append(answer)
        if len(calls) == 4:
            raise Killed
        return answer

    monkeypatch.setattr(review_batches.reviews, "approve", dying)
    with pytest.raises(Killed):
        jobs.run_one(app)
    assert sorted(states(app).values()) == ["approved"] * 3 + ["pending"] * 3
    with app.app_context(), write_tx() as session:
        free_leases(session, list(session.scalars(select(Job.lease))))
    jobs.run_all(app)
    assert set(states(app).values()) == {"approved"}
    assert decisions(app) == 6
    assert "已通过 6 项。" in sign_in("李静").get(queued, status=200).words
    with app.app_context():
        assert sorted(db.session.scalars(select(Claim.approval_number))) == list(range(1, 7))


def test_in_the_page_every_row_answers_where_it_stood(app, sign_in, filing):
    day = timedelta(days=1)
    early, mine, bare, late = (
        filing.claim("陈晓", title="早到的", at=NOW - 5 * day),
        filing.claim("李静", at=NOW - 4 * day),
        filing.claim("刘洋", title="缺材料的", evidence=False, at=NOW - 3 * day),
        filing.claim("陈晓", "publication", title="晚到的", at=NOW - 2 * day),
    )
    left = filing.claim("刘洋", title="没有勾选的", at=NOW - 4 * day)
    admin = sign_in("李静")
    part = admin.post(ADDRESS, data=ticked(early, bare, late, status="pending"), htmx=True, status=200)
    assert part.one("//section[@id='queue']") is not None
    rows = [row.get("data-claim") for row in part.all("//tbody[@data-claim]")]
    assert [uuid for uuid in rows if uuid != str(left.uuid)] == [
        str(one.uuid) for one in (early, mine, bare, late)
    ]
    assert results(part) == {str(early.uuid): "yes", str(bare.uuid): "no", str(late.uuid): "yes"}
    refused = part.one(f"//tbody[@data-claim='{bare.uuid}']")
    assert "没有处理：缺少学时证明" in refused.text_content()
    assert refused.xpath(".//input[@name='ids']")  # still there to be ticked
    assert len(part.all("//*[@data-undo]")) == 2
    assert "已通过 2 项，1 项没有处理" in part.words
    assert part.one("//*[@id='waiting']").get("hx-swap-oob") == "true"
    assert states(app)[str(left.uuid)] == "pending"


def test_in_the_page_whoever_was_faster_is_named_in_the_row(sign_in, filing):
    claim, taken_back = filing.claim("陈晓"), filing.claim("刘洋", title="撤回的")
    late = sign_in("李静")
    sign_in("王芳").post(f"/admin/claims/{claim.uuid}/decision", data={"action": "approve", "version": "1"})
    sign_in("刘洋").post(f"/claims/{taken_back.uuid}/withdraw", data={"version": "1"}, status=303)
    part = late.post(ADDRESS, data=ticked(claim, taken_back), htmx=True, status=200)
    row = part.one(f"//tbody[@data-claim='{claim.uuid}']")
    assert "王芳 已于 2025-12-01 08:00 通过" in row.text_content()
    assert not part.all(f"//tbody[@data-claim='{taken_back.uuid}']")  # nothing a reviewer may look at
    assert "申报人已撤回" in part.one(f"//p[@data-outcome='{taken_back.uuid}']").text_content()


def test_in_the_page_the_filter_and_the_place_in_it_are_kept(sign_in, filing):
    claims = [filing.claim("陈晓", title=f"研修第{n}期", at=NOW - timedelta(days=60 - n)) for n in range(30)]
    other = filing.claim("陈晓", "publication", at=NOW - timedelta(days=1))
    admin = sign_in("李静")
    first = admin.get("/admin/claims?category=training", status=200)
    onward = next(link for link in first.all("//a/@href") if "after=" in link)
    second = admin.get(onward, status=200)
    after = second.one("//form[@id='bulk']//input[@name='after']/@value")
    sent = ticked(claims[27], category="training", after=after)
    part = admin.post(ADDRESS, data=sent, htmx=True, status=200)
    shown = [row.get("data-claim") for row in part.all("//tbody[@data-claim]")]
    assert shown == [str(one.uuid) for one in claims[25:]]
    assert str(other.uuid) not in shown


def test_in_the_page_a_long_order_shows_its_progress_in_the_place_of_the_list(
    app, sign_in, filing, monkeypatch
):
    monkeypatch.setattr(review_batches, "AT_ONCE", 2)
    bare = filing.claim("陈晓", evidence=False)
    for number in range(3):
        filing.claim("刘洋", title=f"研修第{number}期")
    admin = sign_in("李静")
    part = admin.post(ADDRESS, data={"all": "1", "action": "approve"}, htmx=True, status=200)
    job = part.one("//section[@id='queue']//*[@data-job]")
    jobs.run_all(app)
    ended = admin.get(job.get("hx-get"), htmx=True, status=200)
    assert "已通过 3 项。1 项没有处理" in ended.words
    assert f"{bare.title}》：缺少学时证明" in ended.words  # the first of them at once, all of them as a file
    assert ended.one("//a[contains(@href, 'refused.txt')]") is not None
