"""Sets what a person owes in a year instead of the notice's figures, and lets those hold again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import Certificate, Obligation, Person
from portal.rules.access import Actor
from portal.rules.amounts import STEP, show_hours
from portal.rules.policy import PolicySet
from portal.rules.refusals import Conflict, NotFound, NotPermitted, RuleBroken
from portal.rules.vocabulary import Hat, ObligationKind, Subject
from portal.services import events, standings
from portal.services.evidence import Intake
from portal.services.messages import tell

LONGEST_REASON = 200
NOT_SAVED = "没有保存，请按各项提示更正。"


def set_figures(
    actor: Actor,
    person: UUID,
    year: int,
    *,
    kind: ObligationKind,
    public: int,
    professional: int,
    reason: str,
    intake: Intake,
    policies: PolicySet,
    now: datetime,
) -> None:
    """Let the person owe these quarters in the year; standing and certificate follow at once.

    Raises NotFound, NotPermitted for oneself, RuleBroken without a reason or for figures that cannot be.
    """
    faults = _faults(year, reason, policies)
    for name, quarters, subject in (
        ("public", public, Subject.PUBLIC),
        ("professional", professional, Subject.PROFESSIONAL),
    ):
        if year not in policies.years:
            break
        most = policies.for_year(year).standard(subject).quarters
        if quarters < 0 or quarters % STEP:
            faults[name] = ["学时应不小于 0，并按半学时填写。"]
        elif quarters > most:
            faults[name] = [f"单独核定的学时不能高于通知规定的 {show_hours(most)} 学时。"]
    if kind is ObligationKind.ENDED:
        faults["kind"] = ["请选择原因类别。"]
    if faults:
        raise RuleBroken(NOT_SAVED, faults)
    with write_tx() as session:
        row = _person(session, actor, person)
        held = _replace(session, row.id, year, now)
        file = intake.files[0] if intake.files else None
        made = Obligation(
            person_id=row.id,
            year=year,
            kind=kind.value,
            public=public,
            professional=professional,
            reason=reason.strip(),
            setter_id=actor.person_id,
            set_at=now,
        )
        if file is not None:
            made.file_uuid, made.file_name = file.uuid, file.file.name
            made.file_type, made.file_size = file.file.media_type, file.file.size
            made.file_sha256 = file.file.sha256
        session.add(made)
        session.flush()
        standings.settle(session, row.id, (year, year), policies, now=now, telling=False)
        figures = f"公需科目 {show_hours(public)} 学时、专业科目 {show_hours(professional)} 学时"
        fallen = _fallen(session, row.id, year, now)
        _tell(session, row.id, "obligation-set", year, f"按{figures}核定", reason, person, fallen, now)
        standings.record_fallen(session, actor, fallen, now=now, obligation=year)
        events.record(
            session,
            actor,
            "obligation-set",
            "person",
            person,
            now=now,
            reason=reason.strip(),
            year=year,
            kind=kind.value,
            before=_told(held),
            after={"public": show_hours(public), "professional": show_hours(professional)},
            file=file.file.sha256 if file else None,
        )
    intake.kept = True


def end(actor: Actor, person: UUID, year: int, *, reason: str, policies: PolicySet, now: datetime) -> None:
    """Let the notice's figures hold again for the person. Raises as `set_figures`, Conflict when they do."""
    faults = _faults(year, reason, policies)
    if faults:
        raise RuleBroken(NOT_SAVED, faults)
    with write_tx() as session:
        row = _person(session, actor, person)
        held = _replace(session, row.id, year, now)
        if held is None or held.public is None:
            raise Conflict(f"{year} 年度本来就按通知规定的学时，没有变动。")
        session.add(
            Obligation(
                person_id=row.id,
                year=year,
                kind=ObligationKind.ENDED.value,
                reason=reason.strip(),
                setter_id=actor.person_id,
                set_at=now,
            )
        )
        session.flush()
        standings.settle(session, row.id, (year, year), policies, now=now, telling=False)
        fallen = _fallen(session, row.id, year, now)
        what = "恢复为通知规定的学时"
        _tell(session, row.id, "obligation-ended", year, what, reason, person, fallen, now)
        standings.record_fallen(session, actor, fallen, now=now, obligation=year)
        events.record(
            session,
            actor,
            "obligation-ended",
            "person",
            person,
            now=now,
            reason=reason.strip(),
            year=year,
            before=_told(held),
        )


def _fallen(session: Session, person_id: int, year: int, now: datetime) -> Sequence[Any]:
    """The certificate that has just fallen with the deed, if one has."""
    return session.execute(
        select(Certificate.uuid, Certificate.number).where(
            Certificate.person_id == person_id,
            Certificate.year == year,
            Certificate.revoked_at == now,
            Certificate.revoked_reason == standings.FELL,
        )
    ).all()


def _tell(
    session: Session,
    person_id: int,
    kind: str,
    year: int,
    what: str,
    reason: str,
    about: UUID,
    fallen: Sequence[Any],
    now: datetime,
) -> None:
    """One message for the deed, the certificate that fell with it included."""
    lines = [f"原因：{reason.strip()}", *(standings.fell_sentence(year, one.number) for one in fallen)]
    tell(
        session,
        [person_id],
        kind,
        title=f"您 {year} 年度的学时要求{what}",
        body="\n".join(lines),
        link=f"/standing?year={year}",
        about=about,
        now=now,
    )


def _faults(year: int, reason: str, policies: PolicySet) -> dict[str, list[str]]:
    faults: dict[str, list[str]] = {}
    if year not in policies.years:
        faults["year"] = [f"{year} 年没有适用的认定规则，请核对年度。"]
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        faults["reason"] = [f"请填写原因，不超过 {LONGEST_REASON} 个字符。"]
    return faults


def _person(session: Session, actor: Actor, uuid: UUID) -> Any:
    """The person, locked so that no approval is counted against the old figures meanwhile."""
    if actor.hat is not Hat.HR:
        raise NotFound
    row = session.execute(select(Person.id).where(Person.uuid == uuid)).one_or_none()
    if row is None:
        raise NotFound
    if row.id == actor.person_id:
        raise NotPermitted("不能核定本人的学时要求，请由人事处其他人员办理。")
    standings.lock_ledger(session, row.id)
    return row


def _replace(session: Session, person_id: int, year: int, now: datetime) -> Any:
    """The row that held until now, marked as replaced; None when there was none."""
    held = session.execute(
        select(Obligation.id, Obligation.public, Obligation.professional).where(
            Obligation.person_id == person_id, Obligation.year == year, Obligation.replaced_at.is_(None)
        )
    ).one_or_none()
    if held is not None:
        session.execute(update(Obligation).where(Obligation.id == held.id).values(replaced_at=now))
    return held


def _told(held: Any) -> dict[str, str] | None:
    if held is None or held.public is None:
        return None
    return {"public": show_hours(held.public), "professional": show_hours(held.professional)}
