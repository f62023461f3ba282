"""Two years of everyday claims, and five years of platform courses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from portal.clock import DEMO_START
from portal.demo import situations, words
from portal.demo.desk import Desk, soon
from portal.demo.drafts import Draft, at, before_now
from portal.demo.people import Staff
from portal.demo.units import NURSING
from portal.rules.vocabulary import Status, Subject

YEARS = (2024, 2025)
COURSE_YEARS = range(2021, 2026)
_WORKS = ("学术论文", "学术论文", "技术论文", "会议论文", "课题", "成果奖", "专利", "著作")
_KINDS = ("研修", "研修", "学术交流", "远程教育", "进修", "其他")


def everyday(desk: Desk) -> None:
    """What everybody without a promised situation filed in two years."""
    for person in desk.people:
        if person.username in ("staff", "staff2", "admin", "admin2"):
            continue
        for year in YEARS:
            for _ in range(desk.rng.randint(0, 1 + round(4 * person.diligence))):
                _one(desk, person, year)


def _one(desk: Desk, person: Staff, year: int) -> None:
    rng = desk.rng
    day = date(year, 1, 8) + timedelta(days=rng.randint(0, 320))
    deed = rng.random()
    made = soon(rng, at(day), (8, 30))
    if not before_now(made):
        return
    if deed < 0.6:
        days = rng.choice((1, 2, 2, 3, 3, 5))
        hours = rng.choice((8.0 * days, 8.0 * days, 6.0 * days, 7.5 * days, 9.0 * days))
        subject = Subject.PUBLIC if rng.random() < 0.15 else Subject.PROFESSIONAL
        draft = desk.training(person, day, days, made, hours=hours, kind=rng.choice(_KINDS), subject=subject)
    elif deed < 0.92:
        draft = desk.work(person, rng.choice(_WORKS), day, made)
    else:
        draft = desk.study(person, year, rng.choice((20, 32, 40, 48)), made)
    _fate(desk, draft)


def _fate(desk: Desk, draft: Draft) -> None:
    rng = desk.rng
    decided = soon(rng, draft.made, (1, 9))
    luck = rng.random()
    if luck < 0.03:
        draft.status, draft.with_evidence = Status.DRAFT, False
    elif luck < 0.06:
        draft.status = Status.WITHDRAWN
    elif not before_now(decided):
        if draft.person.unit is NURSING:  # its queue is the one the account list describes
            draft.status = Status.WITHDRAWN
    elif luck < 0.12:
        desk.send_back(draft, decided)
    else:
        lower = draft.start is not None and draft.hours > 8 and rng.random() < 0.08
        desk.approve(draft, decided, approved=draft.hours - 4 if lower else None)
        revoked = decided + timedelta(days=30)
        if luck > 0.985 and before_now(revoked):
            desk.revoke(draft, revoked)


def courses(desk: Desk) -> list[dict[str, Any]]:
    """Platform courses of five years as rows of `course_records`; fewer of them in the year not yet over."""
    rows: list[dict[str, Any]] = []
    for person in desk.people:
        for year in COURSE_YEARS:
            for subject, count in (
                (Subject.PUBLIC, _public(desk, person, year)),
                (Subject.PROFESSIONAL, _professional(desk, person, year)),
            ):
                rows.extend(_record(desk, person, year, subject, number) for number in range(count))
    rows.extend(_synced(desk))
    for number, row in enumerate(rows, start=1):
        row["record_id"] = f"{row['year']}{number:07d}"
    return rows


def _synced(desk: Desk) -> Iterator[dict[str, Any]]:
    """The platform reported what somebody nevertheless claims by hand."""
    for draft in desk.drafts:
        if draft.title == situations.SYNCED and draft.end is not None:
            row = _record(desk, draft.person, draft.end.year, Subject.PROFESSIONAL, 0)
            yield {**row, "title": draft.title, "completed_on": draft.end, "quarters": draft.quarters}


def _public(desk: Desk, person: Staff, year: int) -> int:
    if person.username in ("staff", "staff2") or year < 2024:
        return 3
    return 3 if desk.rng.random() < (0.92 if year == 2024 else 0.7) else desk.rng.randint(0, 2)


def _professional(desk: Desk, person: Staff, year: int) -> int:
    """Courses of ten hours each."""
    if person.username == "staff":
        return 0 if year == 2025 else 4 if year == 2024 else 6
    if person.username == "staff2":
        return 2 if year == 2025 else 6
    if year < 2024:
        return 6 if desk.rng.random() < 0.9 else 5
    return desk.rng.choice((3, 4, 5, 6, 6, 6) if year == 2024 else (0, 2, 3, 4, 5, 6))


def _record(desk: Desk, person: Staff, year: int, subject: Subject, number: int) -> dict[str, Any]:
    rng = desk.rng
    last = 330 if year == DEMO_START.year else 360
    done = date(year, 1, 3) + timedelta(days=rng.randint(30, last - 10))
    title = words.COURSES[subject.value][number % 4]
    return {
        "person_id": person.id,
        "platform": rng.choice(words.PLATFORMS),
        "title": f"{title}（{number // 4 + 1}）" if number >= 4 else title,
        "subject": subject.value,
        "year": year,
        "completed_on": done,
        "quarters": 40,
        "created_at": at(done, 23),
    }
