"""Sets the dates of a year, opens one again for a single person, and refuses what a year no longer takes."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import Person, YearCalendar, YearReopening
from portal.queries.calendar import EVER, waiting_after, why_closed, windows
from portal.rules.access import Actor
from portal.rules.calendar import Calendar, calendar_faults, usual
from portal.rules.refusals import Conflict, NotFound, NotPermitted, RuleBroken
from portal.rules.vocabulary import Hat
from portal.services import events
from portal.services.messages import tell

NOT_SAVED = "没有保存，请按各项提示更正。"
LONGEST_REASON = 200


def refuse_closed(
    session: Session, person_id: int, years: tuple[int, int], today: date, *, closes: date | None = EVER
) -> None:
    """RuleBroken when a claim of the person touching these years may no longer be decided or withdrawn.

    `closes`, from `closes_first`, spares the statement while the years are open to everybody.
    """
    told = why_closed(person_id, years, today, closes=closes, session=session)
    if told:
        raise RuleBroken(f"没有保存：{told}")


def set_year(
    actor: Actor,
    wanted: Calendar,
    *,
    reason: str,
    accepted: bool,
    now: datetime,
    today: date,
    seen: str = "",
) -> None:
    """Set the dates of a year. `seen`: the mark of the dates the officer was shown, when a page did.

    Raises RuleBroken for dates out of order or without a reason, when others were set meanwhile, and, unless
    `accepted`, when earlier dates than before leave pending claims behind or shut people out: it says how
    many.
    """
    _only_hr(actor)
    faults = {**calendar_faults(wanted), **_reason_faults(reason)}
    if faults:
        raise RuleBroken(NOT_SAVED, faults)
    with write_tx() as session:
        row = session.get(YearCalendar, wanted.year, with_for_update=True)
        before = usual(wanted.year)
        if row is not None:
            before = Calendar(row.year, row.open_until, row.grace_until, row.review_until)
        if before == wanted and row is not None:
            raise Conflict("日期没有变化，没有保存。")
        if seen and seen != before.mark and row is not None:
            raise RuleBroken(NOT_SAVED, {"open_until": [_meanwhile(session, row)]})
        told = _shortened(session, before, wanted, today)
        if told and not accepted:
            raise RuleBroken(NOT_SAVED, {"accepted": [told]})
        if row is None:
            row = YearCalendar(year=wanted.year)
            session.add(row)
        row.open_until, row.grace_until = wanted.open_until, wanted.grace_until
        row.review_until, row.reason = wanted.review_until, reason.strip()
        row.setter_id, row.set_at = actor.person_id, now
        session.flush()
        events.record(
            session,
            actor,
            "year-dates-set",
            "year",
            None,
            now=now,
            year=wanted.year,
            reason=reason.strip(),
            before=[str(before.open_until), str(before.grace_until), str(before.review_until)],
            after=[str(wanted.open_until), str(wanted.grace_until), str(wanted.review_until)],
        )


def _meanwhile(session: Session, row: YearCalendar) -> str:
    """What another officer has set while this one was filling in the page."""
    name = session.scalar(select(Person.name).where(Person.id == row.setter_id))
    dates = f"申报到 {row.open_until}，补报到 {row.grace_until}，审核到 {row.review_until}"
    return f"您填写期间，{name}已改为：{dates}（{row.reason}）。仍要按您填写的日期保存，请再次点“保存日程”。"


def reopen(
    actor: Actor,
    year: int,
    username: str,
    *,
    files_until: date,
    review_until: date,
    reason: str,
    now: datetime,
    today: date,
) -> str:
    """Open a year again for one person; returns the name. Raises RuleBroken, NotPermitted for oneself."""
    _only_hr(actor)
    faults = _reason_faults(reason)
    if files_until < today:
        faults["files_until"] = ["补报截止不能早于今天。"]
    if review_until < files_until:
        faults["review_until"] = ["审核截止不能早于补报截止，否则补报的申报无人能审核。"]
    with write_tx() as session:
        person = session.execute(
            select(Person.id, Person.uuid, Person.name).where(Person.username == username)
        ).one_or_none()
        if person is None:
            faults["username"] = [f"没有工号为“{username[:32]}”的人员，请核对。"]
        if faults or person is None:
            raise RuleBroken(NOT_SAVED, faults)
        if person.id == actor.person_id:
            raise NotPermitted("不能为本人重新开放年度，请由人事处其他人员办理。")
        window = windows(person.id, [year], session)[year]
        if files_until <= window.files_until:
            text = f"该年度对{person.name}本来就开放到 {window.files_until}，请填写更晚的日期。"
            raise RuleBroken(NOT_SAVED, {"files_until": [text]})
        session.add(
            YearReopening(
                year=year,
                person_id=person.id,
                files_until=files_until,
                review_until=review_until,
                reason=reason.strip(),
                setter_id=actor.person_id,
                set_at=now,
            )
        )
        session.flush()
        tell(
            session,
            [person.id],
            "year-reopened",
            title=f"已为您重新开放 {year} 年度，可申报到 {files_until}",
            body=f"原因：{reason.strip()}\n逾期不再受理，请在截止日期前提交。",
            link=f"/standing?year={year}",
            about=person.uuid,
            now=now,
        )
        events.record(
            session,
            actor,
            "year-reopened",
            "person",
            person.uuid,
            now=now,
            year=year,
            files_until=files_until.isoformat(),
            review_until=review_until.isoformat(),
            reason=reason.strip(),
        )
    return person.name


def end_reopening(actor: Actor, uuid: UUID, *, now: datetime) -> int:
    """Take a reopening back; returns its year. Raises NotFound, Conflict when it has ended."""
    _only_hr(actor)
    with write_tx() as session:
        row = session.execute(
            select(
                YearReopening.id,
                YearReopening.year,
                YearReopening.ended_at,
                YearReopening.person_id,
                Person.uuid,
            )
            .join(Person, Person.id == YearReopening.person_id)
            .where(YearReopening.uuid == uuid)
            .with_for_update(of=YearReopening)
        ).one_or_none()
        if row is None:
            raise NotFound
        if row.ended_at is not None:
            raise Conflict("这次重新开放已经结束。")
        session.execute(update(YearReopening).where(YearReopening.id == row.id).values(ended_at=now))
        tell(
            session,
            [row.person_id],
            "year-reopening-ended",
            title=f"为您重新开放的 {row.year} 年度已提前结束",
            body="已提交的申报照常审核；未提交的草稿仍保留。如有疑问，请联系人事处。",
            link=f"/standing?year={row.year}",
            about=uuid,
            now=now,
        )
        events.record(session, actor, "year-reopening-ended", "person", row.uuid, now=now, year=row.year)
    return row.year


def _only_hr(actor: Actor) -> None:
    if actor.hat is not Hat.HR:
        raise NotFound


def _reason_faults(reason: str) -> dict[str, list[str]]:
    if 1 <= len(reason.strip()) <= LONGEST_REASON:
        return {}
    return {"reason": [f"请填写原因，不超过 {LONGEST_REASON} 个字符。"]}


def _shortened(session: Session, before: Calendar, wanted: Calendar, today: date) -> str:
    """What earlier dates than before do to people and pending claims; "" when nothing becomes shorter."""
    told: list[str] = []
    if wanted.grace_until < before.grace_until and today <= before.grace_until:
        told.append(f"补报截止由 {before.grace_until} 提前到 {wanted.grace_until}")
    if wanted.review_until < before.review_until and today <= before.review_until:
        told.append(f"审核截止由 {before.review_until} 提前到 {wanted.review_until}")
    if not told:
        return ""
    waiting = waiting_after(session, wanted.year, wanted.review_until)
    done = "已经" if wanted.review_until < today else "届时"
    left = f"，该年度有 {waiting} 项待审核的申报，{done}不能再审核的须另行重新开放" if waiting else ""
    return f"{'，'.join(told)}{left}。确认无误的，请勾选“按提前的日期保存”后再保存。"
