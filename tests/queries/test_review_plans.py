"""How the databases go about the queue: every filter leads to its claims through an index of its own."""

from __future__ import annotations

import re
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import event

from portal.database import write_tx
from portal.extensions import db
from portal.queries import menu, review_queue
from portal.queries.review import COUNTED
from portal.queries.review_filters import SEARCHED, Filters
from portal.rules.policy import shipped
from portal.rules.vocabulary import Category, Status

TODAY = date(2025, 12, 1)
UNIT = "ix_claims_status_unit_id_submitted_at_id"
SCHOOL = "ix_claims_status_submitted_at_id"
CATEGORY_OF_UNIT = "ix_claims_category_unit_id_status_submitted_at_id"
CATEGORY = "ix_claims_category_status_submitted_at_id"
GROUP = "ix_claims_list_uuid"
THEIRS = "ix_claims_person_id_status_submitted_at_id"
FILED = "ix_claims_filed_by_id_unit_id_status_submitted_at_id"
SOME = UUID(int=7)
SCHOOL_OF_MANY = (  # thirty units, and the claims spread over a thousand people
    "INSERT INTO units (uuid, code, name)"
    " SELECT gen_random_uuid(), 'M' || n, 'M' || n FROM generate_series(1, 30) n",
    "INSERT INTO people (uuid, username, name, search_key, unit_id, department, title_series, title, phone,"
    " created_at) SELECT gen_random_uuid(), 'M' || n, 'M', 'm',"
    " (SELECT max(id) FROM units) - mod(n, 30), '', '', '', '', now() FROM generate_series(1, 1000) n",
    "UPDATE claims SET person_id = p.id, unit_id = p.unit_id FROM people p"
    " WHERE p.username = 'M' || mod(claims.id, 1000) + 1 AND mod(claims.id, 7) > 0",
    "ANALYZE",
)
EVERYWHERE = {"everywhere": True}

CASES = {
    "unit": ("李静", {}, {UNIT}),
    "unit, newest first": ("李静", {"newest": True}, {UNIT}),
    "unit, decided": ("李静", {"status": Status.APPROVED}, {UNIT}),
    "unit, category": ("李静", {"category": Category.TRAINING}, {UNIT, CATEGORY_OF_UNIT}),
    "unit, waited": ("李静", {"waited": 7}, {UNIT}),
    "unit, list": ("李静", {"group": SOME}, {UNIT, GROUP}),
    "school, list": ("周敏", {**EVERYWHERE, "group": SOME}, {UNIT, THEIRS, FILED, GROUP}),
    "unit, search": ("李静", {"search": "chen"}, {UNIT, THEIRS}),
    "unit, search in a category": (
        *("李静", {"search": "chen", "category": Category.TRAINING}),
        {UNIT, CATEGORY_OF_UNIT, THEIRS},
    ),
    "needed": ("周敏", {}, {UNIT, THEIRS, FILED}),
    "needed, category": ("周敏", {"category": Category.TRAINING}, {UNIT, CATEGORY_OF_UNIT, THEIRS, FILED}),
    "needed, search": ("周敏", {"search": "chen"}, {UNIT, THEIRS, FILED}),
    "school": ("周敏", EVERYWHERE, {SCHOOL, UNIT, THEIRS, FILED}),
    "school, decided": ("周敏", {"status": Status.RETURNED}, {SCHOOL, UNIT, THEIRS, FILED}),
    "school, category": (
        *("周敏", {**EVERYWHERE, "category": Category.TRAINING}),
        {CATEGORY, UNIT, THEIRS, FILED},
    ),
    "school, unit": ("周敏", {**EVERYWHERE, "unit": SOME}, {UNIT, THEIRS, FILED}),
    "school, unit and category": (
        *("周敏", {**EVERYWHERE, "unit": SOME, "category": Category.TRAINING}),
        {CATEGORY_OF_UNIT, UNIT, THEIRS, FILED},
    ),
    "school, search": ("周敏", {**EVERYWHERE, "search": "chen"}, {SCHOOL, UNIT, THEIRS, FILED}),
}


@pytest.fixture
def first_statement(app):
    """`first_statement(deed)`: the first one the deed reads with, and its values."""

    def caught(deed):
        sent = []
        with app.app_context():
            db.session.remove()
            event.listen(db.engine, "before_cursor_execute", lambda *given: sent.append(given[2:4]))
            deed()
            db.session.remove()
        return next(one for one in sent if one[0].startswith(("SELECT", "WITH")))

    return caught


@pytest.fixture
def reads(people, clock, first_statement):
    """Every way of looking at the queue: its name, the indexes it is meant to use, statement and values."""

    def page(name: str, filters: Filters) -> None:
        review_queue.queue(people.actor(name), filters, shipped(), today=TODAY, most=501)

    found = {
        case: (wanted, *first_statement(lambda name=name, given=given: page(name, Filters(**given))))
        for case, (name, given, wanted) in CASES.items()
    }
    for name, wanted in (("李静", {UNIT}), ("周敏", {UNIT, THEIRS, FILED})):
        actor = people.actor(name)
        menu_of = first_statement(lambda actor=actor: menu.waiting(actor, TODAY, clock.now()))
        found[f"menu of {name}"] = (wanted, *menu_of)
    return found


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_every_filter_has_its_index(app, reads):
    with app.app_context(), db.engine.connect() as connection:
        for case, (wanted, statement, values) in reads.items():
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            plan = [row[3] for row in rows if re.search(r"\bclaims(_\d+)?\b", row[3])]
            used = {word for line in plan for word in line.split() if word.startswith("ix_claims_")}
            others = [line for line in plan if "ix_claims_" not in line and "PRIMARY KEY" not in line]
            assert (used, others) == (wanted, []), f"{case}:\n" + "\n".join(plan)


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_no_read_looks_at_more_rows_than_it_may(app, reads, fill):
    """PostgreSQL chooses by what the table holds, so here it holds a school."""
    fill(20_000)
    with app.app_context(), write_tx() as session:
        for statement in SCHOOL_OF_MANY:
            session.connection().exec_driver_sql(statement)
    with app.app_context(), db.engine.connect() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # twenty thousand are still quickly read
        for case, (wanted, statement, values) in reads.items():
            if FILED in wanted:  # so few claims are quickest read whole to find those of the admins
                continue
            explained = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
            looked = {
                f"{node['Node Type']} {node.get('Index Name', '')}": _rows(node)
                for node in _nodes(explained.scalar_one()[0]["Plan"])
                if node.get("Relation Name") == "claims"
            }
            most = SEARCHED + 1 if "search" in case else COUNTED + 1
            assert max(looked.values()) <= most, f"{case}: {looked}"


def _nodes(plan):
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


def _rows(node) -> int:
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return (node["Actual Rows"] + removed) * node["Actual Loops"]
