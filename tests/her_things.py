"""One thing of every kind, 陈晓's or about her: what stands in the addresses the census of routes calls."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from campus import NOW, PIXEL, Filing, People
from flask import Flask
from sqlalchemy import select

from portal.certificate_desk import keyring
from portal.database import write_tx
from portal.extensions import db
from portal.models import (
    Absence,
    Certificate,
    EvidenceFile,
    Login,
    MachineToken,
    Message,
    Obligation,
    PersonRequest,
    ProvincialDifference,
    ProvincialEntry,
    ReturnPreset,
    RevocationItem,
    RevocationProposal,
    RoleProposal,
    Unit,
    YearReopening,
)
from portal.rules.access import Actor
from portal.rules.machines import Scope
from portal.rules.policy import shipped
from portal.rules.vocabulary import Evidence, NoticeKind, ObligationKind, Role
from portal.services import (
    absences,
    calendar,
    certificates,
    course_jobs,
    course_previews,
    evidence,
    jobs,
    messages,
    notices,
    obligations,
    provincial_entries,
    provincial_imports,
    requests,
    roles,
    roster,
    tokens,
)
from portal.spreadsheets import Row, Sheet


@pytest.fixture
def hers(app: Flask, people: People, filing: Filing) -> dict[str, Any]:
    """陈晓's claim, its evidence and her certificate, by the names the addresses use."""
    group = uuid4()
    claim = filing.claim("陈晓", status="pending", title="送审的培训", list_uuid=group)
    filing.met("陈晓")
    signer = keyring(app.extensions["portal.settings"])
    with app.app_context():
        certificate = certificates.issue(
            people.actor("陈晓"), 2025, policies=shipped(), signer=signer, school="校", now=NOW
        )
        file = db.session.scalars(select(EvidenceFile.uuid).where(EvidenceFile.claim_id == claim.id)).one()
        code = db.session.scalars(select(Certificate.code)).one()
        her_unit = db.session.scalars(select(Unit.uuid).where(Unit.name == "护理学院")).one()
        facts = {"name": "陈晓", "department": "内科", "title_series": "", "title": "", "phone": ""}
        requests.ask_change(people.actor("陈晓"), facts, unit=her_unit, now=NOW)
        change = db.session.scalars(select(PersonRequest.uuid)).one()
        newcomer = {**facts, "name": "新来的人"}
        progress = requests.register(
            "20250999", newcomer, unit=her_unit, password="lantern-over-sea", school="校", now=NOW
        )
        people_office = people.actor("孙悦")
        roles.propose(
            people_office, username="20180006", role=Role.AUDITOR, gives=True, now=NOW, today=NOW.date()
        )
        proposal = db.session.scalars(select(RoleProposal.uuid)).one()
        soon = NOW.date() + timedelta(days=7)
        absences.mark(people.actor("李静"), first_day=soon, last_day=soon, note="", now=NOW, today=NOW.date())
        absence = db.session.scalars(select(Absence.uuid)).one()
        device = uuid4()
        with write_tx() as session:
            revocation = uuid4()
            hr = people["孙悦"].id
            order = RevocationProposal(
                uuid=revocation, kind="mistaken", reason="核对有误", proposer_id=hr, proposed_at=NOW
            )
            session.add(order)
            session.flush()
            session.add(RevocationItem(proposal_id=order.id, claim_id=claim.id))
            job = jobs.enqueue(session, people.actor("陈晓"), "test", {}, title="她的任务", now=NOW)
            messages.tell(session, [people["陈晓"].id], "told", title="她的消息", now=NOW)
            message = session.scalars(select(Message.uuid)).one()
        with write_tx() as session:
            session.add(
                Login(
                    uuid=device,
                    token_hash="0" * 64,
                    person_id=people["陈晓"].id,
                    hat="person",
                    created_at=NOW,
                    confirmed_at=NOW,
                    address="",
                    agent="",
                )
            )
        batch = _roster(people)
        course_batch = _courses(app, people)
        token = _token(people)
        preset = db.session.scalars(select(ReturnPreset.uuid)).first()
        reopening, obligation = _year_of_hers(app, people)
        entered = filing.claim("陈晓", "achievement", "approved", title="已录入的成果")
        provincial = _provincial(people, entered.uuid)
        notice = _notice(people.actor("孙悦"), her_unit)
    return {
        "reopening": reopening,
        "preset": preset,
        **provincial,
        "notice": notice,
        "job": job,
        "revocation": revocation,
        "message": message,
        "obligation": obligation,
        "person": people["陈晓"].uuid,
        "batch": batch,
        "course_batch": course_batch,
        "token": token,
        "unit": her_unit,
        "proposal": proposal,
        "absence": absence,
        "device": device,
        "change": change,
        "progress": progress,
        "person_request": change,
        "claim": claim.uuid,
        "group": group,
        "evidence": file,
        "certificate": certificate,
        "year": 2025,
        "code": code,
        "filename": "portal.css",
    }


