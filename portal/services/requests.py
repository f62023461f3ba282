"""Takes in what people ask for about themselves: registration, changes of the record, transfers."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import Person, PersonRequest, Unit
from portal.pdf import missing_glyphs
from portal.rules import records
from portal.rules.access import Actor
from portal.rules.passwords import problems
from portal.rules.refusals import Conflict, NotFound, RuleBroken
from portal.rules.vocabulary import RequestKind, Status
from portal.services import events, passwords

CODE_LENGTH = 16  # base32: 80 bits
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
CLOSED_UNIT = "请从列表中选择用人单位。"
NOTHING_CHANGED = "内容与现在的记录相同，没有需要审核的变更。"


def register(
    username: str,
    facts: Mapping[str, str],
    *,
    unit: UUID,
    password: str,
    school: str,
    now: datetime,
) -> str:
    """Take in a registration; answers the secret code its progress is looked up by.

    Whether the 工号 has an account already makes no difference here: that is for the unit's admins to see.
    Raises RuleBroken for an unknown unit, a name no certificate can print, an unfit password.
    """
    faults = _name_faults(facts["name"])
    if bad := problems(password, username=username, name=facts["name"], school=school):
        faults["password"] = bad
    if faults:
        raise RuleBroken("登记内容需要更正。", faults)
    hashed = passwords.hash_password(password)
    code = "".join(secrets.choice(_LETTERS) for _ in range(CODE_LENGTH))
    with write_tx() as session:
        chosen = _open_unit(session, unit)
        request = PersonRequest(
            kind=RequestKind.REGISTRATION.value,
            unit_id=chosen.id,
            username=username,
            before={},
            after={**facts, "unit": chosen.name},
            password_hash=hashed,
            code_hash=code_hash(code),
            submitted_at=now,
        )
        session.add(request)
        session.flush()
        events.record(session, None, "registration-sent", "request", request.uuid, now=now)
    return code


def withdraw_registration(code: str, *, now: datetime) -> None:
    """The applicant takes the registration back. Raises NotFound, Conflict once it is decided."""
    with write_tx() as session:
        request = _locked(session, PersonRequest.code_hash == code_hash(code))
        _withdraw(session, request, None, now)


def ask_change(actor: Actor, wanted: Mapping[str, str], *, unit: UUID, now: datetime) -> None:
    """Ask for another record; with another unit it is a transfer, which the receiving unit decides.

    `wanted` holds every field but the unit. Raises RuleBroken when nothing differs, for a name no
    certificate can print, and while a request of the same kind waits.
    """
    if faults := _name_faults(wanted["name"]):
        raise RuleBroken("变更内容需要更正。", faults)
    with write_tx() as session:
        person, own = session.execute(
            select(Person, Unit).join(Unit, Unit.id == Person.unit_id).where(Person.id == actor.person_id)
        ).one()
        target = own if own.uuid == unit else _open_unit(session, unit)
        current = record_of(person, own.name)
        after = records.changed(current, {**wanted, "unit": target.name})
        if not after:
            raise RuleBroken(NOTHING_CHANGED)
        kind = RequestKind.TRANSFER if target.id != own.id else RequestKind.CHANGE
        if _waiting(session, person.id, kind):
            raise RuleBroken(f"您已有一项“{kind.label}”在等待审核。请先撤回，或等审核后再申请。")
        request = PersonRequest(
            kind=kind.value,
            unit_id=target.id,
            from_unit_id=own.id if kind is RequestKind.TRANSFER else None,
            person_id=person.id,
            username=person.username,
            before={field: current[field] for field in after},
            after=after,
            submitted_at=now,
        )
        session.add(request)
        try:
            session.flush()
        except IntegrityError:  # the same form sent twice at the same instant
            raise Conflict("同一项变更刚刚已经提交，请刷新后查看。") from None
        events.record(
            session, actor, f"{kind.value}-sent", "request", request.uuid, now=now, fields=sorted(after)
        )


def withdraw_change(actor: Actor, uuid: UUID, *, now: datetime) -> None:
    """The person takes their request back. Raises NotFound for another's, Conflict once it is decided."""
    with write_tx() as session:
        request = _locked(session, PersonRequest.uuid == uuid, PersonRequest.person_id == actor.person_id)
        _withdraw(session, request, actor, now)


def code_hash(code: str) -> str:
    """How a progress code is kept: only its SHA-256."""
    return hashlib.sha256(code.encode()).hexdigest()


def record_of(person: Any, unit_name: str) -> dict[str, str]:
    """A person's record by the field names of `records.FIELDS`."""
    values = {field: getattr(person, field) for field in records.FIELDS if field != "unit"}
    return {**values, "unit": unit_name}


def _withdraw(session: Session, request: PersonRequest, actor: Actor | None, now: datetime) -> None:
    if request.status != Status.PENDING:
        raise Conflict(f"这项申请已经是“{Status(request.status).label}”，不能撤回。")
    request.status, request.version = Status.WITHDRAWN.value, request.version + 1
    request.password_hash = None
    session.flush()
    events.record(session, actor, f"{request.kind}-withdrawn", "request", request.uuid, now=now)


def _locked(session: Session, *conditions: Any) -> PersonRequest:
    found = session.scalars(select(PersonRequest).where(*conditions).with_for_update()).one_or_none()
    if found is None:
        raise NotFound()
    return found


def _open_unit(session: Session, unit: UUID) -> Unit:
    found = session.scalars(select(Unit).where(Unit.uuid == unit, Unit.closed_at.is_(None))).one_or_none()
    if found is None:
        raise RuleBroken("登记内容需要更正。", {"unit": [CLOSED_UNIT]})
    return found


def _waiting(session: Session, person_id: int, kind: RequestKind) -> bool:
    return (
        session.scalar(
            select(PersonRequest.id).where(
                PersonRequest.person_id == person_id,
                PersonRequest.kind == kind.value,
                PersonRequest.status == Status.PENDING.value,
            )
        )
        is not None
    )


def _name_faults(name: str) -> dict[str, list[str]]:
    """What is wrong with a name that is to stand on certificates."""
    missing = missing_glyphs(name)
    if not missing:
        return {}
    signs = "、".join(f"“{sign}”" for sign in missing)
    return {"name": [f"姓名中的{signs}无法印在证书上。请核对用字；确为本人用字的，请联系人事处。"]}
