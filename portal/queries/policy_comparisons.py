"""Reads everybody's approved hours under two policies, and pages through what a finished trial left."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from portal.extensions import db
from portal.models import Job, Person, Unit
from portal.queries.ledger import ledgers
from portal.rules.access import Actor
from portal.rules.comparison import Trial, compare
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import Hat

KIND = "policy-trial"
AT_ONCE = 500  # people of one statement
PAGE = 50
LISTED = 10  # trials shown on the form's page
RESULT, SUMMARY, WORKBOOK = "differences.jsonl", "summary.json", "differences.xlsx"


def people() -> int:
    """How many there are to compare."""
    return db.session.scalar(select(func.count()).select_from(Person)) or 0


def compared(trial: Trial, after: int) -> tuple[list[dict[str, Any]], int, int]:
    """The next people past id `after` who would differ, the last id looked at, and how many were.

    Nobody is left when the count is 0. A row is plain data: who, `hours` per subject [before, after] in
    quarters, `met` [before, after] or None, `left_out`.
    """
    rows = db.session.execute(
        select(Person.id, Person.username, Person.name, Unit.name.label("unit"))
        .join(Unit, Unit.id == Person.unit_id)
        .where(Person.id > after)
        .order_by(Person.id)
        .limit(AT_ONCE)
    ).all()
    if not rows:
        return [], after, 0
    books = ledgers([row.id for row in rows], years=(trial.year, trial.year))
    found = []
    for row in rows:
        book = books.get(row.id)
        if book is None or not book.approved:
            continue  # zero under both
        difference = compare(trial, book.approved, book.obligations)
        if difference:
            found.append(
                {
                    "username": row.username,
                    "name": row.name,
                    "unit": row.unit,
                    "hours": {subject: list(pair) for subject, pair in difference.hours.items()},
                    "met": list(difference.met) if difference.met else None,
                    "left_out": difference.left_out,
                }
            )
    return found, rows[-1].id, len(rows)


def trials(actor: Actor) -> Sequence[Any]:
    """The latest trials, newest first. Raises NotFound for others than HR."""
    _hr(actor)
    return db.session.execute(
        select(Job.uuid, Job.title, Job.state, Job.created_at, Job.result, Person.name.label("owner"))
        .outerjoin(Person, Person.id == Job.owner_id)
        .where(Job.kind == KIND)
        .order_by(Job.id.desc())
        .limit(LISTED)
    ).all()


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a finished trial: its summary and people from `number` * PAGE on."""

    summary: dict[str, Any]
    rows: list[dict[str, Any]]
    number: int
    more: bool


def page(actor: Actor, folder: Path, number: int) -> Page | None:
    """A page of the result in the job's folder; None when the job left none (or it was tidied away).

    Raises NotFound for others than HR.
    """
    _hr(actor)
    try:
        summary = json.loads((folder / SUMMARY).read_text("utf-8"))
        with (folder / RESULT).open(encoding="utf-8") as lines:
            found = [json.loads(line) for line in islice(lines, number * PAGE, (number + 1) * PAGE + 1)]
    except FileNotFoundError:
        return None
    return Page(summary, found[:PAGE], number, len(found) > PAGE)


def _hr(actor: Actor) -> None:
    if actor.hat is not Hat.HR:
        raise NotFound()
