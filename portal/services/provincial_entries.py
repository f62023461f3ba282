"""Notes what was typed into the provincial platform, what was taken out of it, and what was put right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import ProvincialEntry
from portal.queries import provincial_entries as queries
from portal.queries.provincial_entries import Filters, Show
from portal.rules.access import Actor
from portal.rules.amounts import show_hours
from portal.rules.refusals import Conflict, RuleBroken
from portal.rules.vocabulary import Status
from portal.services import events

MOST = 1_000  # marked in one go
_CHUNK = 100  # claims of one transaction, so that others get in between
_LONGEST = 200  # characters of a reason


def enter(actor: Actor, uuids: Sequence[UUID], year: int, *, now: datetime) -> tuple[int, int]:
    """Mark claims as typed in with what they count in the year; how many were marked, how many left out.

    Left out is what the actor may not see, what counts nothing and what was marked already, so pressing
    twice changes nothing. Raises RuleBroken for none or more than MOST.
    """
    wanted = list(dict.fromkeys(uuids))
    if not wanted:
        raise RuleBroken("没有勾选申报。请先勾选已在省平台录入的申报。")
    if len(wanted) > MOST:
        raise RuleBroken(f"一次最多标记 {MOST} 条，现在选了 {len(wanted)} 条，请分几次标记。")
    marked = 0
    for start in range(0, len(wanted), _CHUNK):
        with write_tx() as session:
            claims = queries.to_enter(session, actor, wanted[start : start + _CHUNK], year)
            for claim in claims:
                _insert(session, actor, claim.id, year, claim.counted, claim.approved_subject, now)
            for claim in claims:
                _record(session, actor, "provincial-entered", claim.uuid, year, claim.counted, now)
            marked += len(claims)
    return marked, len(wanted) - marked


def enter_all(actor: Actor, filters: Filters, *, now: datetime) -> tuple[int, int]:
    """Mark the first MOST of a filter. Returns and raises as `enter`."""
    filters = Filters(filters.year, Show.MISSING, filters.category, filters.unit)
    rows = queries.every(actor, filters, most=MOST)
    return enter(actor, [row.uuid for row in rows], filters.year, now=now)


def unmark(actor: Actor, uuid: UUID, *, reason: str, now: datetime) -> None:
    """Take the mark back: it was not typed in after all. Raises NotFound, Conflict, RuleBroken."""
    reason = reason.strip()
    if not reason or len(reason) > _LONGEST or not reason.isprintable():
        raise RuleBroken(f"请填写取消标记的原因，不超过 {_LONGEST} 个字符。")
    with write_tx() as session:
        found = _holding(session, actor, uuid)
        _end(session, actor, found.id, "unmarked", reason, now)
        _record(
            session, actor, "provincial-unmarked", found.claim, found.year, found.quarters, now, reason=reason
        )


def correct(actor: Actor, uuid: UUID, *, now: datetime) -> None:
    """Note that the platform was brought in line with what counts now. Raises NotFound, Conflict."""
    with write_tx() as session:
        found = _holding(session, actor, uuid)
        counts = int((found.credited or {}).get(str(found.year), 0))
        counts = counts if found.status == Status.APPROVED else 0
        if counts == found.quarters and found.approved_subject == found.subject:
            raise Conflict("这项申报与录入时一致，无需更正。")
        _end(session, actor, found.id, "corrected", "", now)
        if counts:
            _insert(session, actor, found.claim_id, found.year, counts, found.approved_subject, now)
        _record(
            session,
            actor,
            "provincial-corrected",
            found.claim,
            found.year,
            counts,
            now,
            before=show_hours(found.quarters),
        )


def _holding(session: Session, actor: Actor, uuid: UUID) -> Any:
    found = queries.entry(session, actor, uuid)
    if found.ended_at is not None:
        raise Conflict("这项录入标记已经取消或更正，请刷新页面。")
    return found


def _insert(
    session: Session, actor: Actor, claim_id: int, year: int, quarters: int, subject: str, now: datetime
) -> None:
    session.execute(
        insert(ProvincialEntry).values(
            claim_id=claim_id,
            year=year,
            quarters=quarters,
            subject=subject,
            entered_by_id=actor.person_id,
            entered_at=now,
            reason="",
        )
    )


def _end(session: Session, actor: Actor, entry_id: int, why: str, reason: str, now: datetime) -> None:
    session.execute(
        update(ProvincialEntry)
        .where(ProvincialEntry.id == entry_id)
        .values(ended_at=now, ended_by_id=actor.person_id, ended_why=why, reason=reason)
        .execution_options(synchronize_session=False)
    )


def _record(
    session: Session,
    actor: Actor,
    action: str,
    claim: UUID,
    year: int,
    quarters: int,
    now: datetime,
    **more: Any,
) -> None:
    events.record(
        session, actor, action, "claim", claim, now=now, year=year, hours=show_hours(quarters), **more
    )
