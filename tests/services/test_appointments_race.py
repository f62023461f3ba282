"""Two officers appoint the second admin at the same moment: one of them is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

from campus import NOW, People
from flask import Flask
from sqlalchemy import func, select

from portal.extensions import db
from portal.models import Grant, Unit
from portal.rules.refusals import RuleBroken
from portal.services import appointments

TODAY = date(2025, 12, 1)


def at_once(app: Flask, deeds: list[Callable[[], Any]]) -> list[str]:
    """Runs the deeds together; how each ended."""
    gate, ends = threading.Barrier(len(deeds)), []

    def run(deed: Callable[[], Any]) -> None:
        with app.app_context():
            gate.wait()
            try:
                deed()
                ends.append("done")
            except RuleBroken:
                ends.append("refused")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


def test_never_three_whoever_is_faster(app: Flask, people: People) -> None:
    with app.app_context():
        unit = db.session.scalars(select(Unit.uuid).where(Unit.name == "护理学院")).one()
        hr = people.actor("周敏")
        appointments.end(hr, unit, people["王芳"].uuid, last_day=None, now=NOW, today=TODAY)

    def appoint(officer: str, username: str) -> Callable[[], Any]:
        return lambda: appointments.appoint(
            people.actor(officer),
            unit,
            username=username,
            desk_phone="0536-8462001",
            since=TODAY,
            instead_of=None,
            now=NOW,
            today=TODAY,
        )

    ends = at_once(app, [appoint("周敏", "20120001"), appoint("孙悦", "20150002")])
    assert ends == ["done", "refused"]
    with app.app_context():
        held = db.session.scalar(
            select(func.count()).where(Grant.unit_id == people["李静"].unit_id, Grant.valid_until.is_(None))
        )
    assert held == 2
