"""What the portal stored about everybody of the demo campus is what `portal assess` computes for them."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from portal import create_app
from portal.cli import main
from portal.clock import SHANGHAI
from portal.demo import build
from portal.extensions import db
from portal.models import Claim, CourseRecord, Person, PersonYear
from portal.rules.access import Actor
from portal.rules.amounts import show_hours
from portal.rules.policy import shipped
from portal.rules.vocabulary import Hat
from portal.services import revocations


@pytest.fixture
def campus(
    tmp_path: Path, copy_campus: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """A demo campus of this test alone."""
    monkeypatch.delenv("PORTAL_DATABASE_URL", raising=False)
    copy_campus(tmp_path / "demo")
    settings, _ = build.ensure(tmp_path / "demo", port=8123)
    app = create_app(settings)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def as_asked(claim: Claim) -> dict[str, Any]:
    """An approved claim in the words of the batch contract."""
    asked: dict[str, Any] = {
        "id": str(claim.uuid),
        "category": claim.category,
        "kind": claim.kind,
        "subject": claim.approved_subject,
    }
    if claim.category in ("achievement", "publication"):
        return {**asked, "date": str(claim.work_on)}
    asked["hours"] = (claim.approved_quarters or 0) / 4
    if claim.category == "self_study":
        return {**asked, "year": claim.study_year}
    if claim.split and claim.approved_quarters == claim.quarters:
        asked["split"] = {year: quarters / 4 for year, quarters in claim.split.items()}
    return {**asked, "start": str(claim.start_on), "end": str(claim.end_on)}


def differences() -> list[str]:
    """Every claim and person-year whose stored hours are not the computed ones."""
    books: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for course in db.session.scalars(select(CourseRecord)):
        given = {"id": f"k{course.id}", "category": "course", "subject": course.subject}
        books[course.person_id].append({**given, "year": course.year, "hours": course.quarters / 4})
    approved = select(Claim).where(Claim.status == "approved").order_by(Claim.approval_number)
    claims = db.session.scalars(approved).all()
    for claim in claims:
        books[claim.person_id].append(as_asked(claim))
    lines = "\n".join(json.dumps({"claims": book}) for book in books.values())
    done = CliRunner().invoke(main, ["assess", "-"], input=lines)
    assert done.exit_code == 0, done.output
    answers = dict(zip(books, map(json.loads, done.stdout.splitlines()), strict=True))
    wrong = []
    for claim in claims:
        computed = answers[claim.person_id]["claims"][str(claim.uuid)]["by_year"]
        stored = {year: show_hours(quarters) for year, quarters in (claim.credited or {}).items()}
        if {y: h for y, h in computed.items() if h != "0"} != {y: h for y, h in stored.items() if h != "0"}:
            wrong.append(f"{claim.title}: {stored}, computed {computed}")
    for row in db.session.scalars(select(PersonYear)):
        year = answers.get(row.person_id, {"years": {}})["years"].get(str(row.year))
        computed = (*year["subjects"].values(), year["met"]) if year else ("0", "0", False)
        if computed != (show_hours(row.public), show_hours(row.professional), row.met):
            wrong.append(f"person {row.person_id} in {row.year}: computed {computed}")
    return wrong


def test_stored_hours_are_the_computed_ones_before_and_after_revocations(campus: Flask) -> None:
    assert differences() == []
    hr = db.session.scalars(select(Person).where(Person.username == "hr")).one()
    actor = Actor(hr.id, hr.uuid, hr.username, hr.name, hr.unit_id, "人事处", Hat.HR, (Hat.HR,))
    now = datetime(2025, 12, 2, 8, tzinfo=SHANGHAI)
    uuids = db.session.scalars(
        select(Claim.uuid).where(Claim.status == "approved", Claim.person_id != hr.id).order_by(Claim.id)
    ).all()
    for uuid in random.Random(2025).sample(list(uuids), 40):  # noqa: S311  (a choice that repeats, not a secret)
        revocations.revoke(actor, uuid, reason="抽查", policies=shipped(), now=now)
    db.session.expire_all()
    assert differences() == []
