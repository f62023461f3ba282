"""`portal demo`: the campus it promises, built once, rebuilt when asked or when a build was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select, text

from portal import create_app
from portal.cli import main
from portal.clock import DEMO_START
from portal.config import Settings, load_settings
from portal.demo import accounts, build
from portal.extensions import db
from portal.models import Claim, Event, EvidenceFile, ImportBatch, Person
from portal.queries.ledger import ledger
from portal.rules.facts import ClaimFacts
from portal.rules.filing import submission_problems
from portal.rules.policy import shipped
from portal.rules.standing import assess, preview
from portal.rules.vocabulary import Evidence
from portal.services import passwords
from portal.services.claim_columns import input_of
from portal.services.events import GENESIS, digest

PROMISED = ("staff", "staff2", "admin", "admin2", "other-admin", "hr", "hr2", "auditor")


@pytest.fixture(scope="module")
def campus(
    tmp_path_factory: pytest.TempPathFactory, copy_campus: Callable[[Path], None]
) -> Iterator[tuple[Flask, Path]]:
    """A demo campus as the command leaves it."""
    place = tmp_path_factory.mktemp("demo") / "demo"
    patch = pytest.MonkeyPatch()
    for name in [name for name in os.environ if name.startswith("PORTAL_")]:
        patch.delenv(name)
    copy_campus(place)
    settings, seconds = build.ensure(place, port=8123)
    assert seconds is None
    app = create_app(settings)
    yield app, place
    patch.undo()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def claims_of(username: str) -> list[Claim]:
    return list(db.session.scalars(select(Claim).join(Claim.person).where(Person.username == username)))


def test_the_promised_accounts_are_there_with_the_promised_password(campus: tuple[Flask, Path]) -> None:
    app, _ = campus
    assert tuple(account.username for account in accounts.ACCOUNTS) == PROMISED
    with app.app_context():
        hashes = db.session.scalars(select(Person.password_hash).where(Person.username.in_(PROMISED))).all()
        others = db.session.scalar(
            select(func.count()).where(Person.username.not_in(PROMISED), Person.password_hash.is_not(None))
        )
    assert len(hashes) == len(PROMISED)
    assert all(passwords.verify(stored, "portal-demo") for stored in hashes)
    assert others == 0


def test_staff_stands_exactly_where_the_list_says(campus: tuple[Flask, Path]) -> None:
    app, _ = campus
    with app.app_context():
        rows = [row for row in claims_of("staff") if row.year_from == 2025]
        found = sorted((row.category, row.status, row.approved_quarters) for row in rows)
        training = next(row for row in rows if row.status == "approved" and row.category == "training")
        book = ledger(rows[0].person_id, years=(2025, 2025))
        standing = assess(shipped(), book.approved, as_of=None).years[2025]
    assert found == [
        ("achievement", "draft", None),
        ("publication", "approved", 40),
        ("publication", "approved", 40),
        ("training", "approved", 96),
        ("training", "returned", None),
    ]
    assert (training.start_on, training.end_on) == (date(2025, 7, 1), date(2025, 7, 3))
    counted = {name: quarters for name, quarters in standing.categories.items() if quarters}
    assert counted == {"course": 120, "training": 96, "publication": 80}
    assert standing.subjects == {"public": 120, "professional": 176}
    assert not standing.met


def test_a_training_of_2_to_4_july_is_clipped_to_what_is_left(campus: tuple[Flask, Path]) -> None:
    app, _ = campus
    with app.app_context():
        book = ledger(claims_of("staff")[0].person_id, years=(2025, 2025))
    for asked, counts in ((10, 8), (20, 8)):
        candidate = ClaimFacts(
            "new", "training", "professional", asked * 4, date(2025, 7, 2), date(2025, 7, 4)
        )
        seen = preview(shipped(), book.approved, book.pending, candidate, as_of=date(2025, 12, 1))
        assert seen.counts_now == counts * 4
        assert [finding.rule for finding in seen.findings] == ["day"]


def test_staff2_has_met_both_subjects_and_printed_nothing_yet(campus: tuple[Flask, Path]) -> None:
    app, _ = campus
    with app.app_context():
        person = claims_of("staff2")[0].person_id
        met = assess(shipped(), ledger(person).approved, as_of=None).years[2025].met
        issued = db.session.execute(
            text("SELECT count(*) FROM certificates WHERE person_id = :id AND year = 2025"), {"id": person}
        ).scalar()
    assert met
    assert issued == 0


def test_the_nursing_queue_shows_every_way_a_cap_bites(campus: tuple[Flask, Path]) -> None:
    app, _ = campus
    rules: set[str] = set()
    with app.app_context():
        waiting = db.session.scalars(
            select(Claim).join(Claim.unit).where(Claim.status == "pending", Claim.unit.has(name="护理学院"))
        ).all()
        names = {row.person.username for row in waiting}
        for row in waiting:
            book = ledger(row.person_id)
            facts = next(one for one in book.pending if one.id == str(row.uuid))
            found = assess(shipped(), [*book.approved, facts], as_of=None).claims[facts.id]
            rules |= {finding.rule for finding in found.findings}
    assert len(waiting) - 2 >= 12
    assert {"admin", "admin2"} <= names
    assert {"day", "self_study_year", "output_year"} <= rules


def test_every_waiting_claim_could_have_been_sent(campus: tuple[Flask, Path]) -> None:
    app, _ = campus
    with app.app_context():
        for row in db.session.scalars(select(Claim).where(Claim.status == "pending")):
            present = {Evidence(file.kind) for file in row.evidence}
            policy = shipped().for_year(row.year_from)
            problems = submission_problems(policy, input_of(row), present, DEMO_START.date())
            assert problems == [], row.title


def test_what_is_stored_as_counting_is_what_the_rules_say(campus: tuple[Flask, Path]) -> None:
    app, _ = campus
    with app.app_context():
        approved = db.session.scalars(select(Claim).where(Claim.status == "approved")).all()
        for person in {row.person_id for row in approved}:
            found = assess(shipped(), ledger(person).approved, as_of=None)
            for row in (one for one in approved if one.person_id == person):
                by_year = found.claims[str(row.uuid)].by_year
                assert row.credited == {str(year): quarters for year, quarters in by_year.items()}


def test_evidence_is_where_its_rows_say_and_what_they_say(campus: tuple[Flask, Path]) -> None:
    import hashlib

    app, _ = campus
    store = app.extensions["portal.store"]
    with app.app_context():
        rows = db.session.execute(
            select(EvidenceFile.uuid, EvidenceFile.sha256, EvidenceFile.size, EvidenceFile.media_type)
        ).all()
    assert {str(row.uuid) for row in rows} == set(store.kept())
    for row in rows:
        data = store.path(str(row.uuid)).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (row.sha256, row.size)
        assert data.startswith(b"%PDF-" if row.media_type == "application/pdf" else b"\x89PNG")


def test_the_chain_of_events_holds_from_the_first_to_the_head(campus: tuple[Flask, Path]) -> None:
    app, _ = campus
    previous, last = GENESIS, 0
    with app.app_context():
        for event in db.session.scalars(select(Event).order_by(Event.id)):
            row = {column.name: getattr(event, column.name) for column in Event.__table__.columns}
            assert (event.id, event.previous) == (last + 1, previous)
            assert digest(row) == event.digest
            previous, last = event.digest, event.id
        head = db.session.execute(text("SELECT last_id, digest FROM event_head")).one()
    assert tuple(head) == (last, previous)


def test_a_second_start_reuses_and_a_reset_rebuilds(campus: tuple[Flask, Path]) -> None:
    _, place = campus
    key = (place / "secret.key").read_bytes()
    again = CliRunner().invoke(main, ["demo", "--instance", str(place), "--no-serve", "--port", "8124"])
    assert again.exit_code == 0, again.output
    assert "沿用" in again.output
    assert "http://127.0.0.1:8124" in again.output
    assert all(username in again.output for username in PROMISED)
    assert (place / "secret.key").read_bytes() == key
    assert load_settings({"instance": place}).base_url == "http://127.0.0.1:8124"


def test_what_is_not_a_demo_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "portal.toml").write_text('school = "某大学"\n')
    refused = CliRunner().invoke(main, ["demo", "--instance", str(tmp_path), "--no-serve", "--reset"])
    assert refused.exit_code == 1
    assert "不是演示环境" in refused.output
    assert [path.name for path in tmp_path.iterdir()] == ["portal.toml"]


def test_a_killed_reset_leaves_the_demo_of_before_and_the_next_one_rebuilds(tmp_path: Path) -> None:
    place = tmp_path / "demo"
    place.mkdir()
    (place / "portal.toml").write_text(f"{build.MARK}\n")
    (place / "mine.txt").write_text("left from before")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    command = [sys.executable, "-m", "portal.cli", "demo", "--no-serve", "--reset", "--instance", str(place)]
    building = subprocess.Popen(command, env=clean, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not (tmp_path / "demo.building" / "portal.db").exists() and time.monotonic() < until:
        assert building.poll() is None, "the build ended before it could be killed"
    building.send_signal(signal.SIGKILL)
    building.wait()
    assert sorted(path.name for path in place.iterdir()) == ["mine.txt", "portal.toml"]
    _, seconds = build.ensure(place, port=8126, reset=True)
    assert seconds is not None
    assert (place / "portal.db").is_file()
    assert not (place / "mine.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


def test_the_clock_starts_on_the_first_of_december(campus: tuple[Flask, Path]) -> None:
    app, _ = campus
    clock = app.extensions["portal.clock"]
    assert clock.today() == date(2025, 12, 1)
    assert clock.shifted


def test_a_real_instance_cannot_be_told_the_time(tmp_path: Path) -> None:
    settings = Settings(instance=tmp_path, today="2020-01-01")
    clock = create_app(settings).extensions["portal.clock"]
    assert clock.today().year > 2020


def test_those_who_left_stay_on_record_through_the_one_roster(campus: tuple[Flask, Path]) -> None:
    app, _ = campus
    with app.app_context():
        people = db.session.scalar(select(func.count()).select_from(Person))
        gone = db.session.scalars(select(Person).where(Person.departure.is_not(None))).all()
        batch = db.session.scalars(select(ImportBatch).where(ImportBatch.kind == "staff")).one()
    assert people == 300
    assert sorted(str(person.departure) for person in gone) == ["left", "left", "retired", "retired"]
    assert all(person.disabled_at is not None for person in gone)
    assert batch.state == "committed"
    assert {name: batch.summary["counts"][name] for name in ("left", "changed", "held")} == {
        "left": 4,
        "changed": 1,
        "held": 1,
    }
