"""What the census's addresses name that belongs to the school and to no single person."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from campus import NOW, People
from flask import Flask
from sqlalchemy import select, update

from portal import jobs as runner
from portal.config import key
from portal.database import write_tx
from portal.extensions import db
from portal.models import Code, Job, MachineToken, Person, ProvincialImport, ReturnPreset, Unit
from portal.rules.access import Actor
from portal.rules.machines import Scope
from portal.rules.one_time import code_at, step_of
from portal.rules.policy import shipped
from portal.rules.vocabulary import NoticeKind
from portal.services import (
    codes,
    course_jobs,
    course_previews,
    notices,
    requests,
    roster,
    second_factors,
    tokens,
)
from portal.spreadsheets import Row, Sheet

WHEN: dict[str, Any] = {"now": NOW, "today": NOW.date()}


def of_the_office(app: Flask, people: People) -> dict[str, Any]:
    """Lists, units, notices, tokens, one-time codes; needs an app context."""
    units = _units()
    return {
        **_rosters(people),
        **_courses(app, people),
        **units,
        **_factors(app, people),
        **_codes(people),
        "progress": _registration(people, units["hers"]),
        "notice": _notice(people, units["hers"]),
        "token": _token(people),
        "preset": db.session.scalars(select(ReturnPreset.uuid)).first(),
        "disabled_person": _disabled(),
        "colleague": people["刘洋"].username,
        "colleague_uuid": people["刘洋"].uuid,
        "admin_uuid": people["李静"].uuid,
        "guarded": people["王芳"].username,
        "stranger": people["欧阳䶮"].username,
    }


def _sheet(cells: dict[str, str]) -> Sheet:
    return Sheet(tuple(cells), (Row(2, cells),), uuid4().hex * 2)


def _rosters(people: People) -> dict[str, UUID]:
    """A roster that was taken in, and one that was only looked at."""
    hr = people.actor("周敏")

    def looked_at(username: str) -> UUID:
        cells = {"工号": username, "姓名": "甲", "单位": "护理学院", "工作部门": "办公室"}
        return roster.preview(hr, _sheet(cells), "名册.xlsx", **WHEN)

    first = looked_at("31")
    roster.commit(hr, first, create_units=False, **WHEN)
    return {"taken_in": first, "looked_at": looked_at("32")}


def _courses(app: Flask, people: People) -> dict[str, UUID]:
    """A list of course records that was written, one that stopped, one that was only looked at, and one
    that waits for another officer because it is about whoever brought it.
    """
    hr = people.actor("周敏")

    def looked_at(number: str, about: str = "何平", by: Actor = hr) -> UUID:
        cells = {"记录编号": number, "工号": people[about].username, "姓名": about, "学习平台": "蟹壳云学"}
        cells |= {"课程名称": "药物警戒", "科目类型": "专业科目", "学时": "2", "完成日期": "2025-06-01"}
        return course_previews.preview(
            by,
            _sheet(cells),
            "课程.xlsx",
            year=2025,
            policies=shipped(),
            folder=Path(app.instance_path) / "imports",
            **WHEN,
        )

    written = looked_at("K1")
    course_jobs.start(hr, written, chosen=(), now=NOW)
    _run(app, written)
    colleague = people.actor("孙悦")
    held = looked_at("K4", about="孙悦", by=colleague)
    course_jobs.start(colleague, held, chosen=(), now=NOW)
    _run(app, held)
    stopped = looked_at("K2")
    course_jobs.start(hr, stopped, chosen=(), now=NOW)
    with write_tx() as session:
        session.execute(update(Job).where(Job.state == "queued").values(state="failed", finished_at=NOW))
    return {
        "courses_written": written,
        "courses_held": held,
        "courses_stopped": stopped,
        "courses_looked_at": looked_at("K3"),
    }


def _run(app: Flask, batch: UUID) -> None:
    """Do what is queued; the batch is written then."""
    assert runner.run_all(app) == 1, f"{batch}: the list was not written"


def _units() -> dict[str, UUID]:
    """陈晓's unit, one without an admin, one without people, one that was closed."""
    with write_tx() as session:
        empty = Unit(code="KZXY", name="空置学院")
        closed = Unit(code="YCXY", name="已撤学院", closed_at=NOW)
        session.add_all([empty, closed])
        session.flush()
        known = {unit.name: unit.uuid for unit in session.scalars(select(Unit))}
        return {
            "hers": known["护理学院"],
            "other_unit": known["基础医学院"],
            "bare_unit": known["临床医学院"],
            "empty_unit": empty.uuid,
            "closed_unit": closed.uuid,
        }


