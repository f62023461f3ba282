"""A batch of certificates: everybody once, nobody twice, whatever happens in between."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from campus import NOW, Filing, People
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select

from portal import jobs
from portal.certificate_desk import keyring, shop
from portal.database import write_tx
from portal.extensions import db
from portal.models import Certificate, CertificatePrint, Job
from portal.pdf.pool import PressRoom
from portal.rules.policy import shipped
from portal.rules.refusals import NotPermitted
from portal.services import certificate_batches, certificates, revocations

MET = ("陈晓", "刘洋", "何平", "欧阳䶮")


@pytest.fixture
def met(filing: Filing) -> tuple[str, ...]:
    for name in MET:
        filing.met(name)
    return MET


def start(app: Flask, people: People, **given: Any) -> Any:
    asked = {"unit": "", "issue": True, "form": "zip", **given}
    with app.app_context():
        return certificate_batches.start(people.actor("周敏"), 2025, policies=shipped(), now=NOW, **asked)


def bundle(app: Flask, job: Any) -> tuple[zipfile.ZipFile, dict[str, Any], dict[str, list[str]]]:
    """The zip a job left, its result, and its list by 工号."""
    with app.app_context():
        row = db.session.scalars(select(Job).where(Job.uuid == job)).one()
        result = dict(row.result)
        assert row.state == "done", row.problem
    folder = app.extensions["portal.settings"].instance / "jobs" / str(job)
    found = zipfile.ZipFile(io.BytesIO((folder / result["files"][0]).read_bytes()))
    lines = list(csv.reader(io.StringIO(found.read("名单.csv").decode("utf-8-sig"))))
    return found, result, {line[0]: line for line in lines[1:]}


def numbers(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Certificate.number).order_by(Certificate.number)))


def test_a_batch_issues_and_prints_for_everybody_who_met_the_year(
    app: Flask, people: People, met: tuple[str, ...]
) -> None:
    job = start(app, people)
    jobs.run_all(app)
    found, result, told = bundle(app, job)
    assert sorted(name for name in found.namelist() if name.endswith(".pdf")) == [
        "2025-HLXY-000001.pdf",
        "2025-HLXY-000002.pdf",
        "2025-JCYXY-000001.pdf",
        "2025-LCYXY-000001.pdf",
    ]
    assert result["printed"] == len(met)
    assert told["20120001"][3:] == ["2025-HLXY-000001", ""]
    assert told["20080003"][3:] == ["", "年度尚未达标。"]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(CertificatePrint)) == len(met)


def test_without_the_tick_nobody_gets_a_certificate_they_did_not_ask_for(
    app: Flask, people: People, met: tuple[str, ...], sign_in: Callable[..., Any]
) -> None:
    sign_in("刘洋").post("/certificates/2025", status=303)
    own = sign_in("刘洋").get("/certificates/2025.pdf", status=200).data
    job = start(app, people, issue=False)
    jobs.run_all(app)
    found, result, told = bundle(app, job)
    assert result["printed"] == 1
    assert found.read("2025-HLXY-000001.pdf") == own
    assert told["20120001"][4] == "已达标，还没有生成证书。"
    assert len(numbers(app)) == 1


def test_print_files_hold_the_pages_in_the_order_of_the_list(
    app: Flask, people: People, met: tuple[str, ...]
) -> None:
    job = start(app, people, form="print")
    jobs.run_all(app)
    found, result, _ = bundle(app, job)
    (name,) = [name for name in found.namelist() if name.endswith(".pdf")]
    pages = PdfReader(io.BytesIO(found.read(name))).pages
    texts = [page.extract_text() for page in pages]
    assert len(texts) == len(met)
    for text, number in zip(texts, numbers(app), strict=True):
        assert number in text
    assert result["parts"] == 1


def test_a_unit_gets_its_own_people_only(app: Flask, people: People, met: tuple[str, ...]) -> None:
    job = start(app, people, unit="JCYXY")
    jobs.run_all(app)
    _, _, told = bundle(app, job)
    assert set(told) == {"20100005", "20180006"}
    assert numbers(app) == ["2025-JCYXY-000001"]


class ByHand:
    """A batch run by hand."""

    def __init__(self, folder: Path, actor: Any) -> None:
        self.payload = {"year": 2025, "unit": "", "issue": True, "form": "zip"}
        self.checkpoint: dict[str, Any] = {}
        self.folder, self.owner = folder, actor
        self.now = lambda: NOW

    def advance(self, _session: Any, _done: int, _total: Any = None, checkpoint: Any = None) -> None:
        self.checkpoint = checkpoint

    def beat(self, _done: int, _total: Any = None) -> None:
        """Nobody asks it to stop."""


def test_a_certificate_that_falls_before_the_bundle_is_whole_is_left_out_and_named(
    app: Flask, people: People, met: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing = certificate_batches.queries.standing

    def revoked_meanwhile(uuids: Any) -> Any:
        uuid = db.session.scalars(
            select(Certificate.uuid).where(Certificate.person_id == people["刘洋"].id)
        ).one()
        certificates.revoke(people.actor("周敏"), uuid, reason="姓名登记有误", now=NOW)
        return standing(uuids)

    monkeypatch.setattr(certificate_batches.queries, "standing", revoked_meanwhile)
    with app.app_context():
        result = certificate_batches.run(ByHand(tmp_path, people.actor("周敏")), shop(shipped()))
    assert result["printed"] == len(met) - 1
    (problem,) = result["problems"]
    assert problem["username"] == "20150002"
    assert "打印期间已撤销" in problem["problem"]
    with zipfile.ZipFile(tmp_path / result["files"][0]) as found:
        assert "2025-HLXY-000002.pdf" not in found.namelist()


def test_a_claim_revoked_while_its_certificate_is_drawn_is_left_out_and_named(
    app: Flask, people: People, filing: Filing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filing.met("何平")
    filing.course("陈晓", subject="public")
    filing.course("陈晓", subject="professional", quarters=40 * 4)
    claim = filing.claim("陈晓", "training", "approved")
    pull = PressRoom.pull

    def meanwhile(room: PressRoom, many: Any) -> Any:
        drawn = pull(room, many)
        revocations.revoke(
            people.actor("周敏"), claim.uuid, reason="经查实材料虚假", policies=shipped(), now=NOW
        )
        return drawn

    monkeypatch.setattr(PressRoom, "pull", meanwhile)
    with app.app_context():
        result = certificate_batches.run(ByHand(tmp_path, people.actor("周敏")), shop(shipped()))
        kept = db.session.scalar(select(func.count()).select_from(CertificatePrint))
    assert (result["printed"], kept) == (1, 1)
    (problem,) = result["problems"]
    assert (problem["username"], problem["problem"]) == ("20120001", "证书在打印期间已撤销。")
    with zipfile.ZipFile(tmp_path / result["files"][0]) as found:
        assert [name for name in found.namelist() if name.endswith(".pdf")] == ["2025-JCYXY-000001.pdf"]


def test_threads_that_issue_at_once_give_each_number_once(
    app: Flask, people: People, met: tuple[str, ...]
) -> None:
    with app.app_context():
        ring = keyring()

    def issue(name: str) -> None:
        with app.app_context():
            certificates.issue_for(
                people.actor("周敏"),
                people[name].id,
                2025,
                policies=shipped(),
                signer=ring,
                school="校",
                now=NOW,
            )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(issue, [*met, *met]))
    assert numbers(app) == [
        "2025-HLXY-000001",
        "2025-HLXY-000002",
        "2025-JCYXY-000001",
        "2025-LCYXY-000001",
    ]


def test_nobody_but_hr_issues_for_others(app: Flask, people: People, met: tuple[str, ...]) -> None:
    with app.app_context(), pytest.raises(NotPermitted):
        certificates.issue_for(
            people.actor("李静"),
            people["陈晓"].id,
            2025,
            policies=shipped(),
            signer=keyring(),
            school="校",
            now=NOW,
        )
    assert numbers(app) == []


KILLED = """
import os, signal, sys, json
from pathlib import Path
from portal import create_app, jobs
from portal.config import Settings
from portal.services import certificate_batches as batches
given = json.loads(sys.argv[1])
batches.PIECE = 1
keep, seen = batches.prints.keep, []
def then_die(*args, **named):
    kept = keep(*args, **named)
    seen.append(kept)
    if len(seen) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return kept
batches.prints.keep = then_die
app = create_app(Settings(**given))
jobs.run_all(app)
"""


def test_a_batch_killed_in_the_middle_goes_on_without_a_number_twice(
    app: Flask, people: People, met: tuple[str, ...]
) -> None:
    job = start(app, people)
    settings = app.extensions["portal.settings"]
    given = {"instance": str(settings.instance), "database_url": settings.database_url, "testing": True}
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    killed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED), json.dumps(given)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(jobs.__file__).parent.parent)},
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    before = numbers(app)
    assert before
    with app.app_context(), write_tx() as session:
        certificate_batches.jobs.free_leases(
            session, [lease for lease in session.scalars(select(Job.lease)) if lease]
        )
    jobs.run_all(app)
    _, result, _ = bundle(app, job)
    assert result["printed"] == len(met)
    assert set(before) <= set(numbers(app))
    assert len(numbers(app)) == len(met)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(CertificatePrint)) == len(met)
