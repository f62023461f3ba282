"""Reminds people who are short of hours, at most once a day each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.clock import SHANGHAI
from portal.database import write_tx
from portal.models import Message, Unit
from portal.queries.overview import overview
from portal.rules.access import Actor
from portal.rules.amounts import show_hours
from portal.rules.policy import Policy
from portal.rules.refusals import NotFound
from portal.services import events
from portal.services.messages import tell

KIND = "people-reminded"


@dataclass(frozen=True, slots=True)
class Reminded:
    """How many were told, and how many were left in peace because they had been told that day."""

    told: int
    rested: int


def remind(
    actor: Actor,
    policy: Policy,
    year: int,
    *,
    unit: UUID | None,
    people: Collection[UUID] | None,
    now: datetime,
) -> Reminded:
    """Tell those of the unit who are short how much is missing; `people` None means everybody short.

    Whoever is met meanwhile is passed over. Raises NotFound for a unit or a person out of scope.
    """
    with write_tx() as session:
        found = overview(actor, policy, year, unit=unit, longest=None)
        # two reminders of one unit follow each other, so that the second sees whom the first told
        session.execute(select(Unit.id).where(Unit.id == found.unit_id).with_for_update(key_share=True))
        known = {line.person.uuid for line in found.lines}
        if people is not None and not known.issuperset(people):
            raise NotFound
        short = [
            line for line in found.lines if not line.met and (people is None or line.person.uuid in people)
        ]
        told = _told_today(session, [line.person.id for line in short], now)
        fresh = [line for line in short if line.person.id not in told]
        groups: dict[tuple[int, int], list[int]] = {}
        for line in fresh:
            groups.setdefault((line.public_short, line.professional_short), []).append(line.person.id)
        for (public, professional), ids in groups.items():
            tell(
                session,
                ids,
                KIND,
                title=f"{year} 年度学时未达标，{_missing(public, professional)}",
                body="请在规定时间内完成学习或申报；已提交的申报审核通过后计入。",
                link=f"/standing?year={year}",
                now=now,
            )
        if fresh:
            events.record(session, actor, KIND, "unit", found.uuid, now=now, year=year, people=len(fresh))
    return Reminded(len(fresh), len(short) - len(fresh))


def _told_today(session: Session, ids: list[int], now: datetime) -> set[int]:
    midnight = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    told = session.scalars(
        select(Message.person_id).where(
            Message.person_id.in_(ids), Message.kind == KIND, Message.created_at >= midnight
        )
    )
    return set(told)


def _missing(public: int, professional: int) -> str:
    parts = (("公需科目", public), ("专业科目", professional))
    return "，".join(f"{name}还差 {show_hours(short)} 学时" for name, short in parts if short)
