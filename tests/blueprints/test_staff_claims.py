"""One's own claims: list, one claim, withdrawing, deleting; and that they are nobody else's."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from forms_sent import TRAINING, count, rows, stored

from portal.models import Claim, Event, EvidenceFile


def test_the_list_carries_the_hooks_and_filters(sign_in: Any, filing: Any) -> None:
    approved = filing.claim("陈晓", "training", "approved", quarters=160)  # 40 h in 3 days: clipped to 24
    filing.claim("陈晓", "self_study", "returned", reason="录取通知书不清晰")
    filing.claim("陈晓", "publication", "draft", work_on=date(2024, 5, 1))
    filing.claim("刘洋", "training", "approved")
    client = sign_in("陈晓")
    page = client.get("/claims", status=200)
    assert len(page.all("//tr[@data-claim]")) == 3
    row = page.one(f"//tr[@data-claim='{approved.uuid}']")
    assert (row.get("data-status"), row.get("data-credited")) == ("approved", "24")
    assert int(row.get("data-version")) > 1
    assert "录取通知书不清晰" in page.words
    assert len(client.get("/claims?status=returned").all("//tr[@data-claim]")) == 1
    assert len(client.get("/claims?year=2024").all("//tr[@data-claim]")) == 1
    assert "没有符合条件" in client.get("/claims?status=pending").words
    assert len(client.get("/claims?status=nonsense&year=９９").all("//tr[@data-claim]")) == 3


def test_an_empty_list_says_what_to_do(sign_in: Any) -> None:
    page = sign_in("陈晓").get("/claims", status=200)
    assert page.all("//*[contains(@class, 'empty')]//a[@href='/claims/new']")


@pytest.mark.parametrize("status", ["draft", "pending", "returned", "withdrawn", "approved", "revoked"])
@pytest.mark.parametrize("category", ["training", "self_study", "achievement", "publication"])
def test_every_claim_stands_as_a_page(sign_in: Any, filing: Any, status: str, category: str) -> None:
    claim = filing.claim("陈晓", category, status)
    page = sign_in("陈晓").get(f"/claims/{claim.uuid}", status=200)
    assert page.one("//*[@data-claim]").get("data-status") == status
    assert len(page.all("//*[@data-evidence]")) == (2 if category == "self_study" else 1)


def test_who_holds_it_and_since_when(sign_in: Any, filing: Any) -> None:
    claim = filing.claim("陈晓", "training", "pending")
    words = sign_in("陈晓").get(f"/claims/{claim.uuid}").words
    assert "李静、王芳" in words
    assert "2025-12-01 08:00" in words
    own = filing.claim("李静", "training", "pending")
    words = sign_in("李静", "person").get(f"/claims/{own.uuid}").words
    assert "王芳" in words
    assert "（李静" not in words
    alone = filing.claim("欧阳䶮", "training", "pending")
    assert "由人事处审核" in sign_in("欧阳䶮").get(f"/claims/{alone.uuid}").words


def test_an_approved_claim_says_what_counts_and_why(sign_in: Any, filing: Any) -> None:
    claim = filing.claim("陈晓", "training", "approved", quarters=160)
    page = sign_in("陈晓").get(f"/claims/{claim.uuid}")
    assert page.one("//*[@data-claim]").get("data-credited") == "24"
    assert "不超过8学时/天" in page.one("//*[@data-rule='day']").text_content()


def test_history_tells_every_step_with_its_reason(sign_in: Any, filing: Any) -> None:
    claim = filing.claim("陈晓", "training", "returned", decider="李静", reason="日期与证明不符")
    words = sign_in("陈晓").get(f"/claims/{claim.uuid}").one("//ol[@class='timeline']").text_content()
    assert "李静（平台管理员）" in words
    assert "日期与证明不符" in words


def test_a_pending_claim_is_withdrawn_and_sent_again(app: Any, sign_in: Any, filing: Any) -> None:
    claim = filing.claim("陈晓", "training", "pending")
    client = sign_in("陈晓")
    client.post(f"/claims/{claim.uuid}/withdraw", data={"version": str(claim.version)}, status=303)
    (now,) = rows(app, Claim)
    assert (now.status, now.submitted_at) == ("withdrawn", None)
    client.post(f"/claims/{claim.uuid}/submit", data={"version": str(now.version)}, status=303)
    assert rows(app, Claim)[0].status == "pending"
    actions = [event.action for event in rows(app, Event) if event.object_type == "claim"]
    assert actions == ["claim-submitted", "claim-withdrawn", "claim-submitted"]


def test_submitting_a_saved_claim_asks_the_same_questions(app: Any, sign_in: Any, filing: Any) -> None:
    bare = filing.claim("陈晓", "training", "draft", evidence=False)
    answer = sign_in("陈晓").post(f"/claims/{bare.uuid}/submit", status=422)
    assert answer.all("//*[@id='evidence_hours-errors']//li")
    assert rows(app, Claim)[0].status == "draft"


def test_a_draft_is_deleted_with_its_files(app: Any, sign_in: Any, filing: Any) -> None:
    before = stored(app)
    claim = filing.claim("陈晓", "training", "draft")
    sign_in("陈晓").post(f"/claims/{claim.uuid}/delete", status=303)
    assert count(app, Claim) == count(app, EvidenceFile) == 0
    assert stored(app) == before


@pytest.mark.parametrize(
    ("status", "deed"),
    [
        ("pending", "delete"),
        ("returned", "delete"),
        ("approved", "delete"),
        ("approved", "withdraw"),
        ("approved", "submit"),
        ("draft", "withdraw"),
        ("pending", "submit"),
        ("revoked", "submit"),
    ],
)
def test_moves_the_state_does_not_allow(app: Any, sign_in: Any, filing: Any, status: str, deed: str) -> None:
    claim = filing.claim("陈晓", "training", status)
    client = sign_in("陈晓")
    events = count(app, Event)
    client.post(f"/claims/{claim.uuid}/{deed}", status=409)
    client.post(f"/claims/{claim.uuid}/{deed}", htmx=True, status=409)
    assert (rows(app, Claim)[0].status, count(app, Event)) == (status, events)


def test_a_stale_version_withdraws_nothing(app: Any, sign_in: Any, filing: Any) -> None:
    claim = filing.claim("陈晓", "training", "pending")
    sign_in("陈晓").post(f"/claims/{claim.uuid}/withdraw", data={"version": "99"}, status=409)
    assert rows(app, Claim)[0].status == "pending"


@pytest.mark.parametrize("status", ["draft", "pending", "approved"])
@pytest.mark.parametrize("who", ["刘洋", "李静", "赵磊", "周敏"])
def test_nobody_elses_claim_is_here(app: Any, sign_in: Any, filing: Any, who: str, status: str) -> None:
    claim = filing.claim("陈晓", "training", status)
    client = sign_in(who)
    for path in (f"/claims/{claim.uuid}", f"/claims/{claim.uuid}/edit"):
        client.get(path, status=404)
        client.get(path, htmx=True, status=404)
    for deed in ("edit", "submit", "withdraw", "delete"):
        client.post(f"/claims/{claim.uuid}/{deed}", data=TRAINING, status=404)
    (now,) = rows(app, Claim)
    assert (now.status, now.version) == (status, claim.version)


def test_the_auditor_and_the_stranger_stay_outside(sign_in: Any, client: Any, filing: Any) -> None:
    claim = filing.claim("陈晓", "training", "draft")
    auditor = sign_in("吴审")
    for path in ("/claims", "/claims/new", "/standing", f"/claims/{claim.uuid}", "/claims/preview"):
        auditor.get(path, status=403)
        assert client.get(path).status_code == 302
        assert client.get(path, htmx=True).headers["HX-Redirect"] == "/login"


@pytest.mark.parametrize(
    "odd", ["9223372036854775808", "nonsense", "../x", "5b1c0f2e-8a41-4c5e-9d0a-3f6b7c8d9e10"]
)
def test_odd_addresses_are_not_found(sign_in: Any, odd: str) -> None:
    sign_in("陈晓").get(f"/claims/{odd}", status=404)
