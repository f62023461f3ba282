"""Reads everything the portal holds about the person asking, for reading and for taking along."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select

from portal.extensions import db
from portal.models import (
    Absence,
    Certificate,
    Claim,
    Code,
    CourseRecord,
    Event,
    EvidenceFile,
    Grant,
    Job,
    Login,
    Message,
    Notice,
    NoticeRead,
    Obligation,
    Person,
    PersonRequest,
    PersonYear,
    ProvincialDifference,
    ProvincialEntry,
    ProvincialFigure,
    RoleProposal,
    SecondFactor,
    Sending,
    Unit,
    YearReopening,
)
from portal.rules.access import Actor

# secrets, not facts about the person; rows' own numbers mean nothing outside
HIDDEN = frozenset(
    {
        *("id", "person_id", "claim_id", "search_key", "work_key", "title_key", "mail_tries"),
        *("password_hash", "token_hash", "code_hash", "nonce", "last_step"),
    }
)
# of a job: how it is done, and what it was asked of others
_OF_THE_RUNNER = (
    *("kind", "payload", "checkpoint", "result", "attempts", "cancel_asked", "run_after", "lease"),
    "lease_until",
)
SECTIONS = {
    "record": "个人信息",
    "roles": "角色",
    "role_proposals": "角色变更提议",
    "absences": "请假登记",
    "claims": "学时申报",
    "evidence": "证明材料（文件名）",
    "sendings": "申报提交记录（防止重复）",
    "courses": "平台课程",
    "standing": "年度完成情况",
    "certificates": "证书",
    "provincial_entries": "省平台登记",
    "provincial_figures": "省平台所示学时（核对中）",
    "provincial_differences": "与省平台的差异",
    "requests": "注册与变更申请",
    "sessions": "登录记录",
    "codes": "一次性代码记录",
    "second_factor": "二次验证",
    "jobs": "后台任务",
    "obligations": "学时要求",
    "reopenings": "重新开放申报",
    "messages": "消息",
    "notices_read": "已读通知",
    "deeds": "本人的操作记录",
}


def own_data(actor: Actor) -> dict[str, list[dict[str, Any]]]:
    """Section (key of SECTIONS) -> rows of plain JSON values, oldest first; hashes of secrets left out."""
    me = actor.person_id
    mine = select(Claim.id).where(Claim.person_id == me)
    found = {
        "record": _rows(Person, Person.id == me),
        "roles": _rows(Grant, Grant.person_id == me),
        "role_proposals": _rows(RoleProposal, RoleProposal.person_id == me),
        "absences": _rows(Absence, Absence.person_id == me),
        "claims": _rows(Claim, Claim.person_id == me),
        "evidence": _rows(EvidenceFile, EvidenceFile.claim_id.in_(mine)),
        "sendings": _rows(Sending, Sending.person_id == me),
        "courses": _rows(CourseRecord, CourseRecord.person_id == me),
        "standing": _rows(PersonYear, PersonYear.person_id == me),
        "certificates": _rows(Certificate, Certificate.person_id == me),
        "provincial_entries": _rows(ProvincialEntry, ProvincialEntry.claim_id.in_(mine)),
        "provincial_figures": _rows(ProvincialFigure, ProvincialFigure.person_id == me),
        "provincial_differences": _rows(ProvincialDifference, ProvincialDifference.person_id == me),
        "requests": _rows(PersonRequest, PersonRequest.person_id == me),
        "sessions": _rows(Login, Login.person_id == me),
        "codes": _rows(Code, Code.person_id == me),
        "second_factor": _rows(SecondFactor, SecondFactor.person_id == me),
        "jobs": _rows(Job, Job.owner_id == me, leave=_OF_THE_RUNNER),
        "obligations": _rows(Obligation, Obligation.person_id == me),
        "reopenings": _rows(YearReopening, YearReopening.person_id == me),
        "messages": _rows(Message, Message.person_id == me),
        "notices_read": _notices_read(me),
        "deeds": _rows(Event, Event.actor_id == me, leave=("previous", "digest", "actor_id")),
    }
    units = {row.id: row.name for row in db.session.execute(select(Unit.id, Unit.name))}
    for rows in found.values():
        for row in rows:
            for name in [name for name in row if name.endswith("unit_id")]:
                row[name.removesuffix("_id")] = units.get(row.pop(name))
    return found


def _rows(model: Any, condition: Any, leave: Sequence[str] = ()) -> list[dict[str, Any]]:
    table: Table = model.__table__
    columns = [
        column
        for column in table.columns
        if column.name not in HIDDEN and column.name not in leave and not _names_others(column.name)
    ]
    rows = db.session.execute(select(*columns).where(condition).order_by(*table.primary_key.columns))
    return [{name: _plain(value) for name, value in row._mapping.items()} for row in rows]


def _notices_read(me: int) -> list[dict[str, Any]]:
    """The edition of a notice, by its title, and when it was read."""
    rows = db.session.execute(
        select(Notice.title, NoticeRead.edition, NoticeRead.read_at)
        .join(Notice, Notice.id == NoticeRead.notice_id)
        .where(NoticeRead.person_id == me)
        .order_by(NoticeRead.read_at)
    )
    return [{name: _plain(value) for name, value in row._mapping.items()} for row in rows]


def _names_others(name: str) -> bool:
    """Numbers of colleagues: who decided is told in words where it belongs."""
    return name.endswith("_id") and not name.endswith("unit_id")


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value) if isinstance(value, (UUID, bytes)) else value
