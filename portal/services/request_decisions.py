"""Decides registrations, changes and transfers: once, by somebody entitled to, in one short transaction."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import Grant, Person, PersonRequest, Unit
from portal.queries.logins import HAT_OF_ROLE, holds_today
from portal.rules.access import Actor
from portal.rules.records import FIELDS
from portal.rules.refusals import Conflict, NotFound, NotPermitted, RuleBroken
from portal.rules.vocabulary import Hat, RequestKind, Status
from portal.services import events
from portal.services.messages import tell
from portal.services.moves import move_person
from portal.services.names import search_key
from portal.services.requests import record_of

OWN = "这是您本人的申请，须由另一位平台管理员或人事处审核。"
OVERTAKEN = "这项申请在您打开后已有变化，您的决定没有保存。"
TAKEN = "工号 {} 已有账号，这项注册不能通过。如系本人重复注册，请退回并说明；如工号有误，请退回更正。"


def decide(
    actor: Actor, uuid: UUID, *, action: str, reason: str, version: int, now: datetime, today: date
) -> None:
    """Approve ("approve") or return ("return") a pending request.

    Raises NotFound out of scope, NotPermitted for one's own, Conflict when it changed since `version`,
    RuleBroken for a return without a reason, a 工号 that has an account, a record that moved on meanwhile.
    """
    with write_tx() as session:
        request = _load(session, actor, uuid)
        _guard(session, actor, request, version, today)
        details: dict[str, Any] = {}
        if action == "return":
            if not reason:
                raise RuleBroken("请填写退回原因。", {"reason": ["退回须说明原因，申请人据此更正。"]})
            status = Status.RETURNED
        else:
            status = Status.APPROVED
            details = _apply(session, request, now=now, today=today)
        _write(session, request, status, actor, reason=reason, now=now)
        _tell(session, request, status, reason=reason, now=now)
        events.record(
            session,
            actor,
            f"{request.kind}-{status.value}",
            "request",
            uuid,
            now=now,
            reason=reason,
            fields=sorted(request.after),
            **details,
        )


def _load(session: Session, actor: Actor, uuid: UUID) -> PersonRequest:
    if not actor.reviews:
        raise NotFound()
    query = select(PersonRequest).where(PersonRequest.uuid == uuid).with_for_update()
    if actor.hat is Hat.UNIT:
        query = query.where(PersonRequest.unit_id == actor.acts_for)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound()
    return found


def _guard(session: Session, actor: Actor, request: PersonRequest, version: int, today: date) -> None:
    if request.person_id == actor.person_id:
        raise NotPermitted(OWN)
    role = next(role for role, worn in HAT_OF_ROLE.items() if worn is actor.hat)
    unit = Grant.unit_id == actor.acts_for if actor.hat is Hat.UNIT else Grant.unit_id.is_(None)
    held = exists().where(
        Grant.person_id == actor.person_id, Grant.role == role.value, unit, holds_today(today)
    )
    if not session.scalar(select(held)):
        raise NotPermitted("您的审核身份已经结束，没有保存。")
    if request.version != version or request.status != Status.PENDING:
        raise Conflict(OVERTAKEN)


def _apply(session: Session, request: PersonRequest, *, now: datetime, today: date) -> dict[str, Any]:
    unit = session.scalars(select(Unit).where(Unit.id == request.unit_id)).one()
    if unit.closed_at is not None:
        raise RuleBroken(f"“{unit.name}”已经停用，不能通过。请退回，由申请人改选用人单位。")
    if request.kind == RequestKind.REGISTRATION:
        return _create(session, request, now=now)
    return _change(session, request, today=today)


def _create(session: Session, request: PersonRequest, *, now: datetime) -> dict[str, Any]:
    if session.scalar(select(Person.id).where(Person.username == request.username)) is not None:
        raise RuleBroken(TAKEN.format(request.username))
    facts = request.after
    person = Person(
        username=request.username,
        name=facts["name"],
        search_key=search_key(facts["name"]),
        unit_id=request.unit_id,
        department=facts["department"],
        title_series=facts["title_series"],
        title=facts["title"],
        phone=facts["phone"],
        password_hash=request.password_hash,
        created_at=now,
    )
    session.add(person)
    try:
        session.flush()
    except IntegrityError:  # somebody approved the same 工号 at the same instant
        raise RuleBroken(TAKEN.format(request.username)) from None
    request.person_id = person.id
    return {"person": str(person.uuid)}


def _change(session: Session, request: PersonRequest, *, today: date) -> dict[str, Any]:
    details: dict[str, Any] = {}
    person, own = session.execute(
        select(Person, Unit).join(Unit, Unit.id == Person.unit_id).where(Person.id == request.person_id)
    ).one()
    current = record_of(person, own.name)
    moved_on = [FIELDS[field] for field, value in request.before.items() if current[field] != value]
    if moved_on:
        raise RuleBroken(
            f"申请提交后，此人的{'、'.join(moved_on)}已另有变更，不能按原申请通过。请退回，由本人核对后再申请。"
        )
    if request.kind == RequestKind.TRANSFER:
        details["claims"] = move_person(session, person.id, request.unit_id, today=today)
    values = {field: value for field, value in request.after.items() if field != "unit"}
    if "name" in values:
        values["search_key"] = search_key(values["name"])
    if values:
        session.execute(update(Person).where(Person.id == person.id).values(**values))
    return details


def _tell(session: Session, request: PersonRequest, status: Status, *, reason: str, now: datetime) -> None:
    """A returned registration has no account to tell; its sender asks with the receipt."""
    if request.person_id is None:
        return
    done = "已通过" if status is Status.APPROVED else "已退回"
    tell(
        session,
        [request.person_id],
        f"{request.kind}-{status.value}",
        title=f"您的{RequestKind(request.kind).label}申请{done}",
        body=f"{'退回原因' if status is Status.RETURNED else '审核说明'}：{reason}" if reason else "",
        link="/account/record",
        about=request.uuid,
        now=now,
    )


def _write(
    session: Session, request: PersonRequest, status: Status, actor: Actor, *, reason: str, now: datetime
) -> None:
    """The guarded change: only a request still pending in the version that was read."""
    written = session.execute(
        update(PersonRequest)
        .where(
            PersonRequest.id == request.id,
            PersonRequest.version == request.version,
            PersonRequest.status == Status.PENDING.value,
        )
        .values(
            status=status.value,
            version=request.version + 1,
            decided_at=now,
            decider_id=actor.person_id,
            person_id=request.person_id,
            password_hash=None,
            reason=reason,
        )
        .returning(PersonRequest.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if written is None:
        raise Conflict(OVERTAKEN)