def _year_of_hers(app: Flask, people: People) -> tuple[UUID, UUID]:
    """A reopening for her, and an obligation with its proof in the store."""
    hr = people.actor("孙悦")
    last = date(2027, 1, 10)
    calendar.reopen(
        hr,
        2025,
        people["陈晓"].username,
        files_until=last,
        review_until=last,
        reason="住院",
        now=NOW,
        today=NOW.date(),
    )
    store = app.extensions["portal.store"]
    with evidence.taken_in([evidence.Upload(Evidence.MATERIAL, "证明.png", BytesIO(PIXEL))], store) as intake:
        obligations.set_figures(
            hr,
            people["陈晓"].uuid,
            2025,
            kind=ObligationKind.LEAVE,
            public=60,
            professional=120,
            reason="病假",
            intake=intake,
            policies=shipped(),
            now=NOW,
        )
    return db.session.scalars(select(YearReopening.uuid)).one(), db.session.scalars(
        select(Obligation.uuid)
    ).one()


def _notice(hr: Actor, unit: UUID) -> UUID:
    """A notice to her unit."""
    words = {"subject": "", "title": "致护理学院", "body": "请知悉。"}
    draft = notices.Draft(NoticeKind.NOTICE, first_day=NOW.date(), last_day=None, units=(unit,), **words)
    made = notices.add(hr, draft, now=NOW)
    notices.publish(hr, made, version=1, tell=False, now=NOW)
    return made


def _token(people: People) -> UUID:
    """A program's token."""
    when = {"now": NOW, "today": NOW.date()}
    last = NOW.date() + timedelta(days=30)
    tokens.create(people.actor("周敏"), "学习平台", {Scope.WRITE}, expires_on=last, **when)
    return db.session.scalars(select(MachineToken.uuid)).one()


def _provincial(people: People, claim: UUID) -> dict[str, UUID]:
    """Her claim marked as typed into the provincial platform, and a difference found there."""
    hr = people.actor("孙悦")
    provincial_entries.enter(people.actor("李静"), [claim], 2025, now=NOW)
    cells = {"工号": people["陈晓"].username, "年度": "2025", "公需学时": "1", "专业学时": "2"}
    sheet = Sheet(tuple(cells), (Row(2, cells),), "0" * 64)
    comparison = provincial_imports.take_in(hr, sheet, "省平台.xlsx", now=NOW)
    found = select(ProvincialDifference.uuid).order_by(ProvincialDifference.id).limit(1)
    return {
        "entry": db.session.scalars(select(ProvincialEntry.uuid)).one(),
        "comparison": comparison,
        "difference": db.session.scalars(found).one(),
    }


def _roster(people: People) -> UUID:
    """A batch HR took in: everybody may see its report who may see any."""
    cells = {"工号": "31", "姓名": "甲", "单位": "护理学院", "工作部门": "办公室"}
    sheet = Sheet(tuple(cells), (Row(2, cells),), "0" * 64)
    when = {"now": NOW, "today": NOW.date()}
    batch = roster.preview(people.actor("周敏"), sheet, "名册.xlsx", **when)
    roster.commit(people.actor("周敏"), batch, create_units=False, **when)
    return batch


def _courses(app: Flask, people: People) -> UUID:
    """A batch of course records that was agreed to; nobody has written it yet."""
    cells = {"记录编号": "K1", "工号": people["何平"].username, "姓名": "何平", "学习平台": "蟹壳云学"}
    cells |= {"课程名称": "药物警戒", "科目类型": "专业科目", "学时": "2", "完成日期": "2025-06-01"}
    batch = course_previews.preview(
        people.actor("周敏"),
        Sheet(tuple(cells), (Row(2, cells),), "0" * 64),
        "课程.xlsx",
        year=2025,
        policies=shipped(),
        folder=Path(app.instance_path) / "imports",
        now=NOW,
        today=NOW.date(),
    )
    course_jobs.start(people.actor("周敏"), batch, chosen=(), now=NOW)
    return batch


def address(app: Flask, endpoint: str, things: dict[str, Any]) -> str:
    """The endpoint's address with her things in it."""
    rule = next(app.url_map.iter_rules(endpoint))
    named = {
        **things,
        "batch": things["course_batch" if "course" in endpoint else "batch"],
        "uuid": things["certificate" if "certificate" in endpoint else "evidence"],
        "code": things["progress" if endpoint.startswith("register.") else "code"],
    }
    with app.test_request_context():
        return app.url_for(endpoint, **{name: named[name] for name in rule.arguments})
