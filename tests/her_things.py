"""One thing of every kind, somebody's or about them: what stands in the addresses the census calls.

There are three sets, the same for each: 陈晓's, and those of two callers who could judge themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from benches import Bench
from campus import NOW, PIXEL, Filing, People
from flask import Flask
from matrix import WHO
from office_things import of_the_office, stopped_comparison
from sqlalchemy import select
from strict import StrictClient

from portal.certificate_desk import keyring, press
from portal.database import write_tx
from portal.extensions import db
from portal.models import (
    Absence,
    Certificate,
    Claim,
    EvidenceFile,
    Job,
    Login,
    Message,
    Obligation,
    PersonRequest,
    ProvincialDifference,
    ProvincialEntry,
    RevocationItem,
    RevocationProposal,
    RoleProposal,
    Unit,
    YearReopening,
)
from portal.rules.access import Actor
from portal.rules.policy import shipped
from portal.rules.vocabulary import Evidence, ObligationKind, RevocationKind, Role
from portal.services import (
    absences,
    calendar,
    certificates,
    evidence,
    jobs,
    messages,
    obligations,
    prints,
    provincial_entries,
    provincial_imports,
    requests,
    reviews,
    revocations,
    roles,
)
from portal.spreadsheets import Row, Sheet

SETS = ("陈晓", "李静", "周敏")
SOON = NOW.date() + timedelta(days=7)


@pytest.fixture
def things(
    bench: Bench, people: People, filing: Filing, sign_in: Callable[..., StrictClient]
) -> dict[str, Any]:
    """Everything, by whose it is; `cookies` are those of everybody in the matrix, signed in already."""
    return bench.prepared("things", lambda: _everything(bench.app, people, filing, sign_in))


@pytest.fixture
def hers(things: dict[str, Any]) -> dict[str, Any]:
    """陈晓's claim, its evidence, her certificate and so on, by the names the addresses use."""
    return things["陈晓"]


def _everything(app: Flask, people: People, filing: Filing, sign_in: Any) -> dict[str, Any]:
    with app.app_context():
        shared = of_the_office(app, people)
        sets = {name: _Whose(app, people, filing, name).things() for name in SETS}
        shared["comparison_stopped"] = stopped_comparison(people)
    name = app.config["SESSION_COOKIE_NAME"]
    cookies = {who: sign_in(*who).get_cookie(name).value for who in dict.fromkeys(WHO.values())}
    return {name: {**shared, **own} for name, own in sets.items()} | {"cookies": cookies}


