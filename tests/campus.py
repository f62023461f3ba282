"""The people of the tests, by name, and factories for what they have filed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from flask import Flask
from sqlalchemy import func, select

from portal.database import write_tx
from portal.models import Claim, CourseRecord, EvidenceFile, Grant, Person, Unit
from portal.rules.access import Actor
from portal.rules.policy import shipped
from portal.rules.vocabulary import Hat, Role, Status
from portal.services import events, passwords, standings
from portal.services.names import search_key

PASSWORD = "portal-test"
NOW = datetime(2025, 12, 1, 0, 0, tzinfo=UTC)  # 08:00 in Shanghai
UNITS = {"护理学院": "HLXY", "基础医学院": "JCYXY", "临床医学院": "LCYXY", "人事处": "RSC", "审计处": "SJC"}

# name: (工号, unit, roles); the second unit of a role is the one the admin acts for
PEOPLE: dict[str, tuple[str, str, tuple[tuple[Role, str | None], ...]]] = {
    "陈晓": ("20120001", "护理学院", ()),
    "刘洋": ("20150002", "护理学院", ()),
    "李静": ("20080003", "护理学院", ((Role.UNIT_ADMIN, "护理学院"),)),
    "王芳": ("20090004", "护理学院", ((Role.UNIT_ADMIN, "护理学院"),)),
    "赵磊": ("20100005", "基础医学院", ((Role.UNIT_ADMIN, "基础医学院"),)),
    "何平": ("20180006", "基础医学院", ()),
    "欧阳䶮": ("20190007", "临床医学院", ()),  # a unit without an admin
    "周敏": ("20050008", "人事处", ((Role.HR, None),)),
    "孙悦": ("20110009", "人事处", ((Role.HR, None),)),
    "吴审": ("20130010", "审计处", ((Role.AUDITOR, None),)),
}
HAT_OF = {"李静": "unit", "王芳": "unit", "赵磊": "unit", "周敏": "hr", "孙悦": "hr", "吴审": "audit"}


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody of the test campus, as plain values."""

    id: int
    uuid: Any
    username: str
    name: str
    unit_id: int
    unit_name: str
    acts_for: int | None


class People:
    """Everybody, by name: `people["陈晓"]`."""

    def __init__(self, known: dict[str, Known]) -> None:
        self._known = known

    def __getitem__(self, name: str) -> Known:
        return self._known[name]

    def __iter__(self) -> Iterator[Known]:
        return iter(self._known.values())

    def actor(self, name: str, hat: str | None = None) -> Actor:
        """The actor for a service call; the hat is the person's weightiest unless given."""
        known, worn = self[name], Hat(hat or HAT_OF.get(name, "person"))
        acts = known.acts_for if worn is Hat.UNIT else None
        return Actor(
            person_id=known.id,
            person_uuid=known.uuid,
            username=known.username,
            name=known.name,
            unit_id=known.unit_id,
            unit_name=known.unit_name,
            hat=worn,
            hats=(worn,),
            acts_for=acts,
            acts_for_name=known.unit_name if acts else "",
            address="127.0.0.1",
        )


def settle_people(app: Flask) -> None:
    """Write units, people and grants into an empty database."""
    hashed = passwords.hash_password(PASSWORD)
    with app.app_context(), write_tx() as session:
        units = {name: Unit(code=code, name=name) for name, code in UNITS.items()}
        session.add_all(units.values())
        session.flush()
        for name, (username, unit, roles) in PEOPLE.items():
            person = Person(
                username=username,
                name=name,
                search_key=search_key(name),
                unit_id=units[unit].id,
                department="教研室",
                title_series="高校教师",
                title="讲师",
                password_hash=hashed,
                created_at=datetime(2024, 1, 2, tzinfo=UTC),
            )
            session.add(person)
            session.flush()
            for role, acts_for in roles:
                session.add(
                    Grant(
                        person_id=person.id,
                        role=role.value,
                        unit_id=units[acts_for].id if acts_for else None,
                        valid_from=date(2024, 1, 1),
                    )
                )


