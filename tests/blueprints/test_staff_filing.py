"""Filing through the pages: saving, sending, sending twice, and what is refused how."""

from __future__ import annotations

import io
from typing import Any

import pytest
from forms_sent import PAPER, TRAINING, count, pdf, proof, rows, send, stored

from portal.models import Claim, Event, EvidenceFile, Sending


def test_a_complete_claim_is_sent_with_its_file(app: Any, sign_in: Any, people: Any) -> None:
    answer = send(sign_in("陈晓"), {**TRAINING, **proof()}, status=303)
    (claim,) = rows(app, Claim)
    (file,) = rows(app, EvidenceFile)
    assert answer.location == f"/claims/{claim.uuid}"
    assert (claim.status, claim.quarters, claim.year_from, claim.year_to) == ("pending", 80, 2025, 2025)
    assert claim.unit_id == people["陈晓"].unit_id
    assert claim.submitted_at is not None
    assert (file.kind, file.name, file.pages) == ("hours", "学时证明.pdf", 1)
    assert app.extensions["portal.store"].size(str(file.uuid)) == file.size
    assert [event.action for event in rows(app, Event) if event.object_type == "claim"] == ["claim-submitted"]


PAGES = [
    "/claims/new",
    "/claims/new?category=self_study",
    "/claims/new?category=achievement&kind=课题",
    "/claims/new?category=publication&kind=译著",
    "/claims/new?category=training&kind=进修",
    "/claims/new?category=nonsense&kind=nonsense",
    "/claims/preview",
]


@pytest.mark.parametrize("path", PAGES)
def test_every_form_stands_as_a_page(path: str, sign_in: Any) -> None:
    sign_in("陈晓").get(path, status=200)


def test_a_form_shows_only_its_kinds_fields_and_evidence(sign_in: Any) -> None:
    client = sign_in("陈晓")

    def names(query: str) -> set[str]:
        return set(client.get(f"/claims/new?{query}").all("//form[@id='claim-form']//*/@name"))

    study = names("category=training&kind=进修")
    assert {"evidence_dispatch", "evidence_assessment", "start", "end", "hours", "approval"} <= study
    assert not study & {"evidence_hours", "author_name", "year", "date", "marked"}
    assert "evidence_hours" in names("category=training&kind=远程教育")
    self_study = names("category=self_study&kind=自学考试")
    assert {"evidence_admission", "evidence_transcript", "year"} <= self_study
    assert not self_study & {"start", "end", "subject"}
    paper = names("category=publication&kind=学术论文")
    assert {"evidence_material", "author_name", "rank", "level", "owner", "marked", "date"} <= paper
    assert not paper & {"hours", "start", "approval"}


def test_a_draft_may_lack_anything_but_its_category(app: Any, sign_in: Any) -> None:
    answer = send(sign_in("陈晓"), {"category": "achievement"}, "save", status=303)
    (claim,) = rows(app, Claim)
    assert answer.location == f"/claims/{claim.uuid}/edit"
    assert (claim.status, claim.category, claim.submitted_at) == ("draft", "achievement", None)


def test_an_item_is_worth_what_the_policy_says(app: Any, sign_in: Any) -> None:
    send(sign_in("陈晓"), {**PAPER, "hours": "99", **proof("evidence_material")}, status=303)
    (claim,) = rows(app, Claim)
    assert (claim.quarters, claim.subject, claim.year_from) == (40, "professional", 2025)


REFUSED = {
    "0": "hours",
    "-1": "hours",
    "7.3": "hours",
    "NaN": "hours",
    "sNaN": "hours",
    "１２": "hours",
    "1e9": "hours",
    "999999": "hours",
    "+8": "hours",
    "8,5": "hours",
    "\x008": "hours",
}


@pytest.mark.parametrize("hours", REFUSED)
@pytest.mark.parametrize("action", ["save", "submit"])
def test_hours_that_are_no_hours_are_refused_and_kept(
    app: Any, sign_in: Any, hours: str, action: str
) -> None:
    answer = send(sign_in("陈晓"), {**TRAINING, "hours": hours, **proof()}, action, status=422)
    assert answer.all("//*[@id='hours-errors']//li")
    assert answer.one("//input[@name='title']/@value") == TRAINING["title"]
    if "\x00" not in hours:
        assert answer.one("//input[@name='hours']/@value") == hours
    assert count(app, Claim) == count(app, EvidenceFile) == 0