class _Whose:
    """Makes one person's things."""

    def __init__(self, app: Flask, people: People, filing: Filing, name: str) -> None:
        self.app, self.people, self.filing, self.name = app, people, filing, name
        self.who = people[name]
        self.actor = people.actor(name)
        self.officer = people.actor("孙悦")

    def things(self) -> dict[str, Any]:
        unit = db.session.scalars(select(Unit.uuid).where(Unit.name == self.who.unit_name)).one()
        made = {
            **self.claims(),
            **self.proofs(),
            **self.certificate(),
            **self.asked(unit),
            **self.year(),
            **self.left_for(),
            **self.provincial(),
            **self.proposed(),
        }
        fit, themselves = self.people["欧阳䶮"], {}
        if self.name != "陈晓":
            fit, themselves = self.who, {"admin_uuid": self.who.uuid, "factored_person": self.who.uuid}
        return {
            **made,
            **themselves,
            "candidate": fit.username,  # whom a role, an office, another year is meant for
            "person": self.who.uuid,
            "username": self.who.username,
            "unit": unit,
            "year": 2025,
            "filename": "portal.css",
        }

    def claims(self) -> dict[str, Any]:
        """A claim in every state in which something can be done to it."""
        claim, group = self.filing.claim, uuid4()
        made = {
            "claim": claim(self.name, title=f"{self.name}送审的培训", list_uuid=group),
            "draft": claim(self.name, status="draft", title=f"{self.name}未提交的培训"),
            "returned": claim(
                self.name, "self_study", "returned", title=f"{self.name}退回的自学", reason="缺少盖章页"
            ),
            "approved": claim(self.name, "achievement", "approved", title=f"{self.name}通过的成果"),
            "lowered": self._training("通过的培训", 3),
            "false": self._training("虚假的培训", 4),
            "decided": claim(self.name, title=f"{self.name}刚通过的培训", **_days(5)),
        }
        reviews.approve(
            self.people.actor("王芳" if self.name == "李静" else "李静")
            if self.who.unit_name == "护理学院"
            else self.officer,
            made["decided"].uuid,
            quarters=None,
            subject="",
            reason="",
            version=made["decided"].version,
            policies=shipped(),
            now=NOW,
            today=NOW.date(),
        )
        revocations.revoke(
            self.officer,
            made["false"].uuid,
            reason="经查实签章系伪造",
            kind=RevocationKind.FALSE,
            policies=shipped(),
            now=NOW,
        )
        found = {name: one.uuid for name, one in made.items()}
        return {**found, "group": group, "decided_version": made["decided"].version + 1}

    def _training(self, word: str, month: int) -> Any:
        return self.filing.claim(self.name, status="approved", title=f"{self.name}{word}", **_days(month))

    def proofs(self) -> dict[str, Any]:
        """A file of the claim under review, and one of the claim that came back."""

        def of(title: str) -> UUID:
            wanted = select(EvidenceFile.uuid).join(Claim, Claim.id == EvidenceFile.claim_id)
            return db.session.scalars(wanted.where(Claim.title == f"{self.name}{title}")).first()  # type: ignore[return-value]

        return {"evidence": of("送审的培训"), "mended": of("退回的自学")}

    def certificate(self) -> dict[str, Any]:
        self.filing.met(self.name)
        ring = keyring()
        made = certificates.issue(self.actor, 2025, policies=shipped(), signer=ring, school="校", now=NOW)
        if self.name == "陈晓":  # the others may still print theirs
            prints.make(self.actor, made, press=press(), signer=ring, now=NOW)
        row = db.session.scalars(select(Certificate).where(Certificate.uuid == made)).one()
        return {"certificate": made, "code": row.code, "number": row.number}

    def asked(self, unit: UUID) -> dict[str, Any]:
        """A change of the record."""
        facts = {"name": self.name, "department": "内科", "title_series": "", "title": "", "phone": ""}
        requests.ask_change(self.actor, facts, unit=unit, now=NOW)
        mine = select(PersonRequest.uuid).where(PersonRequest.person_id == self.who.id)
        change = db.session.scalars(mine).one()
        return {"change": change, "person_request": change}

    def year(self) -> dict[str, Any]:
        """A year opened again, and an obligation with its proof in the store."""
        when = {"files_until": SOON + timedelta(400), "review_until": SOON + timedelta(400)}
        calendar.reopen(
            self.officer, 2025, self.who.username, reason="住院", now=NOW, today=NOW.date(), **when
        )
        store = self.app.extensions["portal.store"]
        proof = evidence.Upload(Evidence.MATERIAL, "病假证明.png", BytesIO(PIXEL))
        with evidence.taken_in([proof], store) as intake:
            obligations.set_figures(
                self.officer,
                self.who.uuid,
                2025,
                kind=ObligationKind.LEAVE,
                public=60,
                professional=120,
                reason="病假半年",
                intake=intake,
                policies=shipped(),
                now=NOW,
            )
        return {
            "reopening": self._mine(YearReopening),
            "obligation": self._mine(Obligation),
        }

    def left_for(self) -> dict[str, Any]:
        """Jobs of theirs, a message, a session on another device, days away."""
        device = uuid4()
        with write_tx() as session:
            job = jobs.enqueue(session, self.actor, "test", {}, title=f"{self.name}的任务", now=NOW)
            done = jobs.enqueue(session, self.actor, "test", {}, title=f"{self.name}的结果", now=NOW)
            row = session.scalars(select(Job).where(Job.uuid == done)).one()
            row.state, row.finished_at = "done", NOW
            row.result = {"files": ["made.csv"], "names": {"made.csv": f"{self.name}的名单.csv"}}
            messages.tell(session, [self.who.id], "told", title=f"{self.name}的消息", now=NOW)
            message = session.scalars(
                select(Message.uuid).where(Message.person_id == self.who.id).order_by(Message.id.desc())
            ).first()
            session.add(_login(self.who.id, device, self.actor))
        folder = self.app.extensions["portal.settings"].instance / "jobs" / str(done)
        folder.mkdir(parents=True)
        (folder / "made.csv").write_text("工号\n", "utf-8")
        found = {"job": job, "result": done, "message": message, "device": device}
        if self.name == "陈晓":  # she is no admin: this one is 李静's, and nobody else may end it
            away = self.people.actor("李静")
            absences.mark(away, first_day=SOON, last_day=SOON, note="", now=NOW, today=NOW.date())
        return found | {"absence": db.session.scalars(select(Absence.uuid)).one()}

    def provincial(self) -> dict[str, UUID]:
        """Claims marked as typed into the provincial platform, and differences found there."""
        entered = {
            name: self.filing.claim(
                self.name, "publication", "approved", title=f"{self.name}{word}", work_id=f"10.1/{name}"
            )
            for name, word in (("entry", "录入的论文"), ("stale", "录入后撤销的论文"))
        }
        by = self.officer if self.name != "陈晓" else self.people.actor("李静")
        provincial_entries.enter(by, [one.uuid for one in entered.values()], 2025, now=NOW)
        revocations.revoke(
            self.officer, entered["stale"].uuid, reason="重复认定", policies=shipped(), now=NOW
        )
        cells = {"工号": self.who.username, "年度": "2025", "公需学时": "1", "专业学时": "2"}
        sheet = Sheet(tuple(cells), (Row(2, cells),), uuid4().hex * 2)
        comparison = provincial_imports.take_in(self.officer, sheet, "省平台.xlsx", now=NOW)
        mine = select(ProvincialDifference).where(ProvincialDifference.person_id == self.who.id)
        with write_tx() as session:
            first, second = session.scalars(mine.order_by(ProvincialDifference.id)).all()
            second.state, second.settled_at, second.settler_id = "settled", NOW, self.officer.person_id
            second.note = "已电话更正"
            found = {"difference": first.uuid, "settled": second.uuid}
        of = select(ProvincialEntry.uuid)
        return {
            **found,
            "comparison": comparison,
            **{
                name: db.session.scalars(of.where(ProvincialEntry.claim_id == one.id)).one()
                for name, one in entered.items()
            },
        }

    def proposed(self) -> dict[str, UUID]:
        """A role for them, and taking their hours back, both waiting for a second officer."""
        role = Role.AUDITOR if self.name != "周敏" else Role.HR
        gives = self.name != "周敏"
        roles.propose(
            self.officer, username=self.who.username, role=role, gives=gives, now=NOW, today=NOW.date()
        )
        proposal = db.session.scalars(
            select(RoleProposal.uuid).where(RoleProposal.person_id == self.who.id)
        ).one()
        revocation = uuid4()
        with write_tx() as session:
            order = RevocationProposal(
                uuid=revocation,
                kind="mistaken",
                reason="核对有误",
                proposer_id=self.officer.person_id,
                proposed_at=NOW,
            )
            session.add(order)
            session.flush()
            claim = session.scalars(select(Claim.id).where(Claim.title == f"{self.name}通过的成果")).one()
            session.add(RevocationItem(proposal_id=order.id, claim_id=claim))
        return {"proposal": proposal, "revocation": revocation}

    def _mine(self, model: Any) -> UUID:
        return db.session.scalars(select(model.uuid).where(model.person_id == self.who.id)).one()


