"""What the portal does unasked: once a day what every day needs, and mail as soon as there is some.

The runner calls `queue_due` every few seconds; what there is to do becomes a job like any other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.clock import shanghai_date
from portal.config import Settings
from portal.database import tend, write_tx
from portal.extensions import db
from portal.models import Job
from portal.services import audit_heads, deadlines, jobs, mail, upkeep
from portal.services.course_jobs import FOLDER
from portal.services.jobs import Cancelled, Later, LeaseLost, Stopped, Task

TRASH_KEPT = timedelta(days=30)
AGAIN = 1800.0  # seconds before what failed is tried once more
_MAIL = uuid5(NAMESPACE_URL, "portal:mail")  # one job for all mail: nothing is sent by two at a time
_LOG = logging.getLogger("portal.jobs")


def queue_due(app: Flask) -> None:
    """Queue today's work unless it is there, and the mail when any waits. Two runners do it once."""
    now = app.extensions["portal.clock"].now()
    with app.app_context():
        try:
            _queue_day(now)
            if relay(app.extensions["portal.settings"]) and mail.waits(now):
                db.session.remove()
                with write_tx() as session:
                    jobs.enqueue_again(session, _MAIL, "mail", title="发送邮件通知", now=now)
        except IntegrityError:
            _LOG.info("another runner has queued it")
        finally:
            db.session.remove()


def relay(settings: Settings) -> mail.Relay | None:
    """The mail server of the settings; None sends nothing."""
    if not settings.smtp_host:
        return None
    return mail.Relay(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.smtp_from,
        base_url=settings.base_url,
        school=settings.school,
        starttls=settings.smtp_starttls,
        user=settings.smtp_user,
        password=settings.smtp_password,
    )


def send_mail(task: Task) -> None:
    """Job "mail"."""
    server = relay(current_app.extensions["portal.settings"])
    if server is not None:
        mail.send(task, server)


def run(task: Task) -> None:
    """Job "daily". Each part may run again: none does its work twice. One that fails keeps no other back."""
    told, failed = [], []
    parts = _parts(task.now())
    for done, (name, part) in enumerate(parts.items(), 1):
        try:
            count = part()
        except (Cancelled, LeaseLost, Stopped):
            raise
        except Exception:
            _LOG.exception("daily work: %s failed", name)
            failed.append(name)
        else:
            told.append(f"{name} {count}")
        finally:
            db.session.rollback()
        task.beat(done, len(parts))
    task.finish({"sentence": "；".join(told) + "。"})
    if failed:
        raise Later(AGAIN, f"没有完成：{'、'.join(failed)}。稍后重试。")


def _parts(now: datetime) -> dict[str, Callable[[], int]]:
    settings: Settings = current_app.extensions["portal.settings"]
    policies, store = current_app.extensions["portal.policies"], current_app.extensions["portal.store"]
    return {
        "日志校验值": lambda: int(audit_heads.append(settings.heads_file, now=now) is not None),
        "截止提醒": lambda: deadlines.tell_short(policies, now=now, today=shanghai_date(now)),
        "清理已删除材料": lambda: store.sweep(now - TRASH_KEPT),
        "清理任务文件": lambda: upkeep.drop_results(settings.instance / "jobs", now=now),
        "清理未确认的导入": lambda: upkeep.drop_previews(settings.instance / FOLDER, now=now),
        "整理数据库": lambda: tend(db.engine),
    }


def _queue_day(now: datetime) -> None:
    today = shanghai_date(now)
    uuid = uuid5(NAMESPACE_URL, f"portal:daily:{today}")
    if db.session.scalar(select(Job.id).where(Job.uuid == uuid)) is None:
        db.session.remove()
        with write_tx() as session:
            jobs.enqueue(session, None, "daily", {}, title=f"{today} 日常维护", now=now, uuid=uuid)
