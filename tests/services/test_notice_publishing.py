"""A notice from draft to withdrawal: who sees it, from which second to which, and who has read it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from campus import NOW, People
from flask import Flask
from forms_sent import count
from sqlalchemy import select

from portal.clock import SHANGHAI
from portal.database import write_tx
from portal.extensions import db
from portal.jobs import run_all
from portal.models import Message, NoticeRead, Person, Unit
from portal.queries import menu, notice_desk, notices
from portal.queries import messages as inbox
from portal.rules.refusals import Conflict, NotFound, RuleBroken
from portal.rules.vocabulary import NoticeKind
from portal.services import notices as services

FIRST, LAST = date(2025, 12, 10), date(2025, 12, 20)
SECOND = timedelta(seconds=1)


def draft(**facts: Any) -> services.Draft:
    words = {"kind": NoticeKind.NOTICE, "subject": "", "title": "学习安排", "body": "请按时完成。"}
    return services.Draft(**{**words, "first_day": NOW.date(), "last_day": None, **facts})


@pytest.fixture
def publish(app: Flask, people: People) -> Any:
    """Add a draft and publish it; returns its uuid."""

    def go(*, tell: bool = False, now: datetime = NOW, **facts: Any) -> UUID:
        with app.app_context():
            hr = people.actor("周敏")
            made = services.add(hr, draft(**facts), now=now)
            services.publish(hr, made, version=1, tell=tell, now=now)
            return made

    return go


def titles(people: People, name: str, today: date, hat: str | None = None) -> list[str]:
    rows = notices.board(people.actor(name, hat), today, kind=None, after=None)
    return [row.title for row in rows]


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)


def test_it_appears_and_goes_at_midnight_in_shanghai(app, people, publish):
    made = publish(first_day=FIRST, last_day=LAST)
    moments = {
        midnight(FIRST) - SECOND: False,
        midnight(FIRST): True,
        midnight(LAST + timedelta(days=1)) - SECOND: True,
        midnight(LAST + timedelta(days=1)): False,
    }
    with app.app_context():
        for moment, shown in moments.items():
            today = moment.astimezone(SHANGHAI).date()
            assert (titles(people, "陈晓", today) == ["学习安排"]) is shown, moment
            db.session.rollback()
            if shown:
                services.read(people.actor("陈晓"), made, now=moment)
            else:
                with pytest.raises(NotFound):
                    services.read(people.actor("陈晓"), made, now=moment)
    assert count(app, NoticeRead) == 1


def test_the_message_comes_with_the_first_second_of_the_first_day(app, people, publish):
    publish(first_day=FIRST, tell=True)
    run_all(app)
    with app.app_context():
        who = people.actor("陈晓")
        assert inbox.unread(who, midnight(FIRST) - SECOND) == 0
        assert inbox.unread(who, midnight(FIRST)) == 1


def test_only_the_units_named_are_told_and_shown(app, people, publish, monkeypatch):
    monkeypatch.setattr(services, "CHUNK", 2)  # several transactions
    with app.app_context():
        nursing = db.session.scalars(select(Unit.uuid).where(Unit.name == "护理学院")).one()
        with write_tx() as session:
            session.get_one(Person, people["王芳"].id).disabled_at = NOW
    made = publish(units=(nursing,), tell=True)
    run_all(app)
    with app.app_context():
        told = db.session.scalars(select(Message.person_id).where(Message.about == made)).all()
        assert sorted(told) == sorted(people[name].id for name in ("陈晓", "刘洋", "李静"))
        assert titles(people, "陈晓", NOW.date()) == ["学习安排"]
        assert titles(people, "何平", NOW.date()) == []


def test_reading_counts_once_for_each_edition(app, people, publish):
    made = publish()
    with app.app_context():
        who, hr = people.actor("陈晓"), people.actor("周敏")
        for _ in range(2):
            services.read(who, made, now=NOW)
        assert notice_desk.whole(hr, made).read == 1
        unit = notices.readership(people.actor("李静"), notice_desk.whole(hr, made).notice.id)
        assert (unit.people, unit.read) == (4, 1)
        assert [row.name for row in unit.unread] == ["李静", "王芳", "刘洋"]
        assert menu.waiting(who, NOW.date(), NOW)["notices.board"] == 0
        services.edit(hr, made, draft(body="已修改。"), version=2, again=True, now=NOW)
        assert menu.waiting(who, NOW.date(), NOW)["notices.board"] == 1
        assert notice_desk.whole(hr, made).read == 0
    run_all(app)
    with app.app_context():
        assert db.session.scalars(select(Message.title).where(Message.person_id == who.person_id)).one() == (
            "通知有更新：学习安排"
        )


def test_a_correction_without_more_leaves_it_read_and_tells_nobody(app, people, publish):
    made = publish()
    with app.app_context():
        who, hr = people.actor("陈晓"), people.actor("周敏")
        services.read(who, made, now=NOW)
        services.edit(hr, made, draft(title="学习安排（更正）"), version=2, again=False, now=NOW)
        assert notices.one(who, made, NOW.date()).read
        assert notices.one(who, made, NOW.date()).title == "学习安排（更正）"
    run_all(app)
    assert count(app, Message) == 0


def test_withdrawing_takes_the_messages_and_stops_those_still_to_come(app, people, publish):
    first, second = publish(tell=True), publish(tell=True)
    with app.app_context():
        services.withdraw(people.actor("周敏"), second, version=2, now=NOW)
    run_all(app)
    assert count(app, Message) == len(list(people))
    with app.app_context():
        services.withdraw(people.actor("周敏"), first, version=2, now=NOW)
        assert titles(people, "陈晓", NOW.date()) == []
    assert count(app, Message) == 0


@pytest.mark.parametrize("change", [{"kind": NoticeKind.PLAN}, {"first_day": FIRST}, {"units": True}])
def test_what_frames_a_published_notice_stays(app, people, publish, change):
    made = publish()
    with app.app_context():
        if "units" in change:
            change = {"units": tuple(db.session.scalars(select(Unit.uuid).limit(1)))}
        with pytest.raises(Conflict):
            services.edit(people.actor("周敏"), made, draft(**change), version=2, again=False, now=NOW)
        assert titles(people, "陈晓", NOW.date()) == ["学习安排"]


def test_what_nobody_could_see_is_not_published(app, people):
    yesterday = NOW.date() - timedelta(days=1)
    with app.app_context():
        hr = people.actor("周敏")
        made = services.add(hr, draft(first_day=yesterday, last_day=yesterday), now=NOW)
        with pytest.raises(RuleBroken, match="结束日期"):
            services.publish(hr, made, version=1, tell=False, now=NOW)
        with pytest.raises(RuleBroken, match="不能早于"):
            services.add(hr, draft(last_day=yesterday), now=NOW)
        with pytest.raises(RuleBroken, match="学习方案"):
            services.add(hr, draft(subject="public"), now=NOW)


def test_two_officers_do_not_overwrite_each_other(app, people, publish):
    made = publish()
    with app.app_context():
        services.edit(people.actor("孙悦"), made, draft(body="先改的。"), version=2, again=False, now=NOW)
        for deed in (
            lambda hr: services.edit(hr, made, draft(body="后改的。"), version=2, again=False, now=NOW),
            lambda hr: services.withdraw(hr, made, version=2, now=NOW),
        ):
            with pytest.raises(Conflict):
                deed(people.actor("周敏"))
        assert notices.one(people.actor("陈晓"), made, NOW.date()).body == "先改的。"


@pytest.mark.parametrize("name", ["陈晓", "李静", "吴审"])
def test_nobody_but_hr_writes_one(app, people, publish, name):
    made = publish()
    with app.app_context():
        for deed in (
            lambda who: services.add(who, draft(), now=NOW),
            lambda who: services.edit(who, made, draft(), version=2, again=False, now=NOW),
            lambda who: services.publish(who, made, version=2, tell=False, now=NOW),
            lambda who: services.withdraw(who, made, version=2, now=NOW),
        ):
            with pytest.raises(NotFound):
                deed(people.actor(name))