def _days(month: int) -> dict[str, Any]:
    """The first three days of a month."""
    first = NOW.date().replace(month=month, day=1)
    return {"start_on": first, "end_on": first + timedelta(days=2)}


def _login(person: int, device: UUID, actor: Actor) -> Login:
    return Login(
        uuid=device,
        token_hash=uuid4().hex * 2,
        person_id=person,
        hat=actor.hat.value,
        created_at=NOW,
        confirmed_at=NOW,
        address="",
        agent="",
    )


# argument of an address: by the endpoints that want another thing than the one of that name
_OTHERS: dict[str, dict[str, str]] = {
    "claim": {
        "staff.claims_edit": "draft",
        "staff.claims_submit": "draft",
        "staff.claims_delete": "draft",
        "admin.undo": "decided",
        "hr.revoke_claim": "approved",
        "hr.revoke_claim_effect": "approved",
        "hr.lower_claim": "lowered",
        "hr.claim_finding": "false",
        "hr.claim_finding_lift": "false",
    },
    "uuid": {
        "staff.evidence": "evidence",
        "staff.evidence_preview": "evidence",
        "staff.evidence_delete": "mended",
        "hr.revoke_certificate": "certificate",
    },
    "batch": {
        "hr.imports_show": "taken_in",
        "hr.imports_commit": "looked_at",
        "hr.imports_undo": "taken_in",
        "hr.course_imports_show": "courses_written",
        "hr.course_imports_progress": "courses_written",
        "hr.course_imports_faults": "courses_looked_at",
        "hr.course_imports_commit": "courses_looked_at",
        "hr.course_imports_resume": "courses_stopped",
        "hr.course_imports_held": "courses_held",
        "hr.course_imports_undo": "courses_written",
    },
    "code": {"register.progress": "progress", "register.withdraw": "progress"},
    "comparison": {"hr.provincial_resume": "comparison_stopped"},
    "difference": {"hr.provincial_reopen": "settled"},
    "entry": {"admin.provincial_correct": "stale"},
    "job": {"jobs.result": "result"},
    "person": {"hr.enable_person": "disabled_person", "second_factor.reset": "factored_person"},
    "unit": {
        "hr.units_appoint": "bare_unit",
        "hr.units_close": "empty_unit",
        "hr.units_reopen": "closed_unit",
    },
}


def address(app: Flask, endpoint: str, things: dict[str, Any]) -> str:
    """The endpoint's address with these things in it."""
    rule = next(app.url_map.iter_rules(endpoint))
    with app.test_request_context():
        return app.url_for(endpoint, **{name: thing_for(endpoint, name, things) for name in rule.arguments})


def thing_for(endpoint: str, argument: str, things: dict[str, Any]) -> Any:
    """What stands for an argument in that endpoint's address."""
    return things[_OTHERS.get(argument, {}).get(endpoint, argument)]
