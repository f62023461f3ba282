"""Filing for somebody of one's unit: same feedback, same rules, marked, and never decided by who filed it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from forms_sent import PAPER, TRAINING, proof, rows, stored
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from portal.database import write_tx
from portal.models import Claim, Event, EvidenceFile, Message, Person

CASES = {
    "clipped by the day": (TRAINING, "evidence_hours"),
    "a paper": (PAPER, "evidence_material"),
    "self-study over its cap": (
        {
            "category": "self_study",
            "kind": "自学考试",
            "title": "护理学",
            "year": "2025",
            "hours": "60",
            "approval": "approved",
            "truthful": "y",
        },
        "evidence_admission",
    ),
}


def file_for(client: Any, person: Any, data: dict[str, Any], **options: Any) -> Any:
    return client.post(f"/admin/filing/{person.uuid}", data={"action": "submit", **data}, **options)


@pytest.mark.parametrize("case", CASES)
def test_feedback_and_sending_agree_on_the_persons_own_ledger(
    case: str, app: Any, sign_in: Any, filing: Any, people: Any
) -> None:
    filing.claim("陈晓", "training", "approved", title="省护理质控培训")
    data, field = CASES[case]
    admin, person = sign_in("李静"), people["陈晓"]
    shown = admin.get(f"/admin/filing/{person.uuid}/preview", query_string=data, htmx=True, status=200)
    counts = shown.one("//*[@id='feedback']").get("data-counts-now")
    own = sign_in("陈晓").get("/claims/preview", query_string=data, htmx=True)
    assert counts == own.one("//*[@id='feedback']").get("data-counts-now")
    files = {**proof(field), **(proof("evidence_transcript") if "year" in data else {})}
    file_for(admin, person, {**data, **files}, status=303)
    (claim,) = [one for one in rows(app, Claim) if one.status == "pending"]
    assert (claim.person_id, claim.filed_by_id) == (person.id, people["李静"].id)
    queue = sign_in("王芳").get("/admin/claims", status=200)
    assert queue.one(f"//*[@data-claim='{claim.uuid}']").get("data-credited") == counts
    assert "单位代办" in queue.words


def test_the_filer_cannot_decide_but_the_other_admin_can(app: Any, sign_in: Any, people: Any) -> None:
    admin = sign_in("李静")
    file_for(admin, people["陈晓"], {**TRAINING, **proof()}, status=303)
    (claim,) = rows(app, Claim)
    decision = {"action": "approve", "version": str(claim.version)}
    refused = admin.post(f"/admin/claims/{claim.uuid}/decision", data=decision, status=403)
    assert "代为提交" in refused.words
    assert not admin.get("/admin/claims").all("//*[@data-waiting]")
    assert rows(app, Claim)[0].status == "pending"
    sign_in("王芳").post(f"/admin/claims/{claim.uuid}/decision", data=decision, status=303)
    assert rows(app, Claim)[0].status == "approved"


def test_without_another_admin_it_is_hrs(app: Any, sign_in: Any, people: Any) -> None:
    file_for(sign_in("赵磊"), people["何平"], {**TRAINING, **proof()}, status=303)
    (claim,) = rows(app, Claim)
    hr = sign_in("周敏").get("/admin/claims", status=200)
    assert hr.all(f"//*[@data-claim='{claim.uuid}' and @data-waiting]")


def test_the_database_refuses_a_filer_who_decides_and_a_filer_who_changes(
    app: Any, sign_in: Any, people: Any
) -> None:
    file_for(sign_in("李静"), people["陈晓"], {**TRAINING, **proof()}, status=303)
    for change, words in (
        ("status = 'returned', decided_at = submitted_at, decider_id = filed_by_id", "nobody decides"),
        ("filed_by_id = NULL", "immutable"),
    ):
        with app.app_context(), pytest.raises(IntegrityError, match=words), write_tx() as session:
            session.execute(text(f"UPDATE claims SET {change}"))  # noqa: S608


def test_the_person_sees_who_filed_it_and_may_withdraw(app: Any, sign_in: Any, people: Any) -> None:
    file_for(sign_in("李静"), people["陈晓"], {**TRAINING, **proof()}, status=303)
    (claim,) = rows(app, Claim)
    own = sign_in("陈晓")
    assert "单位代办" in own.get("/claims").words
    (message,) = rows(app, Message)
    assert (message.person_id, message.link) == (claim.person_id, f"/claims/{claim.uuid}")
    page = own.get(f"/claims/{claim.uuid}")
    assert "李静" in page.one("//*[@data-filed-by]").text_content()
    assert "由单位代为申报" in page.words
    assert "平台管理员（王芳）审核" in page.words
    own.post(f"/claims/{claim.uuid}/withdraw", data={"version": str(claim.version)}, status=303)
    assert rows(app, Claim)[0].status == "withdrawn"


def test_sent_twice_is_filed_once(app: Any, sign_in: Any, people: Any) -> None:
    before = stored(app)
    admin, key = sign_in("李静"), str(uuid4())
    for _ in range(2):
        file_for(admin, people["陈晓"], {**TRAINING, **proof(), "idempotency_key": key}, status=303)
    assert len(rows(app, Claim)) == 1
    assert stored(app) - before == {str(file.uuid) for file in rows(app, EvidenceFile)}
    assert [event.action for event in rows(app, Event) if event.object_type == "claim"] == ["claim-filed-for"]


def test_the_same_rules_refuse_and_nothing_is_kept(app: Any, sign_in: Any, people: Any) -> None:
    before = stored(app)
    admin = sign_in("李静")
    answer = file_for(admin, people["陈晓"], TRAINING, status=422)
    assert "学时证明" in answer.words
    file_for(admin, people["陈晓"], {**TRAINING, **proof(), "end": "2025-12-20"}, status=422)
    file_for(admin, people["陈晓"], {**TRAINING, **proof(), "action": "save"}, status=422)
    assert rows(app, Claim) == []
    assert stored(app) == before


def test_somebody_of_another_unit_does_not_exist(app: Any, sign_in: Any, people: Any) -> None:
    admin = sign_in("李静")
    for path in ("new", "preview"):
        admin.get(f"/admin/filing/{people['何平'].uuid}/{path}", status=404)
    file_for(admin, people["何平"], {**TRAINING, **proof()}, status=404)
    with app.app_context(), write_tx() as session:  # she moves while the form is open
        session.get(Person, people["陈晓"].id).unit_id = people["何平"].unit_id
    file_for(admin, people["陈晓"], {**TRAINING, **proof()}, status=404)
    assert rows(app, Claim) == []
