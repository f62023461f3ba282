"""The campus that is asked: things of many owners by name, a role's way in, and the way back to the start."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from campus import NOW, PASSWORD, Filing, People
from flask import Flask
from machines import token_for
from sqlalchemy import select, update
from strict import StrictClient, StrictResponse

from fuzz.calls import AGENT, Standing
from portal.config import Settings
from portal.database import schema_tx, write_tx
from portal.extensions import db, limiter
from portal.models import Certificate, EvidenceFile, Job, Person, Unit
from portal.rules.machines import Scope

# role: (name, hat, column of tests/matrix.py); the machine has its token, anon nothing
ROLES: dict[str, tuple[str, str, str]] = {
    "anon": ("", "", "anon"),
    "owner": ("陈晓", "person", "owner"),
    "peer": ("刘洋", "person", "peer"),
    "admin": ("李静", "unit", "admin"),
    "admin-self": ("李静", "person", "peer"),
    "other-admin": ("赵磊", "unit", "other-admin"),
    "hr": ("周敏", "hr", "hr"),
    "second-hr": ("孙悦", "hr", "hr"),
    "audit": ("吴审", "audit", "audit"),
    "disabled": ("欧阳䶮", "person", "disabled"),
    "machine": ("", "", "anon"),
}
CLAIMS: dict[str, tuple[str, str, str]] = {
    "claim_draft": ("陈晓", "training", "draft"),
    "claim_returned": ("陈晓", "self_study", "returned"),
    "claim_approved": ("陈晓", "publication", "approved"),
    "claim_revoked": ("陈晓", "achievement", "revoked"),
    "claim_of_peer": ("刘洋", "training", "pending"),
    "claim_of_peer_approved": ("刘洋", "training", "approved"),
    "claim_of_admin": ("李静", "training", "pending"),
    "claim_of_hr": ("周敏", "publication", "pending"),
    "claim_elsewhere": ("何平", "training", "pending"),
    "claim_elsewhere_approved": ("何平", "self_study", "approved"),
}
PERSONS = {
    "person_peer": "刘洋",
    "person_admin": "李静",
    "person_elsewhere": "何平",
    "person_hr": "周敏",
    "person_disabled": "欧阳䶮",
}
LATER = datetime(2099, 1, 1, tzinfo=UTC)
YEARS = (
    "2025",
    "2024",
    "2026",
    "2021",
    "2020",
    "0",
    "1",
    "9999",
    "10000",
    "2147483648",
    "9223372036854775808",
)


@dataclass(slots=True)
class World:
    """Everything a call may name, and how each role shows who it is."""

    app: Flask
    settings: Settings
    people: People
    names: dict[str, str]
    kinds: dict[str, tuple[str, ...]]
    standings: dict[str, Standing]
    kept: Snapshot = field(init=False)

    def __post_init__(self) -> None:
        self.kept = Snapshot(self.app, self.settings)

    def restore(self) -> None:
        """As it was before anybody asked."""
        limiter.reset()
        self.kept.restore()


class Snapshot:
    """Database and files of an instance at one moment."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self.app, self.instance = app, settings.instance
        self.place = settings.instance.parent / "kept-for-the-fuzzer"
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.instance, self.place, ignore=_database)
        with app.app_context():
            self.file = Path(db.engine.url.database or "") if db.engine.dialect.name == "sqlite" else None
            if self.file:
                _copy(self.file, self.place / "kept.db")
            else:
                self._note_rows()
            db.session.remove()

    def _note_rows(self) -> None:
        with db.engine.connect() as connection:
            self.rows = {
                table: [dict(row) for row in connection.execute(table.select()).mappings()]
                for table in db.metadata.sorted_tables
            }

    def restore(self) -> None:
        """Put both back."""
        for one in self.instance.iterdir():
            if not one.name.startswith("portal.db"):
                shutil.rmtree(one) if one.is_dir() else one.unlink()
        shutil.copytree(self.place, self.instance, ignore=_database, dirs_exist_ok=True)
        with self.app.app_context():
            db.session.remove()
            if self.file:
                db.engine.dispose()
                _copy(self.place / "kept.db", self.file)
            else:
                self._refill()

    def _refill(self) -> None:
        with schema_tx(db.engine) as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # rests the guards
            for table in reversed(self.rows):
                connection.execute(table.delete())
            for table, rows in self.rows.items():
                if rows:
                    connection.execute(table.insert(), rows)


