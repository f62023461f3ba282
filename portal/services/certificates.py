"""Issues and revokes certificates: frozen facts, a number without gaps, a code nobody can guess."""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.clock import shanghai_date
from portal.database import write_tx
from portal.extensions import db
from portal.models import Certificate, Person, Unit
from portal.pdf import Unprintable, missing_glyphs, refuse_unfit
from portal.queries.ledger import ledger
from portal.rules.access import Actor
from portal.rules.amounts import show_hours
from portal.rules.certificates import canonical, hours_facts
from portal.rules.policy import PolicySet
from portal.rules.refusals import Conflict, NotFound, NotPermitted, RuleBroken
from portal.rules.standing import Assessment, assess
from portal.rules.vocabulary import Hat, Subject
from portal.services import events
from portal.services.messages import tell
from portal.services.signatures import Keyring
from portal.services.standings import lock_ledger


def issue(
    actor: Actor, year: int, *, policies: PolicySet, signer: Keyring, school: str, now: datetime
) -> UUID:
    """Issue the actor's certificate of a year, or find the valid one; returns its uuid.

    Raises NotFound for a year without a policy, Conflict (what is missing) while a subject is not
    met, RuleBroken when a character cannot be printed.
    """
    return issue_for(actor, actor.person_id, year, policies=policies, signer=signer, school=school, now=now)


def issue_for(
    actor: Actor | None,
    person_id: int,
    year: int,
    *,
    policies: PolicySet,
    signer: Keyring,
    school: str,
    now: datetime,
) -> UUID:
    """The same for somebody else, by HR or (actor None) from the command line.

    Raises NotPermitted for any other actor.
    """
    if actor is not None and actor.person_id != person_id and actor.hat is not Hat.HR:
        raise NotPermitted()
    if year not in policies.years:
        raise NotFound()
    _refuse_unprintable(person_id)
    with write_tx() as session:
        lock_ledger(session, person_id)
        latest = session.execute(
            select(Certificate.id, Certificate.uuid, Certificate.number, Certificate.revoked_at)
            .where(Certificate.person_id == person_id, Certificate.year == year)
            .order_by(Certificate.id.desc())
            .limit(1)
        ).one_or_none()
        if latest is not None and latest.revoked_at is None:
            return UUID(str(latest.uuid))
        book = ledger(person_id, years=(year, year), session=session)
        assessment = assess(policies, book.approved, as_of=shanghai_date(now), obligations=book.obligations)
        _refuse_unmet(assessment, year)
        person, unit = _holder(session, person_id)
        serial = _next_serial(session, unit.id, year)
        policy = policies.for_year(year)
        uuid = uuid4()
        facts = {
            "uuid": str(uuid),
            "holder": str(person.uuid),
            "serial": serial,
            "unit_code": unit.code,
            "issued_at": now.astimezone(UTC).isoformat(),
            "replaces": latest.number if latest else None,
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
            **({"obligation": book.reasons[year]} if year in book.reasons else {}),
        }
        text = canonical(facts)
        made = Certificate(
            uuid=uuid,
            person_id=person_id,
            unit_id=unit.id,
            year=year,
            serial=serial,
            number=facts["number"],
            code=facts["code"],
            facts=text,
            key_id=signer.key_id,
            signature=signer.sign(text),
            issued_at=now,
            replaces_id=latest.id if latest else None,
        )
        session.add(made)
        session.flush()
        replaced = {"replaces": latest.number} if latest else {}
        events.record(
            session, actor, "certificate-issued", "certificate", uuid, now=now, number=made.number, **replaced
        )
        return uuid


def revoke(actor: Actor, uuid: UUID, *, reason: str, now: datetime) -> None:
    """HR takes a certificate back.

    Raises NotFound (for anybody but HR too), NotPermitted for one's own, Conflict when it has fallen already.
    """
    if actor.hat is not Hat.HR:
        raise NotFound()
    reason = reason.strip()
    if not reason:
        raise RuleBroken("请填写撤销证书的原因。", {"reason": ["请填写撤销证书的原因。"]})
    if len(reason) > 200:
        raise RuleBroken("原因不超过 200 字。", {"reason": ["原因不超过 200 字。"]})
    with write_tx() as session:
        row = session.execute(
            select(
                *(Certificate.id, Certificate.person_id, Certificate.revoked_at),
                *(Certificate.number, Certificate.year),
            )
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
        tell(
            session,
            [row.person_id],
            "certificate-revoked",
            title=f"{row.year} 年度证书 {row.number} 已撤销",
            body=f"撤销原因：{reason}\n仍然达标的，更正后可在“证书”页再次生成。",
            link="/certificates",
            about=uuid,
            now=now,
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
    standing = assessment.years[year]
    if not standing.total and not standing.met:
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


def _refuse_unprintable(person_id: int) -> None:
    """Before a number is taken: what could not be printed afterwards would hold it for nothing."""
    person, unit = _holder(db.session(), person_id)
    holder = {
        "name": person.name,
        "username": person.username,
        "unit": unit.name,
        "department": person.department,
        "title_series": person.title_series,
        "title": person.title,
    }
    missing = sorted({glyph for text in holder.values() for glyph in missing_glyphs(text)})
    if missing:
        raise RuleBroken(f"证书字体中没有“{'、'.join(missing)}”，暂不能打印。请联系人事处处理。")
    try:
        refuse_unfit(holder)
    except Unprintable as refused:
        raise RuleBroken(f"{refused.message}请联系人事处处理。") from None


def _holder(session: Session, person_id: int) -> tuple[Any, Any]:
    found = session.execute(
        select(Person, Unit).join(Unit, Unit.id == Person.unit_id).where(Person.id == person_id)
    ).one()
    return found[0], found[1]


def _next_serial(session: Session, unit_id: int, year: int) -> int:
    session.execute(select(Unit.id).where(Unit.id == unit_id).with_for_update(key_share=True))
    last = session.scalar(
        select(func.max(Certificate.serial)).where(Certificate.unit_id == unit_id, Certificate.year == year)
    )
    return (last or 0) + 1
