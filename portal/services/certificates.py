"""Issues and revokes certificates: frozen facts, a number without gaps, a code nobody can guess."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.clock import shanghai_date
from portal.database import write_tx
from portal.extensions import db
from portal.models import Certificate, Person, Unit
from portal.pdf import missing_glyphs
from portal.queries.ledger import ledger
from portal.rules.access import Actor
from portal.rules.amounts import show_hours
from portal.rules.certificates import canonical, hours_facts
from portal.rules.policy import PolicySet
from portal.rules.refusals import Conflict, NotFound, NotPermitted, RuleBroken
from portal.rules.standing import Assessment, assess
from portal.rules.vocabulary import Subject
from portal.services import events
from portal.services.standings import lock_ledger


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs facts with the instance's certificate key (HMAC-SHA256)."""

    key: bytes

    @property
    def key_id(self) -> str:
        """Names the key without telling it."""
        return hashlib.sha256(b"key id:" + self.key).hexdigest()[:8]

    def sign(self, facts: str) -> str:
        """The signature (hex) over the canonical facts."""
        return hmac.new(self.key, facts.encode(), hashlib.sha256).hexdigest()

    def holds(self, row: Any, facts: dict[str, Any]) -> bool:
        """Whether a stored row still says what was signed."""
        same = all(facts.get(name) == getattr(row, name) for name in ("number", "code", "year"))
        return same and row.key_id == self.key_id and hmac.compare_digest(self.sign(row.facts), row.signature)


def issue(
    actor: Actor, year: int, *, policies: PolicySet, signer: Signer, school: str, now: datetime
) -> UUID:
    """Issue the actor's certificate of a year, or find the valid one; returns its uuid.

    Raises NotFound for a year without a policy, Conflict (what is missing) while a subject is not
    met, RuleBroken when a character cannot be printed.
    """
    if year not in policies.years:
        raise NotFound()
    _refuse_unprintable(actor)
    with write_tx() as session:
        lock_ledger(session, actor.person_id)
        valid = session.scalar(
            select(Certificate.uuid).where(
                Certificate.person_id == actor.person_id,
                Certificate.year == year,
                Certificate.revoked_at.is_(None),
            )
        )
        if valid is not None:
            return valid
        book = ledger(actor.person_id, years=(year, year), session=session)
        assessment = assess(policies, book.approved, as_of=shanghai_date(now))
        _refuse_unmet(assessment, year)
        person, unit = _holder(session, actor.person_id)
        serial = _next_serial(session, unit.id, year)
        policy = policies.for_year(year)
        facts = {
            "number": f"{year}-{unit.code}-{serial:06d}",
            "code": base64.b32encode(secrets.token_bytes(16)).decode().rstrip("="),
            "year": year,
            "name": person.name,
            "username": person.username,
            "unit": unit.name,
            "department": person.department,
            "title_series": person.title_series,
            "title": person.title,
            "issued_on": shanghai_date(now).isoformat(),
            "school": school,
            "policy": {"id": policy.id, "sha256": policy.sha256},
            **hours_facts(assessment, book.approved, year),
        }
        text = canonical(facts)
        made = Certificate(
            person_id=actor.person_id,
            unit_id=unit.id,
            year=year,
            serial=serial,
            number=facts["number"],
            code=facts["code"],
            facts=text,
            key_id=signer.key_id,
            signature=signer.sign(text),
            issued_at=now,
        )
        session.add(made)
        session.flush()
        events.record(
            session, actor, "certificate-issued", "certificate", made.uuid, now=now, number=made.number
        )
        return made.uuid


def revoke(actor: Actor, uuid: UUID, *, reason: str, now: datetime) -> None:
    """HR takes a certificate back.

    Raises NotFound, NotPermitted for one's own, Conflict when it has fallen already.
    """
    reason = reason.strip()
    if not reason:
        raise RuleBroken("请填写撤销证书的原因。", {"reason": ["请填写撤销证书的原因。"]})
    if len(reason) > 200:
        raise RuleBroken("原因不超过 200 字。", {"reason": ["原因不超过 200 字。"]})
    with write_tx() as session:
        row = session.execute(
            select(Certificate.id, Certificate.person_id, Certificate.revoked_at, Certificate.number)
            .where(Certificate.uuid == uuid)
            .with_for_update()
        ).one_or_none()
        if row is None:
            raise NotFound()
        if row.person_id == actor.person_id:
            raise NotPermitted("不能撤销本人的证书，请由人事处其他人员办理。")
        if row.revoked_at is not None:
            raise Conflict("这张证书已经撤销。")
        session.execute(
            update(Certificate).where(Certificate.id == row.id).values(revoked_at=now, revoked_reason=reason)
        )
        events.record(
            session,
            actor,
            "certificate-revoked",
            "certificate",
            uuid,
            now=now,
            reason=reason,
            number=row.number,
        )


def missing_sentence(assessment: Assessment, year: int) -> str:
    """What is still short, per subject; empty when the year is met."""
    standing = assessment.years.get(year)
    if standing is None:
        return f"{year} 年度还没有计入任何学时。"
    short = [
        f"{Subject(s.subject).label}还差 {show_hours(s.need - s.have)} 学时（已计入 {show_hours(s.have)}，"
        f"应达 {show_hours(s.need)}）"
        for s in standing.standards
        if not s.met
    ]
    return "；".join(short) + "。" if short else ""


def _refuse_unmet(assessment: Assessment, year: int) -> None:
    missing = missing_sentence(assessment, year)
    if missing:
        raise Conflict(f"{year} 年度尚未达标，不能打印证书：{missing}")


def _refuse_unprintable(actor: Actor) -> None:
    person, unit = _holder(db.session(), actor.person_id)
    printed = (person.name, unit.name, person.department, person.title_series, person.title)
    missing = sorted({glyph for text in printed for glyph in missing_glyphs(text)})
    if missing:
        raise RuleBroken(f"证书字体中没有“{'、'.join(missing)}”，暂不能打印。请联系人事处处理。")


def _holder(session: Session, person_id: int) -> tuple[Any, Any]:
    found = session.execute(
        select(Person, Unit).join(Unit, Unit.id == Person.unit_id).where(Person.id == person_id)
    ).one()
    return found[0], found[1]


def _next_serial(session: Session, unit_id: int, year: int) -> int:
    session.execute(select(Unit.id).where(Unit.id == unit_id).with_for_update())
    last = session.scalar(
        select(func.max(Certificate.serial)).where(Certificate.unit_id == unit_id, Certificate.year == year)
    )
    return (last or 0) + 1
