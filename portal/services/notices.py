"""Writes, publishes and withdraws notices and plans, tells people of them, and notes who has read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.orm import Session

from portal.clock import SHANGHAI, shanghai_date
from portal.database import write_tx
from portal.models import Notice, NoticeRead, NoticeUnit, Person, Unit
from portal.queries.notices import shown_to
from portal.rules.access import Actor
from portal.rules.refusals import Conflict, NotFound, RuleBroken
from portal.rules.vocabulary import Hat, NoticeKind, NoticeState
from portal.services import events, jobs, messages
from portal.services.jobs import Task

KIND = "notices"  # of the job
TOLD = "notice-published"  # of its messages
CHUNK = 400
OVERTAKEN = "这条通知在您打开后已有变化，没有保存。请按最新内容重试。"
FIXED = "发布后不能再改类型、开始日期和发送范围。需要改变的，请撤回后新建。"
OVER = "结束日期已经过去，发布后没有人能看到。请先修改结束日期。"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a notice says and whom it is for (no units: everybody); the first and last day are shown whole."""

    kind: NoticeKind
    subject: str
    title: str
    body: str
    first_day: date
    last_day: date | None
    units: tuple[UUID, ...] = ()


def add(actor: Actor, draft: Draft, *, now: datetime) -> UUID:
    """Keep a draft nobody else sees. Raises NotFound unless HR or for an unknown unit, RuleBroken."""
    with write_tx() as session:
        _only_hr(actor)
        _check(draft)
        notice = Notice(author_id=actor.person_id, created_at=now, updated_at=now, **_values(draft))
        session.add(notice)
        session.flush()
        _set_units(session, notice.id, draft.units)
        _record(session, actor, "notice-drafted", notice, now)
        return notice.uuid


def edit(actor: Actor, uuid: UUID, draft: Draft, *, version: int, again: bool, now: datetime) -> None:
    """Change it; `again` asks everybody to read a published one once more, and tells them.

    Raises NotFound, RuleBroken, and Conflict when it changed since `version` or is withdrawn, or when a
    published one would get another kind, first day or other units.
    """
    with write_tx() as session:
        notice = _locked(session, actor, uuid, version)
        _check(draft)
        if notice.state == NoticeState.WITHDRAWN:
            raise Conflict("这条通知已经撤回，不能再修改。")
        published = notice.state == NoticeState.PUBLISHED
        if published and _frame(notice, _units_of(session, notice.id)) != _frame(draft, set(draft.units)):
            raise Conflict(FIXED)
        values = _values(draft)
        before = {
            name: _plain(getattr(notice, name)) for name in values if getattr(notice, name) != values[name]
        }
        for name, value in values.items():
            setattr(notice, name, value)
        if not published:
            _set_units(session, notice.id, draft.units)
        if published and again:
            notice.edition += 1
            _queue(session, actor, notice, now)
        _changed(notice, now)
        _record(session, actor, "notice-edited", notice, now, before=before, again=published and again)


def publish(actor: Actor, uuid: UUID, *, version: int, tell: bool, now: datetime) -> None:
    """Let those it is for see it from its first day; with `tell` a message goes to each of them by then.

    Raises NotFound, RuleBroken when its last day is over, Conflict when it is no draft or changed meanwhile.
    """
    with write_tx() as session:
        notice = _locked(session, actor, uuid, version)
        if notice.state != NoticeState.DRAFT:
            raise Conflict(OVERTAKEN)
        if notice.last_day and notice.last_day < shanghai_date(now):
            raise RuleBroken(OVER, {"last_day": [OVER]})
        notice.state, notice.published_at = NoticeState.PUBLISHED.value, now
        _changed(notice, now)
        if tell:
            _queue(session, actor, notice, now)
        _record(session, actor, TOLD, notice, now, first_day=notice.first_day.isoformat(), told=tell)


def withdraw(actor: Actor, uuid: UUID, *, version: int, now: datetime) -> None:
    """Take it off every board, with the messages that lead to it. Raises NotFound, Conflict."""
    with write_tx() as session:
        notice = _locked(session, actor, uuid, version)
        if notice.state == NoticeState.WITHDRAWN:
            raise Conflict(OVERTAKEN)
        notice.state, notice.withdrawn_at = NoticeState.WITHDRAWN.value, now
        _changed(notice, now)
        messages.remove(session, uuid, TOLD)
        _record(session, actor, "notice-withdrawn", notice, now)


def read(actor: Actor, uuid: UUID, *, now: datetime) -> None:
    """Note that the actor has read the latest edition; a second time changes nothing. Raises NotFound.

    Reading is no deed, so the event log has nothing of it.
    """
    with write_tx() as session:
        session.execute(select(Person.id).where(Person.id == actor.person_id).with_for_update(key_share=True))
        found = session.execute(
            select(Notice.id, Notice.edition).where(*shown_to(actor, shanghai_date(now)), Notice.uuid == uuid)
        ).one_or_none()
        if found is None:
            raise NotFound
        mark = {"notice_id": found.id, "person_id": actor.person_id, "edition": found.edition}
        if not session.scalar(
            select(exists().where(*(getattr(NoticeRead, n) == v for n, v in mark.items())))
        ):
            session.execute(insert(NoticeRead).values(read_at=now, **mark))


