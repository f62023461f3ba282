"""The disaster drill of docs/operations.md: lose the whole instance, get it back from last night's backup."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from campus import PASSWORD, Filing, read_people, settle_people
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.engine import make_url
from strict import StrictClient, StrictResponse

from portal import create_app
from portal.cli import main
from portal.config import load_settings
from portal.extensions import db, limiter
from portal.models import Certificate, EvidenceFile

POSTGRESQL = os.environ.get("PORTAL_TEST_DATABASE_URL", "")


@dataclass
class School:
    """An instance of its own, made and reached only by what an operator has: commands and the web."""

    place: Path
    address: str

    def portal(self, *words: str) -> Result:
        """Run a `portal` command of this instance."""
        done = CliRunner().invoke(main, [*words, "--instance", str(self.place)])
        assert done.exit_code == 0, done.output
        return done

    def app(self) -> Flask:
        """The portal as a freshly started process sees it."""
        limiter.reset()
        return create_app(load_settings({"instance": self.place, "testing": True, "today": "2025-12-01"}))

    def make_database(self) -> None:
        """On PostgreSQL an empty database, which is the operator's to make."""
        if self.address:
            self._as_admin("CREATE DATABASE {}")

    def drop_database(self) -> None:
        """On PostgreSQL the database and who is connected to it."""
        if self.address:
            self._as_admin("DROP DATABASE IF EXISTS {} WITH (FORCE)")

    def _as_admin(self, statement: str) -> None:
        url = make_url(self.address)
        admin = url.set(database="postgres").render_as_string(hide_password=False)
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(statement.format(url.database))


@pytest.fixture
def school(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cheap_passwords: None
) -> Iterator[School]:
    """An instance nobody has made yet."""
    for name in [name for name in os.environ if name.startswith("PORTAL_")]:
        monkeypatch.delenv(name)
    address = ""
    if backend == "postgresql":
        if not POSTGRESQL:
            pytest.skip("PORTAL_TEST_DATABASE_URL names no PostgreSQL")
        if shutil.which("pg_dump") is None:
            pytest.skip("no pg_dump on this machine (apt-get install postgresql-client)")
        url = make_url(POSTGRESQL).set(drivername="postgresql", database=f"drill_{os.getpid()}")
        address = url.render_as_string(hide_password=False)
        monkeypatch.setenv("PORTAL_DATABASE_URL", address)
    found = School(tmp_path / "instance", address)
    found.drop_database()
    found.make_database()
    yield found
    found.drop_database()


@pytest.fixture
def desk_of() -> Callable[[Flask, str], StrictClient]:
    """Sign in at that process with the password everybody has."""

    def enter(app: Flask, username: str) -> StrictClient:
        client = StrictClient(app, StrictResponse, use_cookies=True)
        given = {"username": username, "password": PASSWORD, "hat": "person"}
        client.post("/login", data=given, status=303)
        return client

    return enter


def test_a_lost_instance_comes_back_from_its_backup(
    school: School, tmp_path: Path, desk_of: Callable[[Flask, str], StrictClient]
) -> None:
    school.portal("init")
    app = school.app()
    settle_people(app)
    people = read_people(app)
    filing = Filing(app, people)
    claim = filing.claim("陈晓", "training", "approved", title="护理管理研修 𠮷")
    filing.claim("刘洋", "publication", "pending")
    filing.met("刘洋")
    owner, holder = people["陈晓"].username, people["刘洋"].username
    desk_of(app, holder).post("/certificates/2025", status=303)
    paper = desk_of(app, holder).get("/certificates/2025.pdf", status=200).data
    with app.app_context():
        code = db.session.scalars(select(Certificate.code)).one()
        proof = db.session.scalars(select(EvidenceFile.uuid).where(EvidenceFile.claim_id == claim.id)).first()
    left_open = desk_of(app, owner)
    picture = left_open.get(f"/evidence/{proof}", status=200).data

    kept = tmp_path / "another-disk"
    school.portal("backup", str(kept), "--keep", "7")
    late = filing.claim("陈晓", "self_study", "pending", title="备份以后才提交")  # what the drill may lose
    cookie = left_open.get_cookie("portal")
    _let_go(app)

    shutil.rmtree(school.place)
    school.drop_database()
    school.make_database()
    (copy,) = kept.iterdir()
    school.portal("restore", str(copy))

    report = json.loads(school.portal("doctor", "--json").output)
    assert report["ok"], report
    assert report["checks"]["permissions"]["warnings"] == []
    again = school.app()
    from_before = StrictClient(again, StrictResponse, use_cookies=True)
    assert cookie
    from_before.set_cookie("portal", cookie.value)
    from_before.get("/standing", status=302)  # it may have ended after the backup
    mine = desk_of(again, owner)
    assert "护理管理研修 𠮷" in mine.get(f"/claims/{claim.uuid}", status=200).words
    mine.get(f"/claims/{late.uuid}", status=404)
    assert mine.get(f"/evidence/{proof}", status=200).data == picture
    assert desk_of(again, holder).get("/certificates/2025.pdf", status=200).data == paper
    anybody = StrictClient(again, StrictResponse)
    assert "有效" in anybody.get(f"/verify/{code}", status=200).words
    assert again.test_client().get("/readyz").status_code == 200
    _let_go(again)


def _let_go(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