@pytest.mark.parametrize(
    ("changes", "field", "word"),
    [
        ({"end": "2025-07-01"}, "end", "早于"),
        ({"start": "2025-02-31"}, "start", "不存在"),
        ({"start": "1925-07-02"}, "start", "年份是否输错"),
        ({"end": "2125-07-04"}, "end", "年份是否输错"),
        ({"start": "20250702"}, "start", "不是日期"),
        ({"start": "2025-W27-1"}, "start", "不是日期"),
        ({"start": "２０２５-07-02"}, "start", "不是日期"),
        ({"title": "护理\x00年会"}, "title", "看不见的字符"),
        ({"title": "护理\u202e年会"}, "title", "看不见的字符"),
        ({"title": "长" * 201}, "title", "最多 200 个字符"),
        ({"kind": "旅游"}, "kind", "列表"),
        ({"subject": "course"}, "subject", "列表"),
        ({"approval": "maybe"}, "approval", "列表"),
    ],
)
def test_a_field_that_cannot_be_read_is_refused_beside_it(
    app: Any, sign_in: Any, changes: dict[str, str], field: str, word: str
) -> None:
    answer = send(sign_in("陈晓"), {**TRAINING, **changes, **proof()}, "save", status=422)
    assert word in answer.one(f"//*[@id='{field}-errors']").text_content()
    assert count(app, Claim) == 0


def test_rare_characters_are_kept(app: Any, sign_in: Any) -> None:
    send(sign_in("陈晓"), {"category": "training", "title": "𠮷田教授讲座 👩‍⚕️"}, "save", status=303)
    assert rows(app, Claim)[0].title == "𠮷田教授讲座 👩‍⚕️"


@pytest.mark.parametrize(
    ("data", "given", "field"),
    [
        ({**TRAINING, "truthful": ""}, "evidence_hours", "truthful"),
        ({**TRAINING, "approval": ""}, "evidence_hours", "approval"),
        ({**TRAINING, "title": "  "}, "evidence_hours", "title"),
        ({**TRAINING}, "", "evidence_hours"),
        ({**TRAINING, "kind": "进修"}, "evidence_dispatch", "evidence_assessment"),
        ({**TRAINING, "end": "2025-12-20"}, "evidence_hours", "end"),
        ({**PAPER, "rank": ""}, "evidence_material", "rank"),
        ({**PAPER, "marked": ""}, "evidence_material", "marked"),
        ({**PAPER, "date": "2025-12-31"}, "evidence_material", "date"),
        (
            {**PAPER, "category": "achievement", "kind": "课题", "level": "校级"},
            "evidence_material",
            "level",
        ),
    ],
)
def test_the_notices_conditions_stop_a_submission(
    app: Any, sign_in: Any, data: dict[str, str], given: str, field: str
) -> None:
    answer = send(sign_in("陈晓"), {**data, **(proof(given) if given else {})}, status=422)
    assert answer.all(f"//*[@id='{field}-errors']//li"), answer.words
    assert {claim.status for claim in rows(app, Claim)} <= {"draft"}


def test_a_refused_submission_keeps_its_files_as_a_draft_and_says_so(app: Any, sign_in: Any) -> None:
    answer = send(sign_in("陈晓"), {**TRAINING, "truthful": "", **proof()}, status=422, htmx=True)
    (claim,) = rows(app, Claim)
    (file,) = rows(app, EvidenceFile)
    assert (claim.status, file.claim_id) == ("draft", claim.id)
    assert "已存为草稿" in answer.words
    assert answer.headers["HX-Replace-Url"] == f"/claims/{claim.uuid}/edit"
    assert answer.all(f"//*[@data-evidence='{file.uuid}']")


def test_a_refused_submission_without_files_writes_nothing(app: Any, sign_in: Any) -> None:
    answer = send(sign_in("陈晓"), TRAINING, status=422)
    assert answer.one("//input[@name='hours']/@value") == "20"
    assert count(app, Claim) == count(app, Event) - 1 == 0  # the one event is the sign-in


def test_a_wrong_file_is_refused_beside_its_field_and_nothing_is_kept(app: Any, sign_in: Any) -> None:
    before = stored(app)
    wrong = {"evidence_hours": [(pdf(), "好.pdf"), (io.BytesIO(b"GIF89a..."), "坏.pdf")]}
    answer = send(sign_in("陈晓"), {**TRAINING, **wrong}, "save", status=422)
    told = answer.one("//*[@id='evidence_hours-errors']").text_content()
    assert "坏.pdf" in told
    assert "好.pdf" not in told
    assert answer.one("//input[@name='title']/@value") == TRAINING["title"]
    assert count(app, Claim) == count(app, EvidenceFile) == 0
    assert stored(app) == before


