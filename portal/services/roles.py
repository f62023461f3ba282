"""Gives and ends the roles of HR and the auditors: one officer proposes, a second one confirms."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import Grant, Login, Person, RoleProposal
from portal.queries.logins import HAT_OF_ROLE, holds_today
from portal.rules.access import Actor
from portal.rules.refusals import Conflict, NotFound, NotPermitted, RuleBroken
from portal.rules.vocabulary import Role
from portal.services import events
from portal.services.messages import tell

OWN_ROLE = "不能变更自己的角色，须由人事处其他同事办理。"
SECOND = "角色变更须由人事处另一位同事确认，提出人不能自行确认。"


def propose(actor: Actor, *, username: str, role: Role, gives: bool, now: datetime, today: date) -> str:
    """Ask for a role to be given or ended; nothing changes until another officer confirms. Returns the name.

    Raises NotPermitted for one's own role, RuleBroken for nobody, a leaver, or a role (not) held already.
    """
    with write_tx() as session:
        person = session.execute(
            select(Person.id.label("person_id"), Person.uuid, Person.name, Person.disabled_at)
            .where(Person.username == username)
            .with_for_update()
        ).one_or_none()
        if person is None:
            raise RuleBroken("没有提交。", {"username": [f"没有工号为 {username} 的人员，请核对。"]})
        if person.person_id == actor.person_id:
            raise NotPermitted(OWN_ROLE)
        fault = _fault(session, person, role, gives, today)
        if not fault and session.scalar(
            select(RoleProposal.id).where(
                RoleProposal.person_id == person.person_id,
                RoleProposal.role == role.value,
                RoleProposal.state == "pending",
            )
        ):
            fault = f"{person.name}的“{role.label}”角色已有一项变更待确认。"
        if fault:
            raise RuleBroken("没有提交。", {"username": [fault]})
        session.add(
            RoleProposal(
                person_id=person.person_id,
                role=role.value,
                gives=gives,
                proposer_id=actor.person_id,
                proposed_at=now,
            )
        )
        session.flush()
        events.record(
            session, actor, "role-proposed", "person", person.uuid, now=now, role=role.value, gives=gives
        )
        return str(person.name)


def confirm(actor: Actor, uuid: UUID, *, now: datetime, today: date) -> None:
    """Carry a colleague's proposal out, effective at once, open sessions included.

    Raises NotFound, NotPermitted for one's own proposal or role, Conflict when it is decided or outdated.
    """
    with write_tx() as session:
        row = _pending(session, uuid)
        _second_officer(session, actor, row, today)
        role = Role(row.role)
        fault = _fault(session, row, role, row.gives, today)
        if fault:
            raise Conflict(fault + "请退回这项变更。")
        _decide(session, row.id, "confirmed", actor.person_id, now)
        if row.gives:
            give(session, row.person_id, role, today=today)
        else:
            _end(session, row.person_id, role, now=now, today=today)
        given = "已授予" if row.gives else "已结束"
        tell(
            session,
            [row.person_id],
            "role-confirmed",
            title=f"{given}您的“{role.label}”角色",
            body="重新登录时可以选择这一身份。" if row.gives else "这一身份即时停用，其他身份不受影响。",
            link="/account",
            about=uuid,
            now=now,
        )
        _answer(session, row, "role-confirmed", "已由另一位同事确认", about=uuid, now=now)
        events.record(
            session, actor, "role-confirmed", "person", row.uuid, now=now, role=role.value, gives=row.gives
        )


def refuse(actor: Actor, uuid: UUID, *, now: datetime, today: date) -> None:
    """Turn a colleague's proposal down. Raises as `confirm`."""
    with write_tx() as session:
        row = _pending(session, uuid)
        _second_officer(session, actor, row, today)
        _decide(session, row.id, "refused", actor.person_id, now)
        _answer(session, row, "role-refused", "被退回，角色没有变化", about=uuid, now=now)
        events.record(
            session, actor, "role-refused", "person", row.uuid, now=now, role=row.role, gives=row.gives
        )


def withdraw(actor: Actor, uuid: UUID, *, now: datetime) -> None:
    """Take one's own proposal back. Raises NotFound, NotPermitted for others', Conflict once decided."""
    with write_tx() as session:
        row = _pending(session, uuid)
        if row.proposer_id != actor.person_id:
            raise NotPermitted("只有提出人可以撤回这项变更。")
        _decide(session, row.id, "withdrawn", None, now)
        events.record(
            session, actor, "role-withdrawn", "person", row.uuid, now=now, role=row.role, gives=row.gives
        )


def give(session: Session, person_id: int, role: Role, *, today: date) -> None:
    """Grant a role from today on, within the caller's transaction."""
    session.add(Grant(person_id=person_id, role=role.value, valid_from=today))
    session.flush()


def holds(session: Session, person_id: int, role: Role, today: date) -> bool:
    """Whether somebody holds the role today."""
    found = session.scalar(
        select(Grant.id).where(Grant.person_id == person_id, Grant.role == role.value, holds_today(today))
    )
    return found is not None


def _fault(session: Session, person: Any, role: Role, gives: bool, today: date) -> str:
    held = holds(session, person.person_id, role, today)
    if gives and person.disabled_at is not None:
        return f"{person.name}已离职、退休或停用，不能授予角色。"
    if gives and held:
        return f"{person.name}已有“{role.label}”角色。"
    if not gives and not held:
        return f"{person.name}没有“{role.label}”角色。"
    return ""


def _pending(session: Session, uuid: UUID) -> Any:
    row = session.execute(
        select(
            RoleProposal.id,
            RoleProposal.person_id,
            RoleProposal.role,
            RoleProposal.gives,
            RoleProposal.state,
            RoleProposal.proposer_id,
            Person.uuid,
            Person.name,
            Person.disabled_at,
        )
        .join(Person, Person.id == RoleProposal.person_id)
        .where(RoleProposal.uuid == uuid)
        .with_for_update(of=(RoleProposal, Person))
    ).one_or_none()
    if row is None:
        raise NotFound
    if row.state != "pending":
        raise Conflict("这项角色变更已经处理，请刷新后查看。")
    return row


def _second_officer(session: Session, actor: Actor, row: Any, today: date) -> None:
    if row.person_id == actor.person_id:
        raise NotPermitted(OWN_ROLE)
    if row.proposer_id == actor.person_id:
        raise NotPermitted(SECOND)
    if not holds(session, actor.person_id, Role.HR, today):
        raise NotPermitted("您的人事处身份已经结束，没有保存。")


def _decide(session: Session, proposal_id: int, state: str, decider_id: int | None, now: datetime) -> None:
    session.execute(
        update(RoleProposal)
        .where(RoleProposal.id == proposal_id)
        .values(state=state, decider_id=decider_id, decided_at=now)
    )


def _answer(session: Session, row: Any, kind: str, what: str, *, about: UUID, now: datetime) -> None:
    """Tell the proposer what became of it."""
    change = "授予" if row.gives else "结束"
    tell(
        session,
        [row.proposer_id],
        kind,
        title=f"{change}{row.name}“{Role(row.role).label}”角色的提议{what}",
        about=about,
        now=now,
    )


def _end(session: Session, person_id: int, role: Role, *, now: datetime, today: date) -> None:
    session.execute(
        update(Grant)
        .where(Grant.person_id == person_id, Grant.role == role.value, holds_today(today))
        .values(valid_until=today - timedelta(days=1))
    )
    session.execute(
        update(Login)
        .where(Login.person_id == person_id, Login.hat == HAT_OF_ROLE[role].value, Login.ended_at.is_(None))
        .values(ended_at=now)
    )
