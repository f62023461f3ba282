"""The virus scanner: asked about every file when one is set, and never taken for granted."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from corpus_parts import picture, proof
from forms_sent import TRAINING, count, send, stored
from scanners import EICAR, clamd

from portal.config import BadSettings, load_settings
from portal.intake import check_upload
from portal.intake.scanner import ScannerAway, place_of
from portal.models import Claim, EvidenceFile
from portal.rules.refusals import RuleBroken

INFECTED = proof("证明").replace(b"%%EOF", b"%" + EICAR + b"\n%%EOF")


def test_the_scanner_sees_the_bytes_as_they_came(tmp_path: Any) -> None:
    data = picture("PNG") + b"behind the end"

    with clamd() as server:
        checked = check_upload(io.BytesIO(data), "图.png", tmp_path, server.address)

    assert server.seen == [data]
    assert list(tmp_path.iterdir()) == [checked.path]


def test_what_the_scanner_finds_is_refused_by_name(tmp_path: Any) -> None:
    with clamd() as server, pytest.raises(RuleBroken, match="没有通过病毒检查（Eicar-Test-Signature）"):
        check_upload(io.BytesIO(INFECTED), "证明.pdf", tmp_path, server.address)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK\nstream: x FOUND\0", b"OK\0"]
)
def test_only_a_clear_verdict_lets_a_file_in(answer: bytes, tmp_path: Any) -> None:
    with clamd(answer) as server, pytest.raises(ScannerAway):
        check_upload(io.BytesIO(proof("证明")), "证明.pdf", tmp_path, server.address)

    assert list(tmp_path.iterdir()) == []


def test_a_scanner_that_is_down_keeps_files_out_and_says_so(
    app: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    store = app.extensions["portal.store"]
    before, client = stored(app), sign_in("陈晓")
    nobody = str(tmp_path / "clamd.sock")
    monkeypatch.setattr(store, "terms", replace(store.terms, clamd=nobody))

    answer = send(client, {**TRAINING, "evidence_hours": (io.BytesIO(proof("证明")), "证明.pdf")}, status=503)

    assert "暂时无法检查文件" in answer.words
    assert nobody not in answer.text
    assert (count(app, Claim), count(app, EvidenceFile), stored(app)) == (0, 0, before)
    send(client, TRAINING, "save", status=303)  # a form without files needs no scanner


def test_a_virus_in_a_form_leaves_nothing(app: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store = app.extensions["portal.store"]
    before, client = stored(app), sign_in("陈晓")
    with clamd() as server:
        monkeypatch.setattr(store, "terms", replace(store.terms, clamd=server.address))
        answer = send(
            client, {**TRAINING, "evidence_hours": (io.BytesIO(INFECTED), "证明.pdf")}, "save", status=422
        )

    assert "没有通过病毒检查" in answer.words
    assert (count(app, Claim), stored(app)) == (0, before)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("127.0.0.1:3310", ("127.0.0.1", 3310)),
        ("clamd.school.example:3310", ("clamd.school.example", 3310)),
        ("[::1]:3310", ("::1", 3310)),
        ("/run/clamav/clamd.ctl", "/run/clamav/clamd.ctl"),
        ("unix:/run/clamav/clamd.ctl", "/run/clamav/clamd.ctl"),
    ],
)
def test_where_the_scanner_listens(text: str, place: Any) -> None:
    assert place_of(text) == place


@pytest.mark.parametrize(
    "text", ["3310", "host", "host:0", "host:99999", "http://host:3310", "a b:1", "::1:3310"]
)
def test_a_place_that_cannot_be_meant_stops_the_start(text: str, tmp_path: Any) -> None:
    with pytest.raises(BadSettings, match="PORTAL_CLAMD"):
        load_settings({"instance": tmp_path, "clamd": text})
