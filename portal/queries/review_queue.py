"""Reads the review queue: filtered, page by page, with what stands for "all of this filter"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, literal, select, true

from portal.extensions import db
from portal.models import Claim
from portal.queries import return_presets
from portal.queries.ledger import Ledger, ledgers
from portal.queries.review import Row, Waiting, as_row, row_query, waiting_query
from portal.queries.review_filters import SEARCHED, Filters, Shape, found, looked_through, values
from portal.rules.access import Actor
from portal.rules.policy import PolicySet
from portal.rules.vocabulary import Status

PAGE = 25
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the queue; `after` is the key of its last row when there are more.

    `choosable` is how many of the whole filter the actor may decide, counted up to `most`; `presets` are
    the reasons offered for returning any of them. `partly` says that a search did not see every title.
    """

    rows: Sequence[Row]
    after: str
    waiting: Waiting
    choosable: int
    presets: Sequence[str]
    partly: bool


def queue(actor: Actor, filters: Filters, policies: PolicySet, *, today: date, most: int) -> Page:
    """A page of the claims the actor may see, in two statements."""
    statement = _statement(
        Shape.of(actor, filters),
        PAGE + 1,
        most if filters.status is Status.PENDING else 0,
        after=filters.after is not None,
    )
    rows = db.session.execute(statement, values(actor, filters, today)).all()
    claims = [row for row in rows if row.id is not None]
    figures = rows[0]
    return Page(
        rows=as_rows(actor, claims[:PAGE], policies),
        after=page_key(claims[PAGE - 1]) if len(claims) > PAGE else "",
        waiting=Waiting(figures.waits, figures.oldest),
        choosable=figures.choosable,
        presets=return_presets.common(figures.presets),
        partly=figures.looked_through > SEARCHED,
    )


@cache
def _statement(shape: Shape, rows: int, most: int, *, after: bool) -> Select[*tuple[Any, ...]]:
    """The page's figures beside each of its rows; one row of figures alone when there is nothing to show."""
    waits = waiting_query(shape.hat, lateral=shape.lateral).subquery()
    every = found(shape, most, decidable=True, ordered=False).subquery()
    category: Any = bindparam("category") if "category" in shape.given else None
    figures = select(
        waits.c[0].label("waits"),
        waits.c[1].label("oldest"),
        return_presets.packed(category).label("presets"),
        (select(func.count()).select_from(every).scalar_subquery() if most else literal(0)).label(
            "choosable"
        ),
        (looked_through(shape) if "search" in shape.given else literal(0)).label("looked_through"),
    ).subquery()
    ids = found(shape, rows, after=after).subquery()
    page = row_query(shape.hat).where(Claim.id.in_(select(ids.c.id))).subquery()
    return select(figures, page).select_from(figures.outerjoin(page, true())).order_by(*shape.order(page.c))


def page_key(claim: Any) -> str:
    """Where a page ends, as an address can carry it: microseconds since 1970 and the row's number."""
    return f"{(claim.submitted_at - _EPOCH) // timedelta(microseconds=1)}-{claim.id}"


def parse_page_key(text: str) -> tuple[datetime, int]:
    """The key `page_key` wrote. Raises ValueError for anything else."""
    moment, _, number = text.partition("-")
    if not (moment.isascii() and moment.isdigit() and number.isascii() and number.isdigit()):
        raise ValueError(text)
    if len(moment) > 17 or len(number) > 9:  # a row number is a 32-bit integer
        raise ValueError(text)
    return _EPOCH + timedelta(microseconds=int(moment)), int(number)


def as_rows(actor: Actor, claims: Sequence[Any], policies: PolicySet) -> list[Row]:
    """The lines for claims of `row_query`; the ledgers of those that wait are read at once."""
    open_ones = [claim for claim in claims if claim.status == Status.PENDING]
    books: dict[int, Ledger] = {}
    if open_ones:
        span = (min(c.year_from for c in open_ones), max(c.year_to for c in open_ones))
        books = ledgers([c.person_id for c in open_ones], years=span, pending=False)
    empty = Ledger()
    return [as_row(actor, claim, policies, books.get(claim.person_id, empty)) for claim in claims]
