"""Rows of a list about whoever imports it: written only when another officer of HR agrees."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from campus import NOW, People
from flask import Flask
from machines import Program, record, token_for
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from portal import jobs
from portal.database import write_tx
from portal.extensions import db
from portal.models import CourseHold, CourseRecord, Event, Message, Person, PersonYear
from portal.queries import course_imports as queries
from portal.rules.access import Actor
from portal.rules.machines import Scope
from portal.rules.policy import shipped
from portal.rules.refusals import Conflict, NotFound, NotPermitted
from portal.services import course_holds, course_imports, course_jobs, course_previews
from portal.spreadsheets import Row, Sheet

HEADINGS = ("记录编号", "工号", "姓名", "学习平台", "课程名称", "科目类型", "学时", "完成日期")
Z, S, C = "20050008", "20110009", "20120001"  # 周敏 and 孙悦 of HR, 陈晓 of nursing


def row(number: str, username: str, hours: str = "30") -> tuple[str, ...]:
    return (number, username, "", "蟹壳云学", "药物警戒", "公需科目", hours, "2025-06-01")


class Desk:
    """HR at course lists, by name: `take("周敏", rows)` looks, agrees and writes to the end."""

    def __init__(self, app: Flask, people: People) -> None:
        self.app, self.people = app, people
        self.folder = Path(app.instance_path) / "imports"

    def look(self, name: str | None, rows: Sequence[tuple[str, ...]]) -> UUID:
        made = tuple(Row(n, dict(zip(HEADINGS, cells, strict=True))) for n, cells in enumerate(rows, start=2))
        with self.app.app_context():
            return course_previews.preview(
                self.people.actor(name) if name else None,
                Sheet(HEADINGS, made, "0" * 64),
                "课程.xlsx",
                year=None,
                policies=shipped(),
                folder=self.folder,
                now=NOW,
                today=NOW.date(),
            )

    def take(self, name: str, rows: Sequence[tuple[str, ...]]) -> UUID:
        batch = self.look(name, rows)
        with self.app.app_context():
            course_jobs.start(self.people.actor(name), batch, chosen=None, now=NOW)
        assert jobs.run_all(self.app) == 1
        return batch

    def confirm(self, name: str, batch: UUID, hat: str | None = None) -> None:
        with self.app.app_context():
            course_holds.confirm(self.people.actor(name, hat), batch, policies=shipped(), now=NOW)

    def undo(self, name: str, batch: UUID) -> None:
        with self.app.app_context():
            course_jobs.start_undo(self.people.actor(name), batch, now=NOW)
        jobs.run_all(self.app)

    def given(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Records that came by the command line, where nobody imports for themselves."""
        batch = self.look(None, rows)
        with self.app.app_context():
            with write_tx() as session:
                course_imports.agree(None, session, batch, chosen=None, now=NOW)
            course_imports.write(None, batch, policies=shipped(), folder=self.folder, clock=lambda: NOW)

    def report(self, batch: UUID, name: str = "周敏") -> queries.Report:
        with self.app.app_context():
            return queries.report(batch, viewer=self.people[name].id)

    def records(self) -> dict[str, tuple[str, int]]:
        """Record id -> whose it is and how many hours."""
        with self.app.app_context():
            found = select(CourseRecord.record_id, Person.username, CourseRecord.quarters)
            rows = db.session.execute(found.join(Person, Person.id == CourseRecord.person_id)).all()
            return {row.record_id: (row.username, row.quarters // 4) for row in rows}

    def public(self, name: str) -> int:
        """What the standing says, in hours."""
        with self.app.app_context():
            asked = select(PersonYear.public).where(PersonYear.person_id == self.people[name].id)
            return (db.session.scalar(asked) or 0) // 4

    def told(self, batch: UUID) -> list[str]:
        with self.app.app_context():
            asked = select(Event.action).where(Event.object_uuid == batch).order_by(Event.id)
            return list(db.session.scalars(asked))


@pytest.fixture
def desk(app: Flask, people: People) -> Desk:
    return Desk(app, people)


def test_only_another_officer_writes_the_importers_own_hours(app: Flask, desk: Desk) -> None:
    rows = [row("K1", C, "20"), row("K2", Z)]
    looked = desk.look("周敏", rows)
    assert desk.report(looked).counts == {"new": 1, "held": 1, "bad": 0}
    batch = desk.take("周敏", rows)
    assert desk.records() == {"K1": (C, 20)}, "everybody else's hours are in at once"
    assert (desk.public("陈晓"), desk.public("周敏")) == (20, 0)
    with pytest.raises(NotPermitted, match="导入人不能自行确认"):
        desk.confirm("周敏", batch)
    with pytest.raises(NotFound):
        desk.confirm("孙悦", batch, "person")
    assert desk.public("周敏") == 0
    desk.confirm("孙悦", batch)
    assert desk.records() == {"K1": (C, 20), "K2": (Z, 30)}
    assert (desk.public("陈晓"), desk.public("周敏")) == (20, 30)
    report = desk.report(batch)
    assert report.counts == {"new": 2, "bad": 0}
    assert report.hold == queries.Hold("confirmed", 1, "孙悦", NOW)
    assert desk.told(batch)[-1] == "courses-own-confirmed"
    with app.app_context():
        message = db.session.scalars(select(Message).where(Message.about == batch)).one()
        assert (message.person_id, "已写入" in message.title) == (desk.people["周敏"].id, True)
    with pytest.raises(Conflict, match="已经办理"):
        desk.confirm("孙悦", batch)


def test_what_is_refused_stays_out_and_may_come_again(app: Flask, desk: Desk) -> None:
    batch = desk.take("周敏", [row("K1", C), row("K2", Z)])
    with app.app_context():
        with pytest.raises(NotPermitted):
            course_holds.refuse(desk.people.actor("周敏"), batch, now=NOW)
        course_holds.refuse(desk.people.actor("孙悦"), batch, now=NOW)
    assert desk.records() == {"K1": (C, 30)}
    assert desk.report(batch).counts == {"new": 1, "refused": 1, "bad": 0}
    assert desk.told(batch)[-1] == "courses-own-refused"
    again = desk.take("孙悦", [row("K2", Z)])
    assert desk.report(again, "孙悦").hold is None, "to a colleague it is a row like any other"
    assert desk.public("周敏") == 30


def test_a_change_of_ones_own_record_waits_and_is_undone_by_others_only(desk: Desk) -> None:
    desk.given([row("K1", Z, "30")])
    batch = desk.take("周敏", [row("K1", Z, "4")])
    assert desk.public("周敏") == 30
    desk.confirm("孙悦", batch)
    assert desk.public("周敏") == 4
    with pytest.raises(NotPermitted, match="另一位同事撤销"):
        desk.undo("周敏", batch)  # or the old hours would return by her own hand
    desk.undo("孙悦", batch)
    assert desk.public("周敏") == 30


@pytest.mark.parametrize(("before", "after"), [(Z, C), (C, Z)])
def test_a_record_that_moves_from_or_to_the_importer_waits(desk: Desk, before: str, after: str) -> None:
    desk.given([row("K1", before)])
    batch = desk.take("周敏", [row("K1", after)])
    assert desk.records() == {"K1": (before, 30)}
    desk.confirm("孙悦", batch)
    assert desk.records() == {"K1": (after, 30)}
    with pytest.raises(NotPermitted):
        desk.undo("周敏", batch)


def test_the_second_officer_may_not_be_concerned_either(desk: Desk) -> None:
    desk.given([row("K1", Z)])
    batch = desk.take("周敏", [row("K1", S)])
    with pytest.raises(NotPermitted, match="您本人"):
        desk.confirm("孙悦", batch)
    assert desk.records() == {"K1": (Z, 30)}


def test_a_colleague_who_goes_on_with_the_list_changes_nothing_about_it(desk: Desk) -> None:
    batch = desk.look("周敏", [row("K1", Z)])
    with desk.app.app_context():
        course_jobs.start(desk.people.actor("周敏"), batch, chosen=(), now=NOW)
        other: Actor = desk.people.actor("孙悦")
        with pytest.raises(Conflict):
            course_holds.confirm(other, batch, policies=shipped(), now=NOW)
        course_imports.write(other, batch, policies=shipped(), folder=desk.folder, clock=lambda: NOW)
    assert desk.records() == {}
    assert desk.report(batch).counts == {"held": 1, "bad": 0}


def test_an_import_taken_back_holds_nothing(app: Flask, desk: Desk) -> None:
    batch = desk.take("周敏", [row("K1", C), row("K2", Z)])
    desk.undo("周敏", batch)
    assert desk.records() == {}
    with pytest.raises(Conflict):
        desk.confirm("孙悦", batch)
    with app.app_context():
        assert db.session.scalars(select(CourseHold.state)).one() == "withdrawn"


def test_a_long_confirmation_that_was_killed_goes_on(
    app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = desk.take("周敏", [row(f"K{n}", Z, "2") for n in range(5)])
    monkeypatch.setattr(course_holds, "CHUNK", 2)
    piece, left = course_holds._piece, [2]

    def dies(*given: Any) -> bool:
        if not left[0]:
            raise ConnectionError("killed")
        left[0] -= 1
        return piece(*given)

    monkeypatch.setattr(course_holds, "_piece", dies)
    with pytest.raises(ConnectionError):
        desk.confirm("孙悦", batch)
    assert (len(desk.records()), desk.public("周敏")) == (4, 8)
    assert desk.report(batch).counts == {"new": 4, "held": 1, "bad": 0}
    monkeypatch.setattr(course_holds, "_piece", piece)
    desk.confirm("孙悦", batch)
    assert (len(desk.records()), desk.public("周敏")) == (5, 10)
    assert desk.told(batch).count("courses-own-confirmed") == 1


def test_the_database_refuses_the_importer_too(app: Flask, desk: Desk) -> None:
    desk.take("周敏", [row("K1", Z)])
    own = "UPDATE course_holds SET state = 'confirmed', decided_at = :now, decider_id = importer_id"
    with app.app_context(), pytest.raises(IntegrityError), write_tx() as session:
        session.execute(text(own), {"now": "2025-12-01 00:00:00+00:00"})


def test_programs_report_officers_like_everybody_else(app: Flask, desk: Desk, people: People) -> None:
    platform = Program(app, token_for(app, people, [Scope.WRITE]))
    assert platform.send([record(1, username=Z)])["counts"]["created"] == 1
    assert [whose for whose, _ in desk.records().values()] == [Z]
