"""Pages of the queue and many decisions: `bench_queue.py [claims ...]`.

On SQLite, or the empty database PORTAL_BENCH_DATABASE_URL names. The first and the last page (at most the
400th) of a queue of so many claims, each through what the page calls; then fifty claims decided in one order
against the same number one by one. JSON lines.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import insert, select

from portal import create_app, lifecycle
from portal.config import Settings
from portal.database import write_tx
from portal.extensions import db
from portal.models import Claim, Grant, Person, Unit
from portal.queries import review_queue
from portal.queries.review_queue import PAGE, Filters
from portal.rules.access import Actor
from portal.rules.policy import shipped
from portal.rules.vocabulary import Hat, Role
from portal.services import review_batches, reviews
from portal.services.review_batches import Chosen, Order

NOW, TODAY = datetime(2025, 12, 1, tzinfo=UTC), date(2025, 12, 1)
PEOPLE, DECIDED, DEEP = 20_000, 50, 400


def people() -> Actor:
    """One unit with its admin and the people who file."""
    with write_tx() as session:
        unit = Unit(code=f"B{uuid4().hex[:6]}".upper(), name=f"测量{uuid4().hex[:8]}")
        session.add(unit)
        session.flush()
        rows = [
            {
                "uuid": uuid4(),
                "username": uuid4().hex[:12],
                "name": "陈晓",
                "search_key": "chenxiao",
                "unit_id": unit.id,
                "department": "",
                "created_at": NOW,
            }
            for _ in range(PEOPLE + 1)
        ]
        session.execute(insert(Person), rows)
        admin = session.scalars(select(Person).where(Person.uuid == rows[0]["uuid"])).one()
        grant = Grant(person_id=admin.id, role=Role.UNIT_ADMIN.value, unit_id=unit.id)
        grant.valid_from = date(2024, 1, 1)
        session.add(grant)
        return Actor(
            person_id=admin.id,
            person_uuid=admin.uuid,
            username=admin.username,
            name=admin.name,
            unit_id=unit.id,
            unit_name=unit.name,
            hat=Hat.UNIT,
            hats=(Hat.UNIT,),
            acts_for=unit.id,
            acts_for_name=unit.name,
            address="",
        )


def fill(actor: Actor, first: int, last: int) -> None:
    """Waiting publications number `first` to `last`, a minute apart."""
    owners = db.session.scalars(
        select(Person.id).where(Person.unit_id == actor.unit_id, Person.id != actor.person_id)
    ).all()
    db.session.remove()
    for start in range(first, last, 5000):
        rows = [
            {
                "uuid": uuid4(),
                "person_id": owners[n % len(owners)],
                "unit_id": actor.unit_id,
                "category": "publication",
                "kind": "学术论文",
                "subject": "professional",
                "title": f"论文{n}",
                "work_on": date(2025, 5, 1),
                "quarters": 40,
                "year_from": 2025,
                "year_to": 2025,
                "status": "pending",
                "created_at": NOW,
                "updated_at": NOW,
                "submitted_at": NOW - timedelta(minutes=n + 1),
            }
            for n in range(start, min(start + 5000, last))
        ]
        with write_tx() as session:
            session.execute(insert(Claim), rows)


def timed(deed: Callable[[], object]) -> float:
    """Milliseconds, the median of seven."""
    taken = []
    for _ in range(7):
        start = time.perf_counter()
        deed()
        taken.append((time.perf_counter() - start) * 1000)
        db.session.remove()
    return round(statistics.median(taken), 1)


def page(actor: Actor, after: tuple[datetime, int] | None) -> review_queue.Page:
    """The page after a key."""
    filters = Filters(after=after)
    return review_queue.queue(actor, filters, shipped(), today=TODAY, most=review_batches.MOST + 1)


def pages(actor: Actor, count: int) -> None:
    """Print the cost of the first page and of a deep one."""
    deep = min(DEEP, count // PAGE)
    key = db.session.execute(
        select(Claim.submitted_at, Claim.id)
        .where(Claim.unit_id == actor.unit_id, Claim.status == "pending")
        .order_by(Claim.submitted_at, Claim.id)
        .offset((deep - 1) * PAGE - 1)
        .limit(1)
    ).one()
    first, last = timed(lambda: page(actor, None)), timed(lambda: page(actor, (key[0], key[1])))
    print(json.dumps({"claims": count, "first page ms": first, f"page {deep} ms": last}), flush=True)


def decisions(actor: Actor) -> None:
    """Print the cost of returning claims in one order and one by one."""
    found = db.session.execute(
        select(Claim.uuid, Claim.version).where(Claim.unit_id == actor.unit_id).limit(2 * DECIDED)
    ).all()
    db.session.remove()
    start = time.perf_counter()
    chosen = tuple(Chosen(row.uuid, row.version) for row in found[:DECIDED])
    order = Order("return", "材料不清晰。", chosen)
    review_batches.decide(actor, order, policies=shipped(), now=NOW, today=TODAY)
    together = time.perf_counter() - start
    start = time.perf_counter()
    for row in found[DECIDED:]:
        reviews.send_back(actor, row.uuid, reason="材料不清晰。", version=row.version, now=NOW, today=TODAY)
        db.session.remove()
    alone = time.perf_counter() - start
    told = {"decisions": DECIDED, "one order ms": round(together * 1000), "singly ms": round(alone * 1000)}
    print(json.dumps(told | {"ratio": round(together / alone, 2)}), flush=True)


def main() -> None:
    """Measure each size on one database, the smaller first."""
    address = os.environ.get("PORTAL_BENCH_DATABASE_URL", "")
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(instance=Path(folder), database_url=address, testing=True))
        with app.app_context():
            lifecycle.migrate_now()
            actor, held = people(), 0
            for count in sorted(int(text) for text in sys.argv[1:] or ("1000", "100000")):
                fill(actor, held, count)
                held = count
                pages(actor, count)
            decisions(actor)
            db.session.remove()
            db.engine.dispose()


if __name__ == "__main__":
    main()
