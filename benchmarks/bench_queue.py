"""Pages of the queue and many decisions: `bench_queue.py [claims ...]`.

On SQLite, or the empty database PORTAL_BENCH_DATABASE_URL names. Of a queue of so many claims the first and a
deep page (at most the 400th), filters, searches, HR's views and the number in the menu, each through what the
page calls; then five hundred claims decided by a job, as the page orders it, and one by one. JSON lines.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import long_queue
from flask import Flask
from long_queue import NOW, TODAY, School
from sqlalchemy import select

from portal import create_app, jobs, lifecycle
from portal.config import Settings
from portal.extensions import db
from portal.models import Claim
from portal.queries import menu, review_queue
from portal.queries.review_filters import Filters
from portal.queries.review_queue import PAGE
from portal.rules.access import Actor
from portal.rules.policy import shipped
from portal.rules.vocabulary import Category
from portal.services import review_batches, reviews
from portal.services.review_batches import Chosen, Order

DECIDED, DEEP = 500, 400


def timed(deed: Callable[[], object]) -> float:
    """Milliseconds, the median of seven."""
    taken = []
    for _ in range(7):
        start = time.perf_counter()
        deed()
        taken.append((time.perf_counter() - start) * 1000)
        db.session.remove()
    return round(statistics.median(taken), 1)


def page(actor: Actor, filters: Filters) -> review_queue.Page:
    """What the page of these filters reads."""
    return review_queue.queue(actor, filters, shipped(), today=TODAY, most=review_batches.MOST + 1)


def pages(school: School, count: int) -> None:
    """Print the cost of each way of looking at the queue."""
    deep = min(DEEP, count // PAGE // 2)  # four in five wait in the admin's unit
    key = db.session.execute(
        select(Claim.submitted_at, Claim.id)
        .where(Claim.unit_id == school.admin.unit_id, Claim.status == "pending")
        .order_by(Claim.submitted_at, Claim.id)
        .offset((deep - 1) * PAGE - 1)
        .limit(1)
    ).one()
    db.session.remove()
    looks = {
        "first page": (school.admin, Filters()),
        f"page {deep}": (school.admin, Filters(after=(key[0], key[1]))),
        "rare category": (school.admin, Filters(category=Category.ACHIEVEMENT)),
        "pinyin": (school.admin, Filters(search="chen")),
        "工号": (school.admin, Filters(search="20000124")),
        "title": (school.admin, Filters(search="护理")),
        "nothing found": (school.admin, Filters(search="没有这样的")),
        "HR, needed": (school.officer, Filters()),
        "HR, school": (school.officer, Filters(everywhere=True)),
        "HR, school, title": (school.officer, Filters(everywhere=True, search="护理")),
    }
    told: dict[str, object] = {"claims": count}
    for name, (actor, filters) in looks.items():
        told[f"{name} ms"] = timed(lambda actor=actor, filters=filters: page(actor, filters))  # type: ignore[misc]
    told["menu ms"] = timed(lambda: menu.waiting(school.admin, TODAY, NOW))
    told["HR menu ms"] = timed(lambda: menu.waiting(school.officer, TODAY, NOW))
    print(json.dumps(told, ensure_ascii=False), flush=True)


def decisions(app: Flask, school: School, action: str) -> None:
    """Print the cost of deciding claims by a job and one by one."""
    actor = school.admin
    found = db.session.execute(
        select(Claim.uuid, Claim.version)
        .where(Claim.unit_id == actor.unit_id, Claim.status == "pending", Claim.person_id != actor.person_id)
        .order_by(Claim.submitted_at, Claim.id)
        .limit(2 * DECIDED)
    ).all()
    db.session.remove()
    reason = "材料不清晰。" if action == "return" else ""
    order = Order(action, reason, tuple(Chosen(row.uuid, row.version) for row in found[: len(found) // 2]))
    start = time.perf_counter()
    review_batches.enqueue(actor, order, now=NOW, today=TODAY)
    jobs.run_all(app)
    together = time.perf_counter() - start
    rest = found[len(found) // 2 :]
    start = time.perf_counter()
    for row in rest:
        given = {"reason": reason, "version": row.version, "now": NOW, "today": TODAY}
        if action == "approve":
            reviews.approve(actor, row.uuid, quarters=None, subject="", policies=shipped(), **given)
        else:
            reviews.send_back(actor, row.uuid, **given)
        db.session.remove()
    alone = time.perf_counter() - start
    told = {"action": action, "decisions": len(rest)}
    told |= {"by a job ms": round(together * 1000), "singly ms": round(alone * 1000)}
    print(json.dumps(told | {"ratio": round(together / alone, 2)}), flush=True)


def main() -> None:
    """Measure each size on one database, the smaller first."""
    address = os.environ.get("PORTAL_BENCH_DATABASE_URL", "")
    with tempfile.TemporaryDirectory() as folder:
        given = Settings(instance=Path(folder), database_url=address, testing=True, today="2025-12-01")
        app = create_app(given)
        with app.app_context():
            lifecycle.migrate_now()
            school, held = long_queue.settle(), 0
            for count in sorted(int(text) for text in sys.argv[1:] or ("1000", "100000", "1000000")):
                long_queue.fill(school, held, count)
                held = count
                pages(school, count)
            for action in ("return", "approve"):
                decisions(app, school, action)
            db.session.remove()
            db.engine.dispose()


if __name__ == "__main__":
    main()