@pytest.mark.parametrize(
    ("content", "name"), [(b"", "空.pdf"), (b"%PDF-1.7\n%%EOF", "断.pdf"), (b"\x89PNG\r\n\x1a\n", "断.png")]
)
def test_broken_files_are_refused_with_a_sentence(app: Any, sign_in: Any, content: bytes, name: str) -> None:
    files = {"evidence_hours": (io.BytesIO(content), name)}
    answer = send(sign_in("陈晓"), {**TRAINING, **files}, "save", status=422)
    assert name in answer.one("//*[@id='evidence_hours-errors']").text_content()
    assert count(app, Claim) == 0


def test_more_than_ten_files_are_too_many(app: Any, sign_in: Any, filing: Any) -> None:
    client = sign_in("陈晓")
    eleven = {"evidence_hours": [(pdf(), f"{n}.pdf") for n in range(11)]}
    assert "最多 10 个文件" in send(client, {**TRAINING, **eleven}, "save", status=422).words
    draft = filing.claim("陈晓", "training", "draft")  # holds one file
    before = stored(app)
    ten = {"evidence_hours": [(pdf(), f"{n}.pdf") for n in range(10)]}
    data = {**TRAINING, **ten, "action": "save", "version": str(draft.version)}
    answer = client.post(f"/claims/{draft.uuid}/edit", data=data, status=422)
    assert "已有 1 个" in answer.words
    assert count(app, EvidenceFile) == 1
    assert stored(app) == before


def test_the_same_sending_twice_is_written_once(app: Any, sign_in: Any) -> None:
    client = sign_in("陈晓")
    first = send(client, {**TRAINING, "idempotency_key": "k-1", **proof()}, status=303)
    before = stored(app)
    again = send(client, {**TRAINING, "idempotency_key": "k-1", **proof()}, status=303)
    assert again.location == first.location
    assert count(app, Claim) == count(app, EvidenceFile) == count(app, Sending) == 1
    assert stored(app) == before
    assert sum(event.object_type == "claim" for event in rows(app, Event)) == 1
    send(client, {**TRAINING, "idempotency_key": "k-2", **proof()}, status=303)
    assert count(app, Claim) == 2


def test_a_key_belongs_to_its_person(app: Any, sign_in: Any) -> None:
    for name in ("陈晓", "刘洋"):
        send(sign_in(name), {**TRAINING, "idempotency_key": "same", **proof()}, status=303)
    assert count(app, Claim) == 2


def test_a_claim_that_counts_nothing_needs_its_tick(app: Any, sign_in: Any, filing: Any) -> None:
    filing.claim("陈晓", "training", "approved")  # 24 h on 1-3 July
    full = {**TRAINING, "start": "2025-07-01", "end": "2025-07-03", "hours": "8"}
    client = sign_in("陈晓")
    answer = send(client, {**full, **proof()}, status=422)
    assert answer.one("//*[@id='feedback']/@data-counts-now") == "0"
    assert answer.one("//input[@name='keep_zero']/@form") == "claim-form"
    send(client, {**full, "keep_zero": "y", **proof()}, status=303)
    assert "pending" in {claim.status for claim in rows(app, Claim)}


def test_a_claim_across_new_year_takes_both_years_and_a_split_by_hand(
    app: Any, sign_in: Any, clock: Any
) -> None:
    clock.move_to("2026-02-01")
    across = {**TRAINING, "start": "2025-12-30", "end": "2026-01-02", "hours": "20"}
    client = sign_in("陈晓")
    page = client.get("/claims/new", query_string=across)
    assert page.all("//input[@name='split_2025']")
    assert [row.get("data-split-year") for row in page.all("//tr[@data-split-year]")] == ["2025", "2026"]
    wrong = {**across, "split_2025": "16", "split_2026": "8", **proof()}
    assert "合计 24" in send(client, wrong, "save", status=422).words
    over = {**across, "split_2025": "17", "split_2026": "3", **proof()}
    assert "最多填写 16 学时" in send(client, over, status=422).words
    send(client, {**across, "split_2025": "16", "split_2026": "4", **proof()}, status=303)
    claim = next(claim for claim in rows(app, Claim) if claim.status == "pending")
    assert (claim.year_from, claim.year_to, claim.split) == (2025, 2026, {"2025": 64, "2026": 16})


