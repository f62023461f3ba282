"""Nobody fills the store: a person's files of a year are bounded in number and in bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from campus import NOW
from forms_sent import TRAINING, count, proof, rows, send, stored

from portal.database import write_tx
from portal.models import Claim, EvidenceFile


@pytest.fixture
def quota(app: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets what a person may attach."""
    store = app.extensions["portal.store"]

    def put(**terms: int) -> None:
        monkeypatch.setattr(store, "terms", replace(store.terms, **terms))

    return put


def test_one_file_too_many_is_refused_with_the_count(app: Any, sign_in: Any, quota: Any) -> None:
    quota(files=2)
    client = sign_in("陈晓")
    for _ in range(2):
        send(client, {**TRAINING, **proof()}, "save", status=303)
    before = stored(app)
    for action in ("save", "submit"):
        answer = send(client, {**TRAINING, "title": "另一次年会", **proof()}, action, status=422)
        assert "最多上传 2 个文件" in answer.words
        assert "您已有 2 个" in answer.words
    assert (count(app, Claim), count(app, EvidenceFile), stored(app)) == (2, 2, before)
    send(client, {**TRAINING, "title": "没有文件"}, "save", status=303)
    client.post(f"/evidence/{rows(app, EvidenceFile)[0].uuid}/delete", status=303)
    send(client, {**TRAINING, "title": "移除之后", **proof()}, "save", status=303)


def test_bytes_count_too(app: Any, sign_in: Any, quota: Any) -> None:
    client = sign_in("陈晓")
    send(client, {**TRAINING, **proof()}, "save", status=303)
    size = rows(app, EvidenceFile)[0].size
    quota(size=2 * size)
    send(client, {**TRAINING, "title": "第二次", **proof()}, "save", status=303)
    answer = send(client, {**TRAINING, "title": "第三次", **proof()}, "save", status=422)
    assert "压缩后再上传" in answer.words
    send(sign_in("刘洋"), {**TRAINING, **proof()}, "save", status=303)  # everybody has their own


def test_last_years_files_no_longer_count(app: Any, sign_in: Any, filing: Any, quota: Any) -> None:
    quota(files=1)
    claim = filing.claim("陈晓", "training", "draft")
    old = rows(app, EvidenceFile)
    with app.app_context(), write_tx() as session:
        for file in session.query(EvidenceFile).filter_by(claim_id=claim.id):
            file.created_at = NOW - timedelta(days=366)
    send(sign_in("陈晓"), {**TRAINING, "title": "今年", **proof()}, "save", status=303)
    assert count(app, EvidenceFile) == len(old) + 1