def run(task: Task) -> None:
    """Tell those a notice is for, a chunk a transaction; stops once it is withdrawn or told anew."""
    uuid, edition = UUID(task.payload["notice"]), task.payload["edition"]
    while True:
        with write_tx() as session:
            notice = session.scalars(
                select(Notice).where(Notice.uuid == uuid).with_for_update(read=True)
            ).one()
            if notice.state != NoticeState.PUBLISHED or notice.edition != edition:
                return
            ids = session.scalars(
                select(Person.id)
                .where(Person.id > task.checkpoint.get("last", 0), *_meant(notice))
                .order_by(Person.id)
                .limit(CHUNK)
            ).all()
            if ids:
                _tell(session, notice, ids, now=task.now())
                task.advance(session, task.done + len(ids), checkpoint={"last": ids[-1]})
        if not ids:
            task.finish({"sentence": f"已向 {task.done} 人发送消息。", "link": f"/hr/notices/{uuid}"})
            return


def _tell(session: Session, notice: Notice, ids: Any, *, now: datetime) -> None:
    label = NoticeKind(notice.kind).label
    appears = datetime.combine(notice.first_day, time(), SHANGHAI)
    messages.tell(
        session,
        ids,
        TOLD,
        title=f"{label if notice.edition == 1 else label + '有更新'}：{notice.title}",
        link=f"/notices/{notice.uuid}",
        about=notice.uuid,
        now=now,
        visible_at=max(now, appears),
    )


def _meant(notice: Notice) -> tuple[Any, ...]:
    named = select(NoticeUnit.unit_id).where(NoticeUnit.notice_id == notice.id)
    active = Person.disabled_at.is_(None)
    return (active,) if notice.everyone else (active, Person.unit_id.in_(named))


def _queue(session: Session, actor: Actor, notice: Notice, now: datetime) -> None:
    payload = {"notice": str(notice.uuid), "edition": notice.edition}
    jobs.enqueue(session, actor, KIND, payload, title=f"发送通知消息：{notice.title}", now=now)


def _only_hr(actor: Actor) -> None:
    if actor.hat is not Hat.HR:
        raise NotFound


def _locked(session: Session, actor: Actor, uuid: UUID, version: int) -> Notice:
    _only_hr(actor)
    notice = session.scalars(select(Notice).where(Notice.uuid == uuid).with_for_update()).one_or_none()
    if notice is None:
        raise NotFound
    if notice.version != version:
        raise Conflict(OVERTAKEN)
    return notice


def _check(draft: Draft) -> None:
    if draft.last_day and draft.last_day < draft.first_day:
        told = "结束日期不能早于开始日期。"
        raise RuleBroken(told, {"last_day": [told]})
    if draft.subject and draft.kind is not NoticeKind.PLAN:
        told = "只有学习方案才选择科目。"
        raise RuleBroken(told, {"subject": [told]})


def _values(draft: Draft) -> dict[str, Any]:
    return {
        "kind": draft.kind.value,
        "subject": draft.subject,
        "title": draft.title,
        "body": draft.body,
        "first_day": draft.first_day,
        "last_day": draft.last_day,
        "everyone": not draft.units,
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _frame(notice: Notice | Draft, units: set[UUID]) -> tuple[Any, ...]:
    return str(NoticeKind(notice.kind).value), notice.first_day, units


def _units_of(session: Session, notice_id: int) -> set[UUID]:
    joined = select(Unit.uuid).join(NoticeUnit, NoticeUnit.unit_id == Unit.id)
    return set(session.scalars(joined.where(NoticeUnit.notice_id == notice_id)))


def _set_units(session: Session, notice_id: int, units: tuple[UUID, ...]) -> None:
    session.execute(delete(NoticeUnit).where(NoticeUnit.notice_id == notice_id))
    ids = session.scalars(select(Unit.id).where(Unit.uuid.in_(units))).all() if units else []
    if len(ids) != len(set(units)):
        raise NotFound
    if ids:
        session.execute(insert(NoticeUnit), [{"notice_id": notice_id, "unit_id": one} for one in ids])


def _changed(notice: Notice, now: datetime) -> None:
    notice.version, notice.updated_at = notice.version + 1, now


def _record(
    session: Session, actor: Actor, action: str, notice: Notice, now: datetime, **details: Any
) -> None:
    session.flush()
    told = {"kind": notice.kind, "title": notice.title, **details}
    events.record(session, actor, action, "notice", notice.uuid, now=now, **told)
