"""What every template may use: filters for hours and dates, the menu of the hat, addresses of assets."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_login import current_user
from werkzeug.local import LocalProxy

from portal.clock import SHANGHAI
from portal.markdown import to_html
from portal.queries.menu import waiting
from portal.queries.review import COUNTED
from portal.rules.access import Actor
from portal.rules.amounts import show_hours
from portal.rules.explain import sentence
from portal.rules.vocabulary import (
    Approval,
    Category,
    Departure,
    Evidence,
    Hat,
    NoticeKind,
    NoticeState,
    RequestKind,
    Status,
    Subject,
)

# the more telling first: most browsers name Chrome and Safari beside themselves
_BROWSERS = tuple(
    (re.compile(pattern + r"/(\d+)"), word)
    for pattern, word in (
        ("MicroMessenger", "微信"),
        ("Edg", "Edge"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Version", "Safari"),
    )
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("HarmonyOS", "HarmonyOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Group:
    """Entries of the menu that open together under one word."""

    label: str
    entries: tuple[tuple[str, str], ...]


# hat: (endpoint, label) or a group of them; the first endpoint is where the hat lands
MENUS: dict[Hat, tuple[tuple[str, str] | Group, ...]] = {
    Hat.PERSON: (
        ("staff.standing", "年度完成情况"),
        ("staff.claims", "学时申报"),
        ("staff.certificates", "证书"),
        ("notices.board", "通知"),
        ("staff.rules", "认定规则"),
    ),
    Hat.UNIT: (
        ("admin.claims", "学时审核"),
        ("admin.people", "人员审核"),
        Group(
            "本单位",
            (
                ("admin.standing", "本单位情况"),
                ("admin.group_new", "名单申报"),
                ("admin.absence", "管理员与请假"),
                ("admin.provincial", "省平台录入"),
                ("admin.exports", "导出"),
            ),
        ),
        ("notices.board", "通知"),
        ("staff.rules", "认定规则"),
    ),
    Hat.HR: (
        ("hr.home", "总览"),
        Group("审核", (("admin.claims", "学时审核"), ("admin.people", "人员审核"))),
        Group("人员与单位", (("hr.people", "人员"), ("hr.units", "单位"), ("hr.roles", "角色"))),
        Group(
            "年度工作",
            (
                ("hr.years", "年度日程"),
                ("hr.course_imports", "课程导入"),
                ("hr.obligations", "学时要求"),
                ("hr.policy", "认定规则"),
                ("hr.presets", "退回原因"),
                ("hr.notices", "通知与方案"),
            ),
        ),
        Group(
            "证书与数据",
            (
                ("hr.certificates", "证书"),
                ("hr.revocations", "撤销学时"),
                ("admin.provincial", "省平台录入"),
                ("hr.provincial", "省平台核对"),
                ("hr.exports", "导出"),
                ("jobs.everybody", "后台任务"),
                ("hr.tokens", "接口令牌"),
            ),
        ),
        ("hr.audit", "操作日志"),
    ),
    Hat.AUDIT: (("hr.audit", "操作日志"), ("notices.board", "通知")),
}


def register(app: Flask) -> None:
    """Attach filters and globals; autoescape for every template, whatever its name."""
    app.jinja_env.autoescape = True
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        hours=show_hours,
        day=day,
        stamp=stamp,
        md=month_day,
        waited=waited,
        markdown=to_html,
        browser=browser,
        counted=counted,
    )
    app.jinja_env.globals.update(
        asset=asset,
        sentence=sentence,
        Status=Status,
        Category=Category,
        Subject=Subject,
        Evidence=Evidence,
        Approval=Approval,
        Departure=Departure,
        Hat=Hat,
        NoticeKind=NoticeKind,
        NoticeState=NoticeState,
        RequestKind=RequestKind,
    )
    app.context_processor(_context)


def day(value: date | None) -> str:
    """2025-07-01, or a dash."""
    return value.isoformat() if value else "—"


def month_day(value: date) -> str:
    """7月1日."""
    return f"{value.month}月{value.day}日"


def stamp(value: datetime | None) -> str:
    """2025-12-01 08:00 in Shanghai, or a dash."""
    return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if value else "—"


def counted(count: int) -> str:
    """A number of what waits, or 1000+ where nobody counted on."""
    return f"{COUNTED}+" if count > COUNTED else str(count)


def waited(since: datetime, now: datetime) -> str:
    """How long something has waited: 今天, or whole calendar days."""
    days = (now.astimezone(SHANGHAI).date() - since.astimezone(SHANGHAI).date()).days
    return "今天" if days <= 0 else f"{days} 天"


def browser(agent: str | None) -> str:
    """Chrome 131 · Windows, from what a browser says of itself; 未知浏览器 when it says nothing known."""
    kind = next(
        ((word, found) for pattern, word in _BROWSERS if (found := pattern.search(agent or ""))), None
    )
    system = next((word for sign, word in _SYSTEMS if sign in (agent or "")), "")
    name = f"{kind[0]} {kind[1][1]}" if kind else "未知浏览器"
    return f"{name} · {system}" if system else name


def asset(path: str) -> str:
    """Address of a static file that changes with its content, so that browsers may keep it for a year."""
    return _address(str(current_app.static_folder), request.script_root, path)


@lru_cache(maxsize=256)  # a page asks for a dozen
def _address(folder: str, _script_root: str, path: str) -> str:
    version = hashlib.sha256((Path(folder) / path).read_bytes()).hexdigest()[:10]
    return url_for("static", filename=path, v=version)


def _context() -> dict[str, Any]:
    clock = current_app.extensions["portal.clock"]
    settings = current_app.extensions["portal.settings"]
    found = current_user.who if current_user and current_user.is_authenticated else None
    hat = found.actor.hat if found else None
    # pages draw these, fragments do not
    counts = cache(lambda: waiting(found.actor, clock.today(), clock.now()) if found else {})
    return {
        "me": found.actor if found else None,
        "hat": hat,
        "hats": found.actor.hats if found else (),
        "menu": LocalProxy(cache(lambda: _menu(found and found.actor, counts()))),
        "unread_messages": lambda: counts().get("messages.inbox", 0),
        "school": settings.school,
        "now": clock.now(),
        "clock_banner": f"演示环境，当前时间 {stamp(clock.now())}" if clock.shifted else None,
    }


def _menu(actor: Actor | None, counts: dict[str, int]) -> list[dict[str, Any]]:
    if actor is None:
        return []
    menu = []
    for entry in MENUS[actor.hat]:
        if isinstance(entry, Group):
            items = [_entry(endpoint, label, counts) for endpoint, label in entry.entries]
            shown = {"active": any(item["active"] for item in items), "items": items}
            menu.append({"label": entry.label, "count": sum(item["count"] for item in items), **shown})
        else:
            menu.append(_entry(*entry, counts))
    return menu


def _entry(endpoint: str, label: str, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "label": label,
        "endpoint": endpoint,
        "url": url_for(endpoint),
        "active": (request.endpoint or "").startswith(endpoint),
        "count": counts.get(endpoint, 0),
    }
