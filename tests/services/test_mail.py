"""Messages by e-mail: to whoever gave an address, once each, and nothing waits for a mail server."""

from __future__ import annotations

import email
import socket
from collections.abc import Iterator
from datetime import date, timedelta
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from campus import NOW
from flask import Flask
from sqlalchemy import select

from portal import daily, jobs
from portal.config import BadSettings, load_settings
from portal.database import write_tx
from portal.extensions import db
from portal.models import Job, Message, YearCalendar
from portal.services import mail, messages
from portal.services.messages import tell

ADDRESS = "chenxiao@sdsmu.edu.cn"


class Postbox:
    """Takes mail, but not for the refused."""

    def __init__(self) -> None:
        self.got: list[tuple[list[str], Any]] = []
        self.refused: set[str] = set()

    async def handle_RCPT(self, _server, _session, envelope, address, _options) -> str:
        if address in self.refused:
            return "450 busy"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope) -> str:
        self.got.append((list(envelope.rcpt_tos), email.message_from_bytes(envelope.content, policy=default)))
        return "250 OK"


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    box = Postbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    box.port = server.port
    yield box
    server.stop()


@pytest.fixture
def configured(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`configured(port)`: the app mails through that port."""

    def use(port: int) -> None:
        told = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_starttls": False}
        told |= {"smtp_from": "portal@sdsmu.edu.cn", "base_url": "https://xueshi.sdsmu.edu.cn"}
        settings = app.extensions["portal.settings"].model_copy(update=told)
        monkeypatch.setitem(app.extensions, "portal.settings", settings)

    return use


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def deliver(app: Flask) -> None:
    daily.queue_due(app)
    jobs.run_all(app)


@pytest.fixture(autouse=True)
def no_deadline(app: Flask, people: Any) -> None:
    """The day's work has nothing to tell anybody."""
    last = date(2025, 6, 30)
    dates = {"open_until": last, "grace_until": last, "review_until": last}
    with app.app_context(), write_tx() as session:
        session.add(
            YearCalendar(year=2024, setter_id=people["周敏"].id, set_at=NOW, reason="年度安排", **dates)
        )


@pytest.fixture
def leave(app: Flask, people: Any) -> Any:
    def write(title: str = "申报已通过", **more: Any) -> None:
        with app.app_context(), write_tx() as session:
            tell(session, [people["陈晓"].id], "told", title=title, now=NOW, **more)

    return write


@pytest.fixture
def addressed(app: Flask, people: Any) -> None:
    with app.app_context():
        mail.set_address(people.actor("陈晓"), ADDRESS, now=NOW)


def state(app: Flask) -> tuple[bool, int, str]:
    """Of the last message: mailed, tries; and of the mail job: its state."""
    with app.app_context():
        found = db.session.execute(
            select(Message.mailed_at, Message.mail_tries).order_by(Message.id.desc())
        ).first()
        job = db.session.scalar(select(Job.state).where(Job.kind == "mail"))
        db.session.remove()
    return found.mailed_at is not None, found.mail_tries, job


def test_a_message_arrives_once_as_plain_chinese_text_with_a_link_home(
    app, addressed, leave, postbox, configured
):
    configured(postbox.port)
    leave("申报已通过：护理教学", body="核定 24 学时。", link="/claims?status=approved")
    deliver(app)
    deliver(app)
    ((to, got),) = postbox.got
    assert to == [ADDRESS]
    assert got["Subject"] == "申报已通过：护理教学"
    assert got.get_content_type() == "text/plain"
    text = got.get_content()
    assert "陈晓：" in text
    assert "核定 24 学时。" in text
    assert "https://xueshi.sdsmu.edu.cn/claims?status=approved" in text
    assert state(app) == (True, 1, "done")


@pytest.mark.parametrize("link", ["https://evil.example/", "//evil.example/x", "/\\evil.example", ""])
def test_no_link_leads_elsewhere(app, addressed, leave, postbox, configured, link):
    configured(postbox.port)
    leave(link=link)
    deliver(app)
    text = postbox.got[0][1].get_content()
    assert "evil" not in text
    assert "https://xueshi.sdsmu.edu.cn/messages" in text


def test_a_title_cannot_add_headers(app, addressed, leave, postbox, configured):
    configured(postbox.port)
    leave("通过\r\nBcc: all@example.org\r\n\r\n<b>")
    deliver(app)
    ((to, got),) = postbox.got
    assert (to, got["Bcc"]) == ([ADDRESS], None)
    assert got["Subject"] == "通过 Bcc: all@example.org <b>"


def test_nothing_is_mailed_before_its_time_nor_what_was_taken_back(
    app, addressed, leave, postbox, configured, people, clock
):
    configured(postbox.port)
    soon = NOW + timedelta(seconds=10)
    leave("撤销的决定", about=people["刘洋"].uuid, visible_at=soon)
    leave("作数的决定", about=people["陈晓"].uuid, visible_at=soon)
    deliver(app)
    assert postbox.got == []
    with app.app_context(), write_tx() as session:
        messages.take_back(session, people["刘洋"].uuid, "told", now=NOW)
    clock.instant = soon
    deliver(app)
    assert [got["Subject"] for _, got in postbox.got] == ["作数的决定"]


def test_without_a_server_or_an_address_nothing_is_queued(app, leave, people, postbox, configured):
    leave()
    daily.queue_due(app)
    assert state(app) == (False, 0, None)  # an address, no server
    configured(postbox.port)
    daily.queue_due(app)
    assert state(app) == (False, 0, None)  # a server, no address


def test_a_dead_server_is_tried_again_later_and_the_page_does_not_care(
    app, addressed, leave, configured, clock, sign_in, monkeypatch
):
    configured(free_port())
    leave("申报已通过")
    deliver(app)
    assert state(app) == (False, 1, "queued")
    assert "申报已通过" in sign_in("陈晓").get("/messages", status=200).text
    for seconds in mail.DELAYS[:2]:
        jobs.run_all(app)  # too early: nothing happens
        clock.instant += timedelta(seconds=seconds)
        jobs.run_all(app)
    assert state(app) == (False, 3, "queued")
    for seconds in (*mail.DELAYS[2:], 3600, 3600):
        clock.instant += timedelta(seconds=seconds)
        deliver(app)
    assert state(app)[:2] == (False, mail.MOST_TRIES)


def test_what_waited_for_the_server_is_sent_when_it_is_back(
    app, addressed, leave, postbox, configured, clock
):
    configured(free_port())
    leave()
    deliver(app)
    configured(postbox.port)
    clock.instant += timedelta(seconds=mail.DELAYS[0])
    deliver(app)
    assert len(postbox.got) == 1
    assert state(app) == (True, 2, "done")


def test_one_refused_recipient_keeps_nobody_else_back(
    app, addressed, leave, people, postbox, configured, clock
):
    configured(postbox.port)
    postbox.refused = {ADDRESS}
    with app.app_context():
        mail.set_address(people.actor("刘洋"), "liuyang@sdsmu.edu.cn", now=NOW)
    leave()
    with app.app_context(), write_tx() as session:
        tell(session, [people["刘洋"].id], "told", title="另一条", now=NOW)
    deliver(app)
    assert [to for to, _ in postbox.got] == [["liuyang@sdsmu.edu.cn"]]
    postbox.refused = set()
    clock.instant += timedelta(seconds=mail.DELAYS[0])
    deliver(app)
    assert [to for to, _ in postbox.got[1:]] == [[ADDRESS]]


def test_the_account_page_takes_an_address_and_lets_it_go(app, sign_in):
    client = sign_in("陈晓")
    client.post("/account/email", data={"email": f" {ADDRESS} "}, status=303)
    assert ADDRESS in client.get("/account", status=200).text
    client.post("/account/email", data={"email": ""}, status=303)
    assert ADDRESS not in client.get("/account", status=200).text


@pytest.mark.parametrize(
    "given",
    [
        "chenxiao",
        "a@b",
        "chen xiao@sdsmu.edu.cn",
        "a@sdsmu.edu.cn,b@sdsmu.edu.cn",
        "a@sdsmu.edu.cn\r\nBcc: b@sdsmu.edu.cn",
        "<a@sdsmu.edu.cn>",
        "陈晓@sdsmu.edu.cn",
        "a@-b.cn",
        "a" * 65 + "@sdsmu.edu.cn",
        "a@" + "b." * 70 + "cn",
        "a@sdsmu.edu.cn\n",
    ],
)
def test_what_is_no_address_is_refused_and_not_kept(sign_in, given):
    client = sign_in("陈晓")
    page = client.post("/account/email", data={"email": given}, status=422)
    assert "邮箱地址" in page.text
    assert 'name="email" value=""' in client.get("/account", status=200).text.replace("\n", " ") or (
        given not in client.get("/account", status=200).text
    )


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"smtp_host": "mail"}, "PORTAL_SMTP_FROM"),
        ({"smtp_host": "mail", "smtp_from": "portal"}, "PORTAL_SMTP_FROM"),
        (
            {"smtp_host": "mail", "smtp_from": ADDRESS, "smtp_user": "portal", "smtp_starttls": "0"},
            "PORTAL_SMTP_USER",
        ),
        ({"smtp_port": "0"}, "PORTAL_SMTP_PORT"),
    ],
)
def test_mail_settings_that_cannot_work_are_named(tmp_path, given, named):
    with pytest.raises(BadSettings, match=named):
        load_settings({"instance": tmp_path, **given})
