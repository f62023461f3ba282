"""Who hears of what: one message a person and deed, with a link that leads somewhere in the person's hat."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from campus import NOW
from sqlalchemy import select

from portal.database import write_tx
from portal.extensions import db
from portal.models import (
    Certificate,
    CourseRecord,
    Event,
    Message,
    PersonRequest,
    RoleProposal,
    Unit,
    YearReopening,
)
from portal.rules.policy import shipped
from portal.rules.vocabulary import ObligationKind, RevocationKind, Role
from portal.services import (
    appointments,
    calendar,
    certificates,
    codes,
    obligations,
    request_decisions,
    requests,
    revocation_proposals,
    roles,
)
from portal.services.evidence import Intake
from portal.services.standings import settle_many

TODAY = date(2025, 12, 1)


@pytest.fixture
def told(app, people, sign_in):
    """`told("陈晓")`: (kind, title) of everything she was told; every link has been followed on the way."""

    def read(name: str) -> list[tuple[str, str]]:
        with app.app_context():
            rows = db.session.execute(
                select(Message.kind, Message.title, Message.link)
                .where(Message.person_id == people[name].id)
                .order_by(Message.id)
            ).all()
            db.session.remove()
        client = sign_in(name, "person")
        for link in {row.link for row in rows if row.link}:
            client.get(link, status=200)
        return [(row.kind, row.title) for row in rows]

    return read


def one(app: Any, query: Any) -> Any:
    with app.app_context():
        found = db.session.scalar(query)
        db.session.remove()
        return found


@pytest.mark.parametrize(
    ("action", "kind", "title"),
    [
        ("approve", "change-approved", "您的信息变更申请已通过"),
        ("return", "change-returned", "您的信息变更申请已退回"),
    ],
)
def test_who_asked_for_a_change_hears_what_became_of_it(app, people, told, action, kind, title):
    with app.app_context():
        facts = {
            "name": "陈晓",
            "department": "护理教研室",
            "title_series": "高校教师",
            "title": "副教授",
            "phone": "",
        }
        unit = people["陈晓"].unit_id
        requests.ask_change(people.actor("陈晓"), facts, unit=unit_uuid(app, unit), now=NOW)
    uuid = one(app, select(PersonRequest.uuid))
    with app.app_context():
        request_decisions.decide(
            people.actor("李静"), uuid, action=action, reason="请核对", version=1, now=NOW, today=TODAY
        )
    assert told("陈晓") == [(kind, title)]


def unit_uuid(app, unit_id):
    return one(app, select(Unit.uuid).where(Unit.id == unit_id))


def test_a_code_is_known_to_whom_it_is_for(app, people, told):
    with app.app_context():
        codes.issue_to(people.actor("李静"), people["陈晓"].uuid, now=NOW, today=TODAY)
    assert told("陈晓") == [("code-issued", "已为您发放一次性代码，用于重置密码")]


def test_figures_set_and_ended_and_the_certificate_that_falls_are_one_message_each(
    app, people, filing, sign_in, told
):
    hr = people.actor("周敏")
    filing.course("陈晓", subject="public", quarters=20 * 4)
    filing.course("陈晓", subject="professional", quarters=40 * 4)
    with app.app_context():
        obligations.set_figures(
            hr,
            people["陈晓"].uuid,
            2025,
            kind=ObligationKind.LEAVE,
            public=20 * 4,
            professional=40 * 4,
            reason="产假",
            intake=Intake(),
            policies=shipped(),
            now=NOW,
        )
    sign_in("陈晓").post("/certificates/2025", status=303)
    with app.app_context():
        obligations.end(hr, people["陈晓"].uuid, 2025, reason="产假材料有误", policies=shipped(), now=NOW)
    assert told("陈晓") == [
        ("obligation-set", "您 2025 年度的学时要求按公需科目 20 学时、专业科目 40 学时核定"),
        ("obligation-ended", "您 2025 年度的学时要求恢复为通知规定的学时"),
    ]
    assert "已失效" in one(app, select(Message.body).where(Message.kind == "obligation-ended"))
    assert one(app, select(Event.details).where(Event.action == "certificate-fell"))["obligation"] == 2025


def test_whose_certificate_falls_with_a_platform_course_is_told(app, people, filing, sign_in, told):
    filing.met("陈晓")
    sign_in("陈晓").post("/certificates/2025", status=303)
    with app.app_context(), write_tx() as session:
        session.execute(CourseRecord.__table__.delete())
        settle_many(session, {people["陈晓"].id: [2025]}, shipped(), now=NOW)
    assert told("陈晓") == [("certificate-fell", "2025 年度证书已失效")]


def test_whose_certificate_hr_revokes_is_told_why(app, people, filing, sign_in, told):
    filing.met("陈晓")
    sign_in("陈晓").post("/certificates/2025", status=303)
    with app.app_context():
        uuid = db.session.scalars(select(Certificate.uuid)).one()
        certificates.revoke(people.actor("周敏"), uuid, reason="姓名登记有误", now=NOW)
    assert told("陈晓") == [("certificate-revoked", "2025 年度证书 2025-HLXY-000001 已撤销")]
    assert "姓名登记有误" in one(app, select(Message.body))


@pytest.mark.parametrize(
    ("answer", "what"),
    [("confirm", "已由孙悦确认，正在逐人执行"), ("refuse", "被孙悦退回，没有撤销任何申报")],
)
def test_who_proposed_a_revocation_of_many_hears_the_answer(app, people, filing, told, answer, what):
    claim = filing.claim("陈晓", "training", "approved")
    with app.app_context():
        made = revocation_proposals.propose(
            people.actor("周敏"), [claim.uuid], kind=RevocationKind.FALSE, reason="查实。", now=NOW
        )
        getattr(revocation_proposals, answer)(people.actor("孙悦"), made, now=NOW)
    assert told("周敏") == [("revocations-answered", f"您提出的批量撤销（1 项）{what}")]


def test_a_year_opened_again_and_closed_again(app, people, told):
    hr = people.actor("周敏")
    with app.app_context():
        calendar.reopen(
            hr,
            2023,
            people["陈晓"].username,
            files_until=date(2025, 12, 20),
            review_until=date(2025, 12, 31),
            reason="住院",
            now=NOW,
            today=TODAY,
        )
    uuid = one(app, select(YearReopening.uuid))
    with app.app_context():
        calendar.end_reopening(hr, uuid, now=NOW)
    assert told("陈晓") == [
        ("year-reopened", "已为您重新开放 2023 年度，可申报到 2025-12-20"),
        ("year-reopening-ended", "为您重新开放的 2023 年度已提前结束"),
    ]


def test_an_appointment_and_its_end(app, people, told):
    hr, unit = people.actor("周敏"), unit_uuid(app, people["欧阳䶮"].unit_id)
    with app.app_context():
        appointments.appoint(
            hr,
            unit,
            username=people["欧阳䶮"].username,
            desk_phone="",
            since=TODAY,
            instead_of=None,
            now=NOW,
            today=TODAY,
        )
        appointments.end(hr, unit, people["欧阳䶮"].uuid, last_day=None, now=NOW, today=TODAY)
    assert [kind for kind, _ in told("欧阳䶮")] == ["admin-appointed", "admin-ended"]


@pytest.mark.parametrize("agrees", [True, False])
def test_a_role_is_told_to_its_holder_and_to_who_proposed_it(app, people, told, agrees):
    with app.app_context():
        roles.propose(
            people.actor("周敏"),
            username=people["陈晓"].username,
            role=Role.AUDITOR,
            gives=True,
            now=NOW,
            today=TODAY,
        )
    uuid = one(app, select(RoleProposal.uuid))
    with app.app_context():
        deed = roles.confirm if agrees else roles.refuse
        deed(people.actor("孙悦"), uuid, now=NOW, today=TODAY)
    assert [kind for kind, _ in told("周敏")] == ["role-confirmed" if agrees else "role-refused"]
    assert told("陈晓") == ([("role-confirmed", f"已授予您的“{Role.AUDITOR.label}”角色")] if agrees else [])
