"""Files and decides claims in memory, with the right people at the right times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from portal.demo import words
from portal.demo.drafts import Draft, at, identities
from portal.demo.people import Staff
from portal.rules.vocabulary import Category, Role, Status

LEVELS = {
    "课题": "省级",
    "成果奖": "校级",
    "专利": "实用新型专利",
    "学术论文": "核心期刊公开发表",
    "技术论文": "其他期刊公开发表",
    "会议论文": "全国学术会议交流",
    "著作": "国家级出版社出版",
    "译著": "其他出版社出版",
}


class Desk:
    """Where every claim of the demo passes; `drafts` keeps them all."""

    def __init__(self, rng: Random, people: Sequence[Staff]) -> None:
        self.rng, self.people = rng, people
        self.drafts: list[Draft] = []
        self._uuids = identities(rng)
        self._hr = [person for person in people if person.role is Role.HR]
        self._admins: dict[int, list[Staff]] = {}
        for person in people:
            if person.role is Role.UNIT_ADMIN:
                self._admins.setdefault(person.unit.id, []).append(person)

    def named(self, username: str) -> Staff:
        """The account of that username."""
        return next(person for person in self.people if person.username == username)

    def training(
        self,
        person: Staff,
        start: date,
        days: int,
        made: datetime,
        *,
        hours: float | None = None,
        **facts: Any,
    ) -> Draft:
        """A training of so many days; 8 hours a day unless told."""
        facts.setdefault("kind", "研修")
        facts.setdefault("title", words.training(self.rng, person.unit))
        facts.setdefault("organizer", words.organiser(self.rng, person.unit))
        end = start + timedelta(days=days - 1)
        asked = 8.0 * days if hours is None else hours
        return self._file(person, Category.TRAINING, made, hours=asked, start=start, end=end, **facts)

    def work(self, person: Staff, kind: str, on: date, made: datetime, **facts: Any) -> Draft:
        """An achievement or a publication."""
        category = Category.ACHIEVEMENT if kind in ("课题", "成果奖", "专利") else Category.PUBLICATION
        facts.setdefault("title", words.work(self.rng, person.unit, kind))
        return self._file(person, category, made, kind=kind, hours=10, on=on, level=LEVELS[kind], **facts)

    def study(self, person: Staff, year: int, hours: float, made: datetime, **facts: Any) -> Draft:
        """Self-study of a year."""
        facts.setdefault("kind", "在职学历教育")
        facts.setdefault("title", words.study(self.rng, person.unit, facts["kind"]))
        return self._file(person, Category.SELF_STUDY, made, hours=hours, year=year, **facts)

    def approve(self, draft: Draft, when: datetime, *, approved: float | None = None) -> Draft:
        """Somebody entitled accepts it, perhaps with fewer hours."""
        self._decide(draft, when, Status.APPROVED)
        if approved is not None:
            draft.approved, draft.reason = approved, self.rng.choice(words.LOWER)
        return draft

    def send_back(self, draft: Draft, when: datetime, reason: str = "") -> Draft:
        """Somebody entitled returns it."""
        self._decide(draft, when, Status.RETURNED)
        draft.reason = reason or self.rng.choice(words.RETURNS)
        return draft

    def revoke(self, draft: Draft, when: datetime) -> Draft:
        """HR takes an approved one back."""
        draft.status, draft.revoked, draft.revoked_reason = Status.REVOKED, when, words.REVOKED
        draft.revoker = next(person for person in self._hr if person is not draft.person)
        return draft

    def _decide(self, draft: Draft, when: datetime, status: Status) -> None:
        able = [one for one in self._admins.get(draft.person.unit.id, []) if one is not draft.person]
        able = able or [one for one in self._hr if one is not draft.person]
        draft.decider, draft.decided, draft.status = self.rng.choice(able), when, status

    def _file(self, person: Staff, category: Category, made: datetime, **facts: Any) -> Draft:
        facts.setdefault("status", Status.PENDING)
        draft = Draft(uuid=next(self._uuids), person=person, category=category, made=made, **facts)
        self.drafts.append(draft)
        return draft


def soon(rng: Random, moment: datetime, days: tuple[int, int]) -> datetime:
    """A working hour between so many days later."""
    later = (moment + timedelta(days=rng.randint(*days))).date()
    return at(later, rng.randint(8, 17), rng.randint(0, 59))
