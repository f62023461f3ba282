"""The messages of a person: seen from their time on, counted in the bar, read by opening or all at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from campus import NOW
from sqlalchemy import select

from portal.database import write_tx
from portal.extensions import db
from portal.models import Message
from portal.services import messages


@pytest.fixture
def leave(app, people):
    """`leave("陈晓", "学时已认定")`: a message; returns its uuid."""

    def write(name, title, **more):
        with app.app_context():
            with write_tx() as session:
                messages.tell(session, [people[name].id], "told", title=title, now=NOW, **more)
            return db.session.scalars(select(Message.uuid).order_by(Message.id.desc())).first()

    return write


def test_unread_messages_are_counted_in_the_bar_until_they_are_opened(sign_in, leave):
    one = leave("陈晓", "学时已认定", link="/standing")
    leave("陈晓", "申报被退回", body="缺少成绩单。")
    client = sign_in("陈晓")
    page = client.get("/standing", status=200).text
    assert '<span class="dot">2</span>' in page
    inbox = client.get("/messages", status=200).text
    assert inbox.index("申报被退回") < inbox.index("学时已认定")
    assert "缺少成绩单。" in inbox
    opened = client.post(f"/messages/{one}/open", status=303)
    assert opened.location.endswith("/standing")
    assert "有 1 条未读" in client.get("/messages", status=200).text
    client.post("/messages/read", status=303)
    assert "条未读" not in client.get("/messages", status=200).text


def test_a_message_is_neither_shown_nor_counted_before_its_time(app, sign_in, leave, clock):
    hidden = leave("陈晓", "学时已认定", visible_at=NOW + timedelta(seconds=10))
    client = sign_in("陈晓")
    assert "还没有消息" in client.get("/messages", status=200).text
    client.post(f"/messages/{hidden}/open", status=404)
    clock.instant = NOW + timedelta(seconds=10)
    assert "有 1 条未读" in client.get("/messages", status=200).text


def test_nobody_reads_the_messages_of_another(sign_in, leave):
    one = leave("陈晓", "学时已认定")
    client = sign_in("刘洋")
    assert "学时已认定" not in client.get("/messages", status=200).text
    client.post(f"/messages/{one}/open", status=404)


def test_what_nobody_could_see_yet_can_be_taken_back(app, sign_in, leave, people):
    claim = people["陈晓"].uuid
    leave("陈晓", "学时已认定", about=claim, visible_at=NOW + timedelta(seconds=10))
    leave("陈晓", "早先的消息", about=claim)
    with app.app_context(), write_tx() as session:
        messages.take_back(session, claim, "told", now=NOW + timedelta(seconds=9))
        assert session.scalars(select(Message.title)).all() == ["早先的消息"]


def test_older_messages_are_a_page_further(sign_in, leave):
    for number in range(31):
        leave("陈晓", f"第{number}条")
    client = sign_in("陈晓")
    first = client.get("/messages", status=200)
    assert "第1条" in first.text
    assert "第0条" not in first.text
    link = first.text.split('rel="next" href="')[1].split('"')[0]
    assert "第0条" in client.get(link, status=200).text