def read_people(app: Flask) -> People:
    """Everybody as plain values."""
    with app.app_context(), write_tx() as session:
        rows = session.execute(
            select(Person, Unit.name, Grant.unit_id)
            .join(Unit, Unit.id == Person.unit_id)
            .outerjoin(Grant, Grant.person_id == Person.id)
        ).all()
        return People(
            {
                person.name: Known(
                    person.id, person.uuid, person.username, person.name, person.unit_id, unit, acts_for
                )
                for person, unit, acts_for in rows
            }
        )


DEFAULTS: dict[str, dict[str, Any]] = {
    "training": {
        "kind": "研修",
        "subject": "professional",
        "title": "护理教学能力研修班",
        "organizer": "山东省护理学会",
        "start_on": date(2025, 7, 1),
        "end_on": date(2025, 7, 3),
        "quarters": 24 * 4,
        "approval": "organised",
        "truthful": True,
    },
    "self_study": {
        "kind": "在职学历教育",
        "subject": "professional",
        "title": "在职攻读护理学硕士",
        "organizer": "山东大学",
        "study_year": 2025,
        "quarters": 40 * 4,
        "approval": "approved",
        "truthful": True,
    },
    "achievement": {
        "kind": "课题",
        "subject": "professional",
        "title": "老年慢病护理模式研究",
        "work_on": date(2025, 5, 1),
        "quarters": 10 * 4,
        "level": "省级",
        "marked": True,
        "truthful": True,
    },
    "publication": {
        "kind": "学术论文",
        "subject": "professional",
        "title": "延续护理对出院患者的影响",
        "work_on": date(2025, 5, 1),
        "quarters": 10 * 4,
        "level": "核心期刊公开发表",
        "marked": True,
        "truthful": True,
    },
}


