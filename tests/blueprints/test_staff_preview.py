"""The live feedback: what it says, that it is cheap, and that sending never says otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from forms_sent import PAPER, TRAINING, count, proof, rows, send

from portal.models import Claim

CASES = {
    "clipped by the day": TRAINING,
    "whole": {**TRAINING, "start": "2025-09-01", "end": "2025-09-03", "hours": "24"},
    "a paper within the cap": PAPER,
    "self-study over its cap": {
        "category": "self_study",
        "kind": "自学考试",
        "title": "护理学",
        "year": "2025",
        "hours": "60",
        "approval": "approved",
        "truthful": "y",
    },
}
FILES = {"training": "evidence_hours", "publication": "evidence_material"}


def preview(client: Any, data: dict[str, Any], **options: Any) -> Any:
    """Ask as the form does while somebody types."""
    return client.get("/claims/preview", query_string=data, htmx=True, status=200, **options)


def test_typing_shows_what_counts_which_rule_bites_and_who_took_the_room(sign_in: Any, filing: Any) -> None:
    filing.claim("陈晓", "training", "approved", title="省护理质控培训")
    answer = preview(sign_in("陈晓"), TRAINING)
    root = answer.one("//*[@id='feedback']")
    assert (root.get("data-counts-now"), root.get("data-counts-if-all")) == ("8", "8")
    finding = answer.one("//*[@data-rule='day']").text_content()
    assert "省护理质控培训" in finding
    assert "不超过8学时/天" in finding
    assert "24 → 32" in answer.one("//*[@data-effect='professional']").text_content()
    assert answer.all("//*[local-name()='svg' and contains(@class, 'window')]")
    assert "学时证明" in answer.words  # still missing


def test_an_empty_form_is_not_wrong_yet(sign_in: Any) -> None:
    answer = preview(sign_in("陈晓"), {"category": "training"})
    root = answer.one("//*[@id='feedback']")
    assert root.get("data-counts-now") is None
    assert not answer.all("//*[contains(@class, 'hintbox-bad')]")


@pytest.mark.parametrize("hours", ["0", "-1", "7.3", "NaN", "sNaN", "１２", "1e9"])
def test_hours_that_are_no_hours_are_told_while_typing(sign_in: Any, hours: str) -> None:
    answer = preview(sign_in("陈晓"), {**TRAINING, "hours": hours})
    assert answer.all("//*[contains(@class, 'hintbox-bad')]")
    assert answer.one("//*[@id='feedback']").get("data-counts-now") is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"end": "2025-12-20"}, None), ({"level": "未公开发表"}, "level"), ({"date": "2025-12-20"}, "date")],
)
def test_what_can_never_be_sent_is_told_while_typing(
    sign_in: Any, changes: dict[str, str], field: str | None
) -> None:
    base = PAPER if field else TRAINING
    answer = preview(sign_in("陈晓"), {**base, **changes})
    if field is None:
        assert answer.one("//*[@data-rule='not_finished']") is not None
    else:
        assert answer.one(f"//*[@data-problem='{field}']") is not None


def test_pending_claims_give_the_second_number(sign_in: Any, filing: Any) -> None:
    filing.claim("陈晓", "training", "pending")  # 24 h on 1-3 July
    root = preview(sign_in("陈晓"), TRAINING).one("//*[@id='feedback']")
    assert (root.get("data-counts-now"), root.get("data-counts-if-all")) == ("20", "8")


@pytest.mark.parametrize("name", CASES)
def test_sending_counts_what_the_feedback_promised(
    app: Any, sign_in: Any, filing: Any, people: Any, name: str
) -> None:
    filing.claim("陈晓", "training", "approved")
    filing.claim("陈晓", "publication", "approved")
    filing.claim("陈晓", "publication", "approved", title="另一篇")
    data, client = CASES[name], sign_in("陈晓")
    promised = preview(client, data).one("//*[@id='feedback']").get("data-counts-now")
    files = [FILES.get(data["category"], "evidence_admission")]
    if data["category"] == "self_study":
        files.append("evidence_transcript")
    proofs: dict[str, Any] = {}
    for field in files:
        proofs.update(proof(field))
    sent = send(client, {**data, **proofs}, status=303)
    shown = client.get(sent.location).one("//*[@id='feedback']").get("data-counts-now")
    assert shown == promised
    pending = next(claim for claim in rows(app, Claim) if claim.status == "pending")
    reviewer = sign_in("李静").get(f"/admin/claims/{pending.uuid}", status=200, strict=False)
    assert f"{promised}" in reviewer.text


def test_a_chosen_file_counts_as_present(sign_in: Any) -> None:
    answer = preview(sign_in("陈晓"), {**TRAINING, "evidence_hours": "[object File]"})
    assert "须上传学时证明" not in answer.words


def test_several_chosen_files_are_no_doubled_field(sign_in: Any) -> None:
    preview(sign_in("陈晓"), {**TRAINING, "evidence_hours": ["[object File]", "[object File]"]})


def test_an_edited_claim_is_previewed_with_its_own_files(sign_in: Any, filing: Any) -> None:
    draft = filing.claim("陈晓", "training", "draft")
    data = {**TRAINING, "claim": str(draft.uuid)}
    assert "须上传学时证明" not in preview(sign_in("陈晓"), data).words
    sign_in("刘洋").get("/claims/preview", query_string=data, htmx=True, status=404)


def test_feedback_by_address_is_a_whole_page_with_the_form_filled(sign_in: Any) -> None:
    page = sign_in("陈晓").get("/claims/preview", query_string=TRAINING, status=200)
    assert page.one("//input[@name='hours']/@value") == "20"
    assert page.one("//*[@id='feedback']/@data-counts-now") == "20"


def test_without_script_a_button_computes_the_same(app: Any, sign_in: Any) -> None:
    client = sign_in("陈晓")
    page = send(client, TRAINING, "preview", status=200)
    assert page.one("//*[@id='feedback']/@data-counts-now") == "20"
    assert count(app, Claim) == 0


@pytest.mark.parametrize("claims", [0, 60])
def test_feedback_costs_at_most_four_statements(
    sign_in: Any, filing: Any, queries_of: Any, claims: int
) -> None:
    for number in range(claims):
        filing.claim("陈晓", "publication", "approved", title=f"论文{number}")
    draft = filing.claim("陈晓", "training", "draft")
    client = sign_in("陈晓")
    assert len(queries_of(lambda: preview(client, TRAINING))) <= 4
    assert len(queries_of(lambda: preview(client, {**TRAINING, "claim": str(draft.uuid)}))) <= 4


def test_a_swap_is_small(sign_in: Any, filing: Any) -> None:
    filing.claim("陈晓", "training", "approved")
    answer = preview(sign_in("陈晓"), TRAINING, headers={"Accept-Encoding": "gzip"}, strict=False)
    assert len(answer.data) <= 5_000