def _factors(app: Flask, people: People) -> dict[str, Any]:
    """王芳 and 刘洋 use an authenticator app, 陈晓 has begun with one; the codes these show next."""
    secret = key(app.extensions["portal.settings"], "second-factor")
    told = {"factored_person": people["刘洋"].uuid}
    for name, word in (("王芳", "login_code"), ("刘洋", "factor_code"), ("陈晓", "fresh_code")):
        made = second_factors.begin(people.actor(name, "person"), now=NOW, key=secret)
        now = code_at(made, step_of(NOW))
        if name != "陈晓":
            second_factors.confirm(people.actor(name, "person"), now, now=NOW, key=secret)
        told[word] = now if name == "陈晓" else code_at(made, step_of(NOW) + 1)  # type: ignore[assignment]
    return told


def _codes(people: People) -> dict[str, str]:
    """A one-time code for 何平; 刘洋 has used one and not yet read that it was."""
    hr = people.actor("周敏")
    code = codes.issue_to(hr, people["何平"].uuid, **WHEN)
    with write_tx() as session:
        session.add(
            Code(
                person_id=people["刘洋"].id,
                issuer_id=hr.person_id,
                code_hash="0" * 64,
                issued_at=NOW,
                expires_at=NOW,
                ended_at=NOW,
                redeemed_at=NOW,
            )
        )
    return {"one_time": code, "forgetful": people["何平"].username}


def _registration(people: People, unit: UUID) -> str:
    """The progress code of somebody who has registered."""
    facts = {"name": "新来的人", "department": "内科", "title_series": "", "title": "", "phone": ""}
    return requests.register("20250999", facts, unit=unit, password="lantern-over-sea", school="校", now=NOW)


def _notice(people: People, unit: UUID) -> UUID:
    """A notice to 陈晓's unit."""
    hr, words = people.actor("孙悦"), {"subject": "", "title": "致护理学院", "body": "请护理学院知悉。"}
    draft = notices.Draft(NoticeKind.NOTICE, first_day=NOW.date(), last_day=None, units=(unit,), **words)
    made = notices.add(hr, draft, now=NOW)
    notices.publish(hr, made, version=1, tell=False, now=NOW)
    return made


def _token(people: People) -> UUID:
    """A program's token."""
    last = NOW.date() + timedelta(days=30)
    tokens.create(people.actor("周敏"), "学习平台", {Scope.WRITE}, expires_on=last, **WHEN)
    return db.session.scalars(select(MachineToken.uuid)).one()


def _disabled() -> UUID:
    """Somebody who may not sign in."""
    with write_tx() as session:
        unit = session.scalars(select(Unit.id).where(Unit.name == "基础医学院")).one()
        gone = Person(
            username="20010077",
            name="停用的人",
            search_key="停用的人",
            unit_id=unit,
            department="内科",
            created_at=NOW,
            disabled_at=NOW,
        )
        session.add(gone)
        session.flush()
        return gone.uuid


def stopped_comparison(people: People) -> UUID:
    """A list of the provincial platform's that lost its runner; it must be the latest there is."""
    with write_tx() as session:
        made = ProvincialImport(
            file_name="省平台.csv",
            file_sha256="1" * 64,
            importer_id=people["孙悦"].id,
            imported_at=NOW,
            summary={"rows": 0, "bad": 0, "people": 0},
            faults=[],
        )
        session.add(made)
        session.flush()
        return made.uuid