def _database(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name.startswith(("portal.db", "kept.db"))]


def _copy(one: Path, other: Path) -> None:
    """Through SQLite, not over its head: a connection left open somewhere then reads on unharmed."""
    with closing(sqlite3.connect(one)) as source, closing(sqlite3.connect(other)) as target:
        source.backup(target)


def empty_instance(app: Flask, settings: Settings) -> None:
    """Throw away the files earlier tests left, but no keys."""
    store = app.extensions["portal.store"]
    for key in list(store.kept()):
        store.path(key).unlink()
    for name in ("imports", "jobs"):
        shutil.rmtree(settings.instance / name, ignore_errors=True)
    settings.heads_file.unlink(missing_ok=True)


COURSE_LISTS = ("courses_written", "courses_held", "courses_stopped", "courses_looked_at")


def build(app: Flask, settings: Settings, people: People, filing: Filing, hers: dict[str, Any]) -> World:
    """The campus of `hers`, and beside it things of colleagues, of another unit and of officers."""
    names = {name: str(value) for name, value in hers.items()}
    kinds: dict[str, tuple[str, ...]] = {name: (name,) for name in names}
    kinds |= {"batch": ("taken_in", "looked_at"), "course_batch": COURSE_LISTS}
    made = {name: str(_claim(filing, name, *facts).uuid) for name, facts in CLAIMS.items()}
    kinds["claim"] = ("claim", *made)
    persons = {name: str(people[of].uuid) for name, of in PERSONS.items()}
    kinds["person"] = ("person", *persons)
    filing.met("何平")
    with app.app_context():
        found = _more(hers["claim"])
        kinds |= {kind: (kind, *others) for kind, others in found.items()}
        names |= {name: value for others in found.values() for name, value in others.items()}
        db.session.remove()
    bearer = token_for(app, people, list(Scope), expires_on=date(2026, 5, 31))
    standings = {"machine": Standing(bearer=bearer)}
    for role, (name, hat, _) in ROLES.items():
        if role != "machine":
            standings[role] = _standing(app, name, people[name].username if name else "", hat)
    with app.app_context(), write_tx() as session:
        gone = people[ROLES["disabled"][0]].id
        session.execute(update(Person).where(Person.id == gone).values(disabled_at=NOW))
        session.execute(update(Job).values(run_after=LATER))  # nobody is to do what only waits there
    return World(app, settings, people, {**names, **made, **persons}, kinds, standings)


def _claim(filing: Filing, name: str, of: str, category: str, status: str) -> Any:
    facts: dict[str, Any] = {"title": f"{name} 的申报"}
    if category == "training" and status != "approved":
        facts |= {"start_on": date(2025, 9, 1), "end_on": date(2025, 9, 2), "quarters": 32}
    decider = "李静" if of in ("陈晓", "刘洋") and status == "approved" else "周敏"
    return filing.claim(of, category, status, decider=decider, **facts)


def _more(claim: UUID) -> dict[str, dict[str, str]]:
    """Further files, certificates and units, by kind and name."""
    files = db.session.scalars(select(EvidenceFile.uuid).order_by(EvidenceFile.id).limit(6))
    units = db.session.scalars(select(Unit.uuid).order_by(Unit.id))
    marks = db.session.scalars(select(Certificate.uuid).order_by(Certificate.id))
    return {
        "evidence": {f"evidence_{number}": str(uuid) for number, uuid in enumerate(files)},
        "unit": {f"unit_{number}": str(uuid) for number, uuid in enumerate(units)},
        "certificate": {f"certificate_{number}": str(uuid) for number, uuid in enumerate(marks)},
    }


def _standing(app: Flask, name: str, username: str, hat: str) -> Standing:
    client = StrictClient(app, StrictResponse, use_cookies=True)
    if name:
        given = {"username": username, "password": PASSWORD, "hat": hat}
        client.post("/login", data=given, headers={"User-Agent": AGENT}, status=303)
    token = client.token()
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    return Standing(cookie=f"{cookie.key}={cookie.value}" if cookie else "", token=token)
