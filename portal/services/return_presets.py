"""Keeps the reasons offered when a claim is returned; decisions made with them keep their words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import ReturnPreset
from portal.rules.access import Actor
from portal.rules.refusals import Conflict, NotFound, RuleBroken
from portal.rules.vocabulary import Category, Hat
from portal.services import events

LONGEST, MOST = 200, 20
OVERTAKEN = "这条退回原因在您打开后已有变化，没有保存。请按最新内容重试。"


def add(actor: Actor, category: Category, text: str, *, now: datetime) -> None:
    """Offer another reason at the end.

    Raises NotFound unless HR, RuleBroken for one that is there already or too many.
    """
    with write_tx() as session:
        rows = _locked(session, actor, category)
        _check(rows, text)
        place = max((row.place for row in rows), default=0) + 1
        preset = ReturnPreset(category=category.value, text=text, place=place, updated_at=now)
        session.add(preset)
        session.flush()
        _record(session, actor, "preset-added", preset, now)


def reword(actor: Actor, uuid: UUID, text: str, *, version: int, now: datetime) -> None:
    """Say it in other words from now on. Raises as `add`, and Conflict when it changed since `version`."""
    with write_tx() as session:
        preset, rows = _found(session, actor, uuid, version)
        if preset.text == text:
            return
        _check([row for row in rows if row is not preset], text)
        before, preset.text = preset.text, text
        _changed(preset, now)
        _record(session, actor, "preset-reworded", preset, now, before=before)


def move(actor: Actor, uuid: UUID, *, up: bool, version: int, now: datetime) -> None:
    """Change places with the neighbour; nothing happens at the end. Raises as `reword`."""
    with write_tx() as session:
        preset, rows = _found(session, actor, uuid, version)
        shown = [row for row in rows if row.retired_at is None]
        if preset not in shown:
            raise Conflict(OVERTAKEN)
        at = shown.index(preset)
        to = at - 1 if up else at + 1
        if not 0 <= to < len(shown):
            return
        shown.insert(to, shown.pop(at))
        for place, row in enumerate(shown, start=1):
            row.place = place
        _changed(preset, now)
        _record(session, actor, "preset-moved", preset, now, place=to + 1)


def retire(actor: Actor, uuid: UUID, *, version: int, now: datetime) -> None:
    """Offer it no longer. Raises as `reword`."""
    with write_tx() as session:
        preset, _ = _found(session, actor, uuid, version)
        if preset.retired_at is not None:
            raise Conflict(OVERTAKEN)
        preset.retired_at = now
        _changed(preset, now)
        _record(session, actor, "preset-retired", preset, now)


def restore(actor: Actor, uuid: UUID, *, version: int, now: datetime) -> None:
    """Offer a retired one again, at the end. Raises as `reword`."""
    with write_tx() as session:
        preset, rows = _found(session, actor, uuid, version)
        if preset.retired_at is None:
            raise Conflict(OVERTAKEN)
        _check([row for row in rows if row is not preset], preset.text)
        preset.retired_at, preset.place = None, max(row.place for row in rows) + 1
        _changed(preset, now)
        _record(session, actor, "preset-restored", preset, now)


def _locked(session: Session, actor: Actor, category: str) -> Sequence[ReturnPreset]:
    if actor.hat is not Hat.HR:
        raise NotFound()
    return session.scalars(
        select(ReturnPreset)
        .where(ReturnPreset.category == category)
        .order_by(ReturnPreset.place, ReturnPreset.id)
        .with_for_update()
    ).all()


def _found(
    session: Session, actor: Actor, uuid: UUID, version: int
) -> tuple[ReturnPreset, Sequence[ReturnPreset]]:
    category = session.scalar(select(ReturnPreset.category).where(ReturnPreset.uuid == uuid))
    if category is None:
        raise NotFound()
    rows = _locked(session, actor, category)
    preset = next(row for row in rows if row.uuid == uuid)
    if preset.version != version:
        raise Conflict(OVERTAKEN)
    return preset, rows


def _check(others: Sequence[ReturnPreset], text: str) -> None:
    shown = [row for row in others if row.retired_at is None]
    if not text:
        raise RuleBroken("请填写退回原因。", {"text": ["请填写退回原因。"]})
    if len(text) > LONGEST:
        raise RuleBroken("退回原因过长。", {"text": [f"最多 {LONGEST} 个字符，现在有 {len(text)} 个。"]})
    if text in {row.text for row in shown}:
        raise RuleBroken("这一类别已有相同的退回原因。", {"text": ["这一类别已有相同的退回原因。"]})
    if len(shown) >= MOST:
        told = f"每个类别最多 {MOST} 条，请先停用不再使用的。"
        raise RuleBroken(told, {"text": [told]})


def _changed(preset: ReturnPreset, now: datetime) -> None:
    preset.version, preset.updated_at = preset.version + 1, now


def _record(
    session: Session, actor: Actor, action: str, preset: ReturnPreset, now: datetime, **details: Any
) -> None:
    session.flush()
    told = {"category": preset.category, "text": preset.text, **details}
    events.record(session, actor, action, "return_preset", preset.uuid, now=now, **told)