class Filing:
    """Files claims straight into the database, complete in whatever state they are wanted."""

    def __init__(self, app: Flask, people: People) -> None:
        self.app, self.people = app, people

    def claim(
        self,
        name: str = "陈晓",
        category: str = "training",
        status: str = "pending",
        *,
        evidence: bool = True,
        decider: str = "周敏",
        approved: int | None = None,
        at: datetime = NOW,
        reason: str = "",
        **facts: Any,
    ) -> SimpleNamespace:
        """A claim of that person in that state, with its evidence and its events; returns plain values.

        `facts` are columns; amounts are quarters. `approved` are the quarters accepted (default: all asked).
        """
        who = self.people[name]
        if who.name == decider:
            decider = "孙悦" if decider == "周敏" else "周敏"
        values = {
            **DEFAULTS[category],
            "author_name": name,
            "owner": "山东第二医科大学",
            "rank": "1",
            **facts,
        }
        first, last = _years(values)
        with self.app.app_context(), write_tx() as session:
            claim = Claim(
                person_id=who.id,
                unit_id=who.unit_id,
                category=category,
                status="draft",
                year_from=first,
                year_to=last,
                created_at=at,
                updated_at=at,
                **values,
            )
            session.add(claim)
            session.flush()
            if evidence:
                self._evidence(session, claim, at)
            if status != "draft":
                claim.submitted_at, claim.status = at, "pending"
                session.flush()
                events.record(
                    session, self.people.actor(name, "person"), "claim-submitted", "claim", claim.uuid, now=at
                )
            self._decide(session, claim, status, decider, approved, at, reason)
            session.flush()
            return SimpleNamespace(
                id=claim.id,
                uuid=claim.uuid,
                version=claim.version,
                person_id=who.id,
                unit_id=who.unit_id,
                title=claim.title,
            )

    def _decide(
        self,
        session: Any,
        claim: Claim,
        status: str,
        decider: str,
        approved: int | None,
        at: datetime,
        reason: str,
    ) -> None:
        if status == "withdrawn":
            claim.status = "withdrawn"
        if status not in ("returned", "approved", "revoked"):
            return
        actor = self.people.actor(decider)
        claim.decided_at, claim.decider_id, claim.version = at, actor.person_id, claim.version + 1
        claim.decision_reason = reason or ("材料不完备" if status == "returned" else "")
        if status == "returned":
            claim.status = "returned"
            session.flush()
            events.record(
                session, actor, "claim-returned", "claim", claim.uuid, now=at, reason=claim.decision_reason
            )
            return
        policies = shipped()
        policy = policies.for_year(claim.year_from)
        with session.no_autoflush:  # the claim is half decided here
            last = session.scalar(
                select(func.max(Claim.approval_number)).where(Claim.person_id == claim.person_id)
            )
        claim.approved_quarters = approved or claim.quarters
        claim.approved_subject, claim.approval_number = claim.subject, (last or 0) + 1
        claim.credited, claim.policy_id, claim.policy_sha256 = {}, policy.id, policy.sha256
        claim.status = "approved"
        session.flush()
        years = (claim.year_from, claim.year_to)
        standings.settle(session, claim.person_id, years, policies, now=at)
        events.record(session, actor, "claim-approved", "claim", claim.uuid, now=at)
        if status == Status.REVOKED:
            hr = self.people.actor("孙悦" if claim.person_id != self.people["孙悦"].id else "周敏")
            claim.revoked_at, claim.revoker_id, claim.revoked_reason = (
                at,
                hr.person_id,
                reason or "经查实材料虚假",
            )
            claim.status, claim.version, claim.credited = "revoked", claim.version + 1, {}
            session.flush()
            standings.settle(session, claim.person_id, years, policies, now=at)
            events.record(
                session, hr, "claim-revoked", "claim", claim.uuid, now=at, reason=claim.revoked_reason
            )
        session.refresh(claim)

    def _evidence(self, session: Any, claim: Claim, at: datetime) -> None:
        year = claim.year_from or 2025
        wanted = shipped().for_year(year).category(claim.category).kind(claim.kind).evidence
        for kind in wanted:
            self.attach(session, claim.id, kind.value, at)

    def attach(self, session: Any, claim_id: int, kind: str, at: datetime = NOW) -> EvidenceFile:
        """A small picture as proof, in the store and in the table."""
        uuid, data = uuid4(), PIXEL
        store = self.app.extensions["portal.store"]
        staged = Path(store.stage_dir) / f"{uuid}.part"
        staged.write_bytes(data)
        store.put(staged, str(uuid))
        row = EvidenceFile(
            uuid=uuid,
            claim_id=claim_id,
            kind=kind,
            name="证明.png",
            media_type="image/png",
            size=len(data),
            pages=1,
            sha256=hashlib.sha256(data).hexdigest(),
            created_at=at,
        )
        session.add(row)
        session.flush()
        return row

    def course(
        self, name: str = "陈晓", *, year: int = 2025, subject: str = "public", quarters: int = 30 * 4
    ) -> None:
        """Hours a learning platform reported."""
        who = self.people[name]
        with self.app.app_context(), write_tx() as session:
            session.add(
                CourseRecord(
                    person_id=who.id,
                    platform="山东开放大学",
                    record_id=str(uuid4()),
                    title="公需科目课程",
                    subject=subject,
                    year=year,
                    completed_on=date(year, 6, 30),
                    quarters=quarters,
                    created_at=NOW,
                )
            )
            session.flush()
            standings.settle(session, who.id, (year, year), shipped(), now=NOW)

    def met(self, name: str = "陈晓", year: int = 2025) -> None:
        """Both subjects of the year, through platform courses."""
        self.course(name, year=year, subject="public", quarters=30 * 4)
        self.course(name, year=year, subject="professional", quarters=60 * 4)


def _years(values: dict[str, Any]) -> tuple[int | None, int | None]:
    if values.get("start_on"):
        return values["start_on"].year, (values.get("end_on") or values["start_on"]).year
    year = values["work_on"].year if values.get("work_on") else values.get("study_year")
    return year, year


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)
