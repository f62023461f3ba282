"""Sends messages on by e-mail: what became visible and was not yet sent, in batches, a few times at most."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Select, select, update

from portal.database import write_tx
from portal.extensions import db
from portal.models import Message, Person
from portal.rules.access import Actor
from portal.rules.mail import address_problem
from portal.rules.refusals import RuleBroken
from portal.services import events
from portal.services.jobs import Later, Task

BATCH = 50  # over one connection
MOST_TRIES = 5
OLDEST = timedelta(days=3)  # somebody who gives an address gets no mail about last month
DELAYS = (60, 300, 900, 3600)  # seconds before the second try, the third, ...
TIMEOUT = 20.0  # seconds for each answer of the mail server
DOWN = "邮件服务器没有应答或拒绝了连接，稍后重试。"
SOME = "有 {} 封邮件被暂时拒收，稍后重试。"
_LOG = logging.getLogger("portal.mail")


@dataclass(frozen=True, slots=True)
class Relay:
    """The server that takes mail, and who it is from. `base_url` is all that links may begin with."""

    host: str
    port: int
    sender: str
    base_url: str
    school: str
    starttls: bool = True
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """The host this portal calls itself by."""
        return urlsplit(self.base_url).hostname or "localhost"


def set_address(actor: Actor, address: str, *, now: datetime) -> None:
    """Keep the actor's address, or none for "". Raises RuleBroken for what is no address."""
    told = address_problem(address) if address else ""
    if told:
        raise RuleBroken("邮箱没有保存。", {"email": [told]})
    with write_tx() as session:
        session.execute(update(Person).where(Person.id == actor.person_id).values(email=address or None))
        events.record(
            session, actor, "email-changed", "person", actor.person_uuid, now=now, given=bool(address)
        )


def waits(now: datetime) -> bool:
    """Whether anything is to be sent."""
    return db.session.execute(_due(now, ()).limit(1)).first() is not None


def send(task: Task, relay: Relay) -> None:
    """Send everything that is due. A process killed between sending and noting it sends that one again.

    Raises Later while the server does not answer, or for those it would not take now.
    """
    sent, put_off = 0, set[int]()
    while waiting := db.session.execute(_due(task.now(), put_off).limit(BATCH)).all():
        db.session.remove()
        left = [row.id for row in waiting]
        try:
            with _connected(relay) as server:
                for row in waiting:
                    _try(task, row.id, sent)
                    left.remove(row.id)
                    if not _sent(server, compose(row, relay, task.now()), relay.sender, row.email):
                        put_off.add(row.id)
                        continue
                    sent += 1
                    _note(row.id, task.now())
        except (OSError, smtplib.SMTPException) as fault:
            _LOG.warning("the mail server failed: %s", type(fault).__name__)
            _count(left)
            _again(task, sent, DOWN)
    task.finish({"sentence": f"已发送 {sent} 封邮件。"})
    if put_off:
        _again(task, sent, SOME.format(len(put_off)))


def compose(row: Any, relay: Relay, now: datetime) -> EmailMessage:
    """The mail of one message: plain text, one link at most, which leads to this portal."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = " ".join(row.title.split())
    mail["From"] = formataddr((f"{relay.school}继续教育学时", relay.sender))
    mail["To"] = row.email
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{row.uuid}@{relay.name}>"  # the same at every try, so that doubles are seen
    mail["Auto-Submitted"] = "auto-generated"
    inside = row.link.startswith("/") and not row.link.startswith(("//", "/\\"))
    lines = [
        f"{row.name}：",
        "",
        row.title,
        *row.body.splitlines(),
        "",
        f"查看：{relay.base_url}{row.link if inside else '/messages'}",
        "",
        f"本邮件由{relay.school}继续教育学时平台自动发送，请勿回复。不再接收的，请在平台“账号”页清除邮箱。",
    ]
    mail.set_content("\n".join(lines), charset="utf-8", cte="base64")
    return mail


def _due(now: datetime, but: Collection[int]) -> Select[*tuple[Any, ...]]:
    """Unread messages to somebody with an address; what was read in the portal needs no mail."""
    columns = (Message.id, Message.uuid, Message.title, Message.body, Message.link, Person.name, Person.email)
    return (
        select(*columns)
        .join(Person, Person.id == Message.person_id)
        .where(
            Message.visible_at <= now,
            Message.visible_at > now - OLDEST,
            Message.mailed_at.is_(None),
            Message.mail_tries < MOST_TRIES,
            Message.read_at.is_(None),
            Message.id.not_in(but),
            Person.email.is_not(None),
            Person.disabled_at.is_(None),
        )
        .order_by(Message.id)
    )


@contextmanager
def _connected(relay: Relay) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP(relay.host, relay.port, local_hostname=relay.name, timeout=TIMEOUT) as server:
        if relay.starttls:
            server.starttls(context=ssl.create_default_context())
        if relay.user:
            server.login(relay.user, relay.password)
        yield server


def _sent(server: smtplib.SMTP, mail: EmailMessage, sender: str, address: str) -> bool:
    """Whether the server took it. Raises SMTPException when it is the server or the sender, not this mail."""
    try:
        server.send_message(mail, sender, [address])
    except smtplib.SMTPRecipientsRefused as refused:
        _LOG.warning("a recipient was refused: %s", [code for code, _ in refused.recipients.values()])
        return False
    except smtplib.SMTPDataError as refused:
        _LOG.warning("a mail was refused: %s", refused.smtp_code)
        return False
    return True


def _try(task: Task, message_id: int, done: int) -> None:
    """Count the try before it is made, and make sure that the job is still ours."""
    with write_tx() as session:
        task.advance(session, done)
        session.execute(
            update(Message).where(Message.id == message_id).values(mail_tries=Message.mail_tries + 1)
        )


def _note(message_id: int, now: datetime) -> None:
    with write_tx() as session:
        session.execute(update(Message).where(Message.id == message_id).values(mailed_at=now))


def _count(ids: Sequence[int]) -> None:
    """One more try for each of those that were never handed over."""
    with write_tx() as session:
        session.execute(update(Message).where(Message.id.in_(ids)).values(mail_tries=Message.mail_tries + 1))


def _again(task: Task, done: int, problem: str) -> None:
    failures = int(task.checkpoint.get("failures", 0))
    task.beat(done, checkpoint={"failures": failures + 1})
    raise Later(DELAYS[min(failures, len(DELAYS) - 1)], problem)
