"""Reads the review queue: filtered, page by page, with what stands for "all of this filter"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select, tuple_

from portal.clock import SHANGHAI
from portal.extensions import db
from portal.models import Claim, Person, Unit
from portal.queries import return_presets
from portal.queries.ledger import Ledger, ledgers
from portal.queries.review import Row, Waiting, as_row, has_reviewer, row_query, scope_values, waiting_query
from portal.rules.access import Actor
from portal.rules.policy import PolicySet
from portal.rules.vocabulary import Category, Hat, Status

PAGE = 25
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reviewer asked for; `everywhere` is HR's choice to see more than what needs HR.

    `waited` keeps what has waited for more calendar days. `newest` None is the usual order of the status.
    """

    status: Status = Status.PENDING
    category: Category | None = None
    unit: UUID | None = None
    search: str = ""
    everywhere: bool = False
    group: UUID | None = None  # a list filed in one go
    waited: int = 0
    newest: bool | None = None
    after: tuple[datetime, int] | None = None

    @property
    def newest_first(self) -> bool:
        """Whether the order is from new to old: oldest first while pending, newest first once decided."""
        return self.status is not Status.PENDING if self.newest is None else self.newest


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the queue; `after` is the key of its last row when there are more.

    `choosable` is how many of the whole filter the actor may decide, counted up to `most`; `presets` are
    the reasons offered for returning any of them.
    """

    rows: Sequence[Row]
    after: str
    waiting: Waiting
    choosable: int
    presets: Sequence[str]


def queue(actor: Actor, filters: Filters, policies: PolicySet, *, today: date, most: int) -> Page:
    """A page of the claims the actor may see."""
    query = filtered(row_query(actor.hat), actor, filters, today)
    key = tuple_(Claim.submitted_at, Claim.id)
    if filters.after is not None:
        query = query.where(key < filters.after if filters.newest_first else key > filters.after)
    columns = (Claim.submitted_at, Claim.id)
    order = [column.desc() if filters.newest_first else column.asc() for column in columns]
    found = db.session.execute(query.order_by(*order).limit(PAGE + 1), scope_values(actor, today)).all()
    rows = as_rows(actor, found[:PAGE], policies)
    here = sum(row.decidable for row in rows)
    alone = filters.after is None and len(found) <= PAGE
    category = filters.category
    presets = return_presets.packed(category.value if category else None)
    counted = waiting_query(actor.hat).add_columns(presets)
    if here and not alone:
        every = decidable_query(actor, replace(filters, after=None), today).with_only_columns(Claim.id)
        counted = counted.add_columns(
            select(func.count()).select_from(every.limit(most).subquery()).scalar_subquery()
        )
    waits = db.session.execute(counted, scope_values(actor, today)).one()
    return Page(
        rows=rows,
        after=page_key(found[PAGE - 1]) if len(found) > PAGE else "",
        waiting=Waiting(waits[0], waits[1]),
        choosable=here if alone or not here else waits[3],
        presets=return_presets.common(waits[2]),
    )


def decidable_query(actor: Actor, filters: Filters, today: date) -> Select[*tuple[Any, ...]]:
    """The claims of a filter that the actor may decide, in no order."""
    return filtered(row_query(actor.hat), actor, filters, today).where(
        Claim.person_id != actor.person_id, func.coalesce(Claim.filed_by_id, 0) != actor.person_id
    )


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


def filtered(
    query: Select[*tuple[Any, ...]], actor: Actor, filters: Filters, today: date
) -> Select[*tuple[Any, ...]]:
    """The query narrowed to what the reviewer asked for."""
    query = query.where(Claim.status == filters.status.value)
    if filters.group is not None:
        query = query.where(Claim.list_uuid == filters.group)
    if filters.category is not None:
        query = query.where(Claim.category == filters.category.value)
    if actor.hat is Hat.HR and filters.unit is not None:
        query = query.where(Unit.uuid == filters.unit)
    if actor.hat is Hat.HR and filters.status is Status.PENDING and not filters.everywhere:
        query = query.where(~has_reviewer(Claim))
    if filters.waited:
        sent_before = datetime.combine(today - timedelta(days=filters.waited), time.min, SHANGHAI)
        query = query.where(Claim.submitted_at < sent_before)
    if filters.search:
        query = query.where(
            or_(
                Person.search_key.contains(filters.search.replace(" ", "").lower(), autoescape=True),
                Person.username.startswith(filters.search, autoescape=True),
                Claim.title.contains(filters.search, autoescape=True),
            )
        )
    return query


def as_rows(actor: Actor, claims: Sequence[Any], policies: PolicySet) -> list[Row]:
    """The lines for claims of `row_query`; the ledgers of those that wait are read at once."""
    open_ones = [claim for claim in claims if claim.status == Status.PENDING]
    books: dict[int, Ledger] = {}
    if open_ones:
        span = (min(c.year_from for c in open_ones), max(c.year_to for c in open_ones))
        books = ledgers([c.person_id for c in open_ones], years=span)
    empty = Ledger()
    return [as_row(actor, claim, policies, books.get(claim.person_id, empty)) for claim in claims]
