"""A small school to work in while it is being killed: people with passwords, and work that waits."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from campus import PASSWORD, Filing, Known, People, read_people, settle_people
from flask import Flask
from sqlalchemy import select

from portal import create_app, lifecycle
from portal.config import Settings
from portal.database import write_tx
from portal.extensions import db
from portal.models import Person, Unit
from portal.services.names import search_key

STAFF = 30  # besides the named people, all of 护理学院
FIRST_DAY = date(2025, 1, 1)


@dataclass(slots=True)
class School:
    """An instance with its people; `staff` file, 李静 and 王芳 review, 周敏 and 孙悦 are HR."""

    app: Flask
    settings: Settings
    people: People
    staff: list[Known]

    @property
    def filing(self) -> Filing:
        """Puts work straight into the tables."""
        return Filing(self.app, self.people)

    def waiting(self, count: int, status: str = "pending", **options: Any) -> list[UUID]:
        """That many claims to review, four hours on a day of its own each, spread over the staff."""
        made = []
        for number in range(count):
            who = self.staff[number % len(self.staff)]
            day = FIRST_DAY + timedelta(days=(number // len(self.staff)) % 365)
            title = f"第{number}次业务学习{uuid4().hex[:6]}"
            facts = {"title": title, "start_on": day, "end_on": day, "quarters": 16}
            made.append(self.filing.claim(who.name, "training", status, **options, **facts).uuid)
        return made

    def close(self) -> None:
        """Let go of the database."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


def build(place: Path, database_url: str = "") -> School:
    """An instance as `portal init` leaves it, with people in it."""
    settings = Settings(instance=place, database_url=database_url)
    app = create_app(settings)
    with app.app_context():
        lifecycle.migrate_now()
    settle_people(app)
    with app.app_context(), write_tx() as session:
        unit = session.scalars(select(Unit).where(Unit.name == "护理学院")).one()
        hashed = session.scalars(select(Person.password_hash).limit(1)).one()
        for number in range(STAFF):
            name = f"教师{number:02d}"
            session.add(
                Person(
                    username=f"2021{number:04d}",
                    name=name,
                    search_key=search_key(name),
                    unit_id=unit.id,
                    department="教研室",
                    password_hash=hashed,
                    created_at=datetime(2024, 1, 2, tzinfo=UTC),
                )
            )
    people = read_people(app)
    return School(app, settings, people, [one for one in people if one.name.startswith("教师")])


def picture(text: str) -> bytes:
    """A small PNG that nobody else has: the text is in its pixels."""
    row = b"\x00" + text.encode().ljust(48, b"\x00")[:48]
    data = zlib.compress(row * 4)
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", 16, 4, 8, 2, 0, 0, 0)), (b"IDAT", data), (b"IEND", b""))
    out = b"\x89PNG\r\n\x1a\n"
    for kind, body in chunks:
        out += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return out


def password() -> str:
    """Everybody's."""
    return PASSWORD
