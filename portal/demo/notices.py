"""Notices of the demo campus: the university's notice, and plans for both subjects."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import insert, select

from portal.database import write_tx
from portal.demo.people import Staff
from portal.models import Notice, NoticeRead
from portal.rules.access import Actor
from portal.rules.vocabulary import Hat, NoticeKind, Subject
from portal.services import notices

_TEXTS = Path(__file__).with_name("texts")
_ISSUED, _LAST = date(2025, 11, 25), date(2026, 1, 31)
_READERS = 3  # one in so many has not read the university's notice yet
# file, kind, subject, title, first and last day
_NOTICES: tuple[tuple[str, NoticeKind, str, str, date, date | None], ...] = (
    ("notice", NoticeKind.NOTICE, "", "关于做好专业技术人员继续教育学习有关工作的通知", _ISSUED, None),
    (
        *("public_open", NoticeKind.PLAN, Subject.PUBLIC.value, "公需科目学习方案（山东开放大学）"),
        *(date(2025, 11, 26), _LAST),
    ),
    (
        *("public_cloud", NoticeKind.PLAN, Subject.PUBLIC.value, "公需科目学习方案（蟹壳云学）"),
        *(date(2025, 11, 26), _LAST),
    ),
    (
        *("professional", NoticeKind.PLAN, Subject.PROFESSIONAL.value, "专业科目学习方案"),
        *(date(2025, 11, 27), _LAST),
    ),
)


def settle(
    people: list[Staff], actor: Callable[[Staff, Hat], Actor], minutes: Callable[[int], datetime]
) -> None:
    """Publish them through the service, without messages; `minutes(n)` tells when."""
    hr = actor(next(person for person in people if person.username == "hr"), Hat.HR)
    for number, (file, kind, subject, title, first, last) in enumerate(_NOTICES):
        body = (_TEXTS / f"{file}.md").read_text("utf-8").strip()
        draft = notices.Draft(kind, subject, title, body, first, last)
        made = notices.add(hr, draft, now=minutes(440 + 2 * number))
        notices.publish(hr, made, version=1, tell=False, now=minutes(441 + 2 * number))
    accounts = {"admin", "hr"}
    with write_tx() as session:
        first_notice = session.scalars(select(Notice.id).order_by(Notice.id).limit(1)).one()
        readers = [
            person.id
            for person in people
            if person.username in accounts or (person.uuid.int % _READERS and not person.username.isalpha())
        ]
        marks = [
            {"notice_id": first_notice, "person_id": one, "edition": 1, "read_at": minutes(450)}
            for one in readers
        ]
        session.execute(insert(NoticeRead), marks)
