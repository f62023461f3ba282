"""The reviewer's filter, and the claims it finds: each way through an index, however many wait.

A statement is built once for each combination of filters and executed with the values, because building one
costs more than running it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    bindparam,
    func,
    or_,
    select,
    tuple_,
    union_all,
)

from portal.clock import SHANGHAI
from portal.database import UTCDateTime, knows_lateral
from portal.models import Claim, Person, Unit
from portal.queries.review import in_scope, not_own, readable, scope_values
from portal.queries.reviewers import Way, led_by, reviewed_by_others, stranded
from portal.rules.access import Actor
from portal.rules.vocabulary import Category, Hat, Status

SEARCHED = 10_000  # of a filter's claims the first ones, in its order, whose titles are looked through
NAMED = 200  # people a search may name for all their claims to be found, wherever they stand
_KEPT = ("id", "submitted_at", "person_id", "filed_by_id", "title")


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
class Shape:
    """Which filters are there, whatever their values: all that decides how a statement is built."""

    hat: Hat
    needed: bool  # only what nobody in its unit can decide
    newest: bool
    given: frozenset[str]
    lateral: bool

    @classmethod
    def of(cls, actor: Actor, filters: Filters) -> Shape:
        """The shape of an actor's filters; a unit's admin has but one unit."""
        given = {name for name in ("category", "group", "waited", "search") if getattr(filters, name)}
        hr = actor.hat is Hat.HR
        if hr and filters.unit is not None:
            given.add("unit")
        needed = hr and filters.status is Status.PENDING and not filters.everywhere
        return cls(actor.hat, needed, filters.newest_first, frozenset(given), knows_lateral())

    def order(self, columns: Any) -> tuple[Any, ...]:
        """The order of the queue."""
        keys = (columns.submitted_at, columns.id)
        return tuple(key.desc() for key in keys) if self.newest else keys


def values(actor: Actor, filters: Filters, today: date) -> dict[str, Any]:
    """What the statements of a shape are executed with."""
    after = filters.after or (None, None)
    return {
        **scope_values(actor, today),
        "status": filters.status.value,
        "category": filters.category and filters.category.value,
        "unit": filters.unit,
        "group": filters.group,
        "sent_before": datetime.combine(today - timedelta(days=filters.waited), time.min, SHANGHAI),
        "titled": f"%{_escaped(filters.search.lower())}%",
        "named": f"%{_escaped(filters.search.lower().replace(' ', ''))}%",
        "numbered": f"{_escaped(filters.search)}%",
        "after_at": after[0],
        "after_id": after[1],
    }


def found(
    shape: Shape,
    most: int,
    *,
    after: bool = False,
    decidable: bool = False,
    until: bool = False,
    ordered: bool = True,
) -> Select[*tuple[Any, ...]]:
    """`id` and `submitted_at` of the first `most` claims of a filter, in its order.

    `after` begins behind a key, `decidable` leaves out what the actor may not decide, `until` what was sent
    later than a moment; not `ordered` are any so many of them, to be counted.
    """

    def where(claim: Any) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if after:
            key = tuple_(claim.submitted_at, claim.id)
            last = tuple_(bindparam("after_at", type_=UTCDateTime()), bindparam("after_id", type_=Integer))
            conditions.append(key < last if shape.newest else key > last)
        if decidable:
            conditions += not_own(claim)
        if until:
            conditions.append(claim.submitted_at <= bindparam("until", type_=UTCDateTime()))
        return conditions

    if "search" not in shape.given:
        return _first(shape, lambda claim: [*_filtered(shape, claim), *where(claim)], most, _KEPT[:2])
    hits = _hits(shape)
    chosen = select(hits.c.id, hits.c.submitted_at).where(*where(hits.c)).limit(most)
    return chosen.order_by(*shape.order(hits.c)) if ordered else chosen


def looked_through(shape: Shape) -> Any:
    """SQL value: of how many claims a search saw the titles; more than SEARCHED means there are others."""
    return select(func.count()).select_from(_window(shape)).scalar_subquery()


def _filtered(shape: Shape, claim: Any) -> list[ColumnElement[bool]]:
    """Everything but the search."""
    conditions: dict[str, ColumnElement[bool]] = {
        "category": claim.category == bindparam("category"),
        "group": claim.list_uuid == bindparam("group"),
        "waited": claim.submitted_at < bindparam("sent_before", type_=UTCDateTime()),
        "unit": claim.unit_id == select(Unit.id).where(Unit.uuid == bindparam("unit")).scalar_subquery(),
    }
    chosen = [condition for name, condition in conditions.items() if name in shape.given]
    return [claim.status == bindparam("status"), in_scope(shape.hat, claim), *chosen, *readable(claim)]


def _first(shape: Shape, where: Any, most: int, names: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    """The first claims of some conditions, in the order of the queue, with the columns named."""
    if "group" in shape.given:
        listed = led_by(Claim, Claim.list_uuid == bindparam("group")).subquery()
        conditions = [*where(listed.c), *_undecidable(shape, listed.c)]
        listed_columns = [listed.c[name] for name in names]
        return select(*listed_columns).where(*conditions).order_by(*shape.order(listed.c)).limit(most)
    if not shape.needed:
        columns = [getattr(Claim, name) for name in names]
        return select(*columns).where(*where(Claim)).order_by(*shape.order(Claim)).limit(most)
    every = stranded(Claim, where, Way(most, names, shape.newest, shape.lateral))
    return select(every).order_by(*shape.order(every.c)).limit(most)


def _undecidable(shape: Shape, claim: Any) -> list[ColumnElement[bool]]:
    return [~reviewed_by_others(claim)] if shape.needed else []


@cache
def _window(shape: Shape) -> CTE:
    return _first(shape, lambda claim: _filtered(shape, claim), SEARCHED + 1, _KEPT).cte("searched")


@cache
def _hits(shape: Shape) -> CTE:
    """What a search finds: titles in the window, and people as long as they are not too many.

    Without an index of parts of words a title can only be looked for by looking at it; people are few enough
    to look at each, and all of their claims are found by index.
    """
    named = (
        select(Person.id)
        .where(
            or_(
                Person.search_key.like(bindparam("named"), escape="/"),
                Person.username.like(bindparam("numbered"), escape="/"),
            )
        )
        .cte("named")
    )
    window, ids = _window(shape), select(named.c.id)
    seen = or_(func.lower(window.c.title).like(bindparam("titled"), escape="/"), window.c.person_id.in_(ids))

    few = select(func.count()).select_from(named).scalar_subquery() <= NAMED
    theirs = led_by(
        Claim, Claim.person_id.in_(ids.where(few)), Claim.status == bindparam("status")
    ).subquery()
    return union_all(
        select(*(window.c[name] for name in _KEPT[:4])).where(seen),
        select(*(theirs.c[name] for name in _KEPT[:4])).where(
            *_filtered(shape, theirs.c),
            *_undecidable(shape, theirs.c),
            theirs.c.id.not_in(select(window.c.id)),
        ),
    ).cte("hits")


def _escaped(text: str) -> str:
    """Text as LIKE takes it literally."""
    for sign in "/%_":
        text = text.replace(sign, f"/{sign}")
    return text
