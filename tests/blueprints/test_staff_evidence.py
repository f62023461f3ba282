"""Evidence files: who may see them, with which headers, and taking them off a claim."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import quote

import pytest
from forms_sent import TRAINING, pdf, proof, rows, send, stored
from PIL import Image

from portal.models import Event, EvidenceFile


def upload(app: Any, client: Any, files: dict[str, Any]) -> EvidenceFile:
    """Save a draft with these files; its last one."""
    send(client, {**TRAINING, **files}, "save", status=303)
    return rows(app, EvidenceFile)[-1]


def jpeg() -> io.BytesIO:
    """A small photo."""
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(made, "JPEG")
    made.seek(0)
    return made


def assert_locked(answer: Any) -> None:
    """Bytes from outside may do nothing in a browser."""
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_document_downloads_under_its_own_name(app: Any, sign_in: Any) -> None:
    client = sign_in("陈晓")
    file = upload(app, client, proof(name="年会学时证明（终稿）.pdf"))
    answer = client.get(f"/evidence/{file.uuid}", status=200)
    assert answer.data.startswith(b"%PDF-")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert quote("年会学时证明（终稿）.pdf") in answer.headers["Content-Disposition"]
    assert answer.content_length == file.size
    assert_locked(answer)
    inline = client.get(f"/evidence/{file.uuid}?inline")
    assert inline.headers["Content-Disposition"].startswith("inline")


def test_a_picture_is_shown_in_place(app: Any, sign_in: Any) -> None:
    client = sign_in("陈晓")
    file = upload(app, client, {"evidence_hours": (jpeg(), "证明.jpg")})
    answer = client.get(f"/evidence/{file.uuid}", status=200)
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert_locked(answer)


def test_the_preview_draws_pages_for_a_sandboxed_frame(app: Any, sign_in: Any) -> None:
    client = sign_in("陈晓")
    file = upload(app, client, {"evidence_hours": (pdf(7), "长.pdf")})
    answer = client.get(f"/evidence/{file.uuid}/preview", status=200)
    pictures = answer.all("//img/@src")
    assert len(pictures) == 5
    assert all(one.startswith("data:image/jpeg;base64,") for one in pictures)
    assert "共 7 页" in answer.words
    assert_locked(answer)
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    photo = upload(app, client, {"evidence_hours": (jpeg(), "证明.jpg")})
    assert len(client.get(f"/evidence/{photo.uuid}/preview").all("//img")) == 1


def test_a_document_that_cannot_be_drawn_says_so(app: Any, sign_in: Any) -> None:
    client = sign_in("陈晓")
    file = upload(app, client, proof())
    path = app.extensions["portal.store"].path(str(file.uuid))
    path.write_bytes(b"%PDF-1.4 nothing that could be drawn")
    answer = client.get(f"/evidence/{file.uuid}/preview", status=200)
    assert "下载后查看" in answer.words


@pytest.mark.parametrize(
    ("who", "status"),
    [("陈晓", 200), ("李静", 200), ("王芳", 200), ("周敏", 200), ("刘洋", 404), ("赵磊", 404), ("吴审", 404)],
)
def test_who_may_see_a_file(app: Any, sign_in: Any, filing: Any, who: str, status: int) -> None:
    filing.claim("陈晓", "training", "pending")
    (file,) = rows(app, EvidenceFile)
    client = sign_in(who)
    for path in (f"/evidence/{file.uuid}", f"/evidence/{file.uuid}/preview"):
        client.get(path, status=status)
        client.get(path, htmx=True, strict=False, status=status)


def test_an_admin_in_the_person_hat_sees_only_their_own(app: Any, sign_in: Any, filing: Any) -> None:
    filing.claim("陈晓", "training", "pending")
    (file,) = rows(app, EvidenceFile)
    sign_in("李静", "person").get(f"/evidence/{file.uuid}", status=404)


@pytest.mark.parametrize("status", ["draft", "returned", "withdrawn"])
def test_a_file_is_taken_off_a_claim_in_ones_hands(app: Any, sign_in: Any, filing: Any, status: str) -> None:
    before = stored(app)
    claim = filing.claim("陈晓", "training", status)
    (file,) = rows(app, EvidenceFile)
    client = sign_in("陈晓")
    answer = client.post(f"/evidence/{file.uuid}/delete", htmx=True, status=200)
    assert answer.one("//*[@id='evidence']") is not None
    assert not answer.all("//*[@data-evidence]")
    assert rows(app, EvidenceFile) == []
    assert stored(app) == before
    removed = rows(app, Event)[-1]
    assert (removed.action, removed.object_uuid) == ("evidence-removed", claim.uuid)
    client.post(f"/evidence/{file.uuid}/delete", status=404)


def test_without_script_the_form_comes_back(app: Any, sign_in: Any, filing: Any) -> None:
    claim = filing.claim("陈晓", "training", "draft")
    (file,) = rows(app, EvidenceFile)
    answer = sign_in("陈晓").post(f"/evidence/{file.uuid}/delete", status=303)
    assert answer.location == f"/claims/{claim.uuid}/edit"


@pytest.mark.parametrize("status", ["pending", "approved", "revoked"])
def test_a_file_under_or_after_review_stays(app: Any, sign_in: Any, filing: Any, status: str) -> None:
    filing.claim("陈晓", "training", status)
    (file,) = rows(app, EvidenceFile)
    sign_in("陈晓").post(f"/evidence/{file.uuid}/delete", status=409)
    assert len(rows(app, EvidenceFile)) == 1
    assert app.extensions["portal.store"].exists(str(file.uuid))


@pytest.mark.parametrize(
    ("who", "sent", "unsent"),
    [("刘洋", 404, 404), ("李静", 403, 404), ("赵磊", 404, 404), ("周敏", 403, 404)],
)
@pytest.mark.parametrize("state", ["draft", "returned"])
def test_nobody_else_takes_a_file_off(
    app: Any, sign_in: Any, filing: Any, state: str, who: str, sent: int, unsent: int
) -> None:
    filing.claim("陈晓", "training", state)
    (file,) = rows(app, EvidenceFile)
    sign_in(who).post(f"/evidence/{file.uuid}/delete", status=unsent if state == "draft" else sent)
    assert len(rows(app, EvidenceFile)) == 1


def test_names_lose_what_could_mislead(app: Any, sign_in: Any) -> None:
    client = sign_in("陈晓")
    file = upload(app, client, proof(name="../../证明\u202efdp.exe.pdf"))
    assert "/" not in file.name
    assert "\u202e" not in file.name
    client.get(f"/evidence/{file.uuid}", status=200)


@pytest.mark.parametrize("who", ["李静", "周敏"])
def test_a_drafts_files_are_its_authors_alone(app: Any, sign_in: Any, filing: Any, who: str) -> None:
    filing.claim("陈晓", "training", "draft")
    (file,) = rows(app, EvidenceFile)
    sign_in(who).get(f"/evidence/{file.uuid}", status=404)
    sign_in(who).get(f"/evidence/{file.uuid}/preview", status=404)
    sign_in("陈晓").get(f"/evidence/{file.uuid}", status=200)