def test_fields_that_are_not_the_persons_to_set_are_ignored(app: Any, sign_in: Any, people: Any) -> None:
    smuggled = {
        "status": "approved",
        "person_id": "1",
        "unit_id": "99",
        "approved_quarters": "999",
        "credited": "{}",
        "decider_id": "1",
        "year_from": "1999",
    }
    send(sign_in("陈晓"), {**TRAINING, **smuggled, **proof()}, status=303)
    (claim,) = rows(app, Claim)
    assert (claim.status, claim.person_id, claim.unit_id) == (
        "pending",
        people["陈晓"].id,
        people["陈晓"].unit_id,
    )
    assert (claim.approved_quarters, claim.decider_id, claim.year_from) == (None, None, 2025)


def test_a_field_given_twice_is_refused(app: Any, sign_in: Any) -> None:
    client = sign_in("陈晓")
    client.post("/claims", data={**TRAINING, "hours": ["8", "16"], "action": "save"}, status=422)
    assert count(app, Claim) == 0


def test_editing_keeps_the_files_and_counts_versions(app: Any, sign_in: Any, filing: Any) -> None:
    draft = filing.claim("陈晓", "training", "draft")
    client = sign_in("陈晓")
    page = client.get(f"/claims/{draft.uuid}/edit", status=200)
    assert page.one("//input[@name='hours']/@value") == "24"
    changed = {**TRAINING, "action": "save", "version": page.one("//input[@name='version']/@value")}
    client.post(f"/claims/{draft.uuid}/edit", data=changed, status=303)
    (claim,) = rows(app, Claim)
    assert (claim.title, claim.version, count(app, EvidenceFile)) == (TRAINING["title"], 2, 1)
    stale = client.post(f"/claims/{draft.uuid}/edit", data={**changed, "title": "旧页面上的改动"}, status=409)
    assert stale.one("//input[@name='title']/@value") == "旧页面上的改动"
    assert stale.one("//input[@name='version']/@value") == "1"
    assert rows(app, Claim)[0].title == TRAINING["title"]


@pytest.mark.parametrize("status", ["pending", "approved", "revoked"])
def test_a_claim_under_or_after_review_cannot_be_edited(sign_in: Any, filing: Any, status: str) -> None:
    claim = filing.claim("陈晓", "training", status)
    client = sign_in("陈晓")
    client.get(f"/claims/{claim.uuid}/edit", status=409)
    answer = client.post(f"/claims/{claim.uuid}/edit", data={**TRAINING, "action": "save"}, status=409)
    assert answer.one("//input[@name='title']/@value") == TRAINING["title"]


def test_a_returned_claim_is_mended_and_sent_again(app: Any, sign_in: Any, filing: Any) -> None:
    claim = filing.claim("陈晓", "training", "returned", reason="日期与证明不符")
    client = sign_in("陈晓")
    page = client.get(f"/claims/{claim.uuid}/edit")
    assert "日期与证明不符" in page.words
    data = {**TRAINING, "action": "submit", "version": str(claim.version)}
    client.post(f"/claims/{claim.uuid}/edit", data=data, status=303)
    (now,) = rows(app, Claim)
    assert (now.status, now.decider_id, now.decision_reason) == ("pending", None, "")
    assert "日期与证明不符" in client.get(f"/claims/{claim.uuid}").words  # the history keeps it


def test_a_copy_takes_the_facts_but_neither_dates_nor_promises(sign_in: Any, filing: Any) -> None:
    claim = filing.claim("陈晓", "training", "approved")
    page = sign_in("陈晓").get(f"/claims/new?copy={claim.uuid}", status=200)
    assert page.one("//input[@name='title']/@value") == "护理教学能力研修班"
    assert page.one("//input[@name='start']/@value") == ""
    assert not page.all("//input[@name='truthful'][@checked]")
    for text in (str(filing.claim("刘洋").uuid), "nonsense", "9223372036854775808"):
        sign_in("陈晓").get(f"/claims/new?copy={text}", status=404)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"action": "save"},
        {"action": "publish", "category": "training"},
        {"category": "course", "action": "save"},
    ],
)
def test_what_no_form_sends_writes_no_draft(app: Any, sign_in: Any, sent: dict[str, str]) -> None:
    answer = sign_in("陈晓").post("/claims", data={"title": "半截", **sent}, status=422)
    assert "什么也没有保存" in answer.words
    assert count(app, Claim) == 0
