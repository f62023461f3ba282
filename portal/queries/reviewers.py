"""Knows who can decide what waits, as SQL: a claim's reviewers, and what nobody in its unit can decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Select,
    Subquery,
    and_,
    bindparam,
    exists,
    func,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased

from portal.models import Grant, Person, Unit
from portal.queries.absences import away
from portal.queries.logins import holds_today
from portal.rules.vocabulary import Role, Status

MOST_LED = 20_000  # rows looked at when the order of the queue does not lead to them
_Admin = aliased(Person)
_TODAY = bindparam("today", type_=Date)
_COLUMNS = (  # of claims and requests, as far as they have them: all that any condition asks
    *("id", "unit_id", "person_id", "filed_by_id", "status", "submitted_at", "uuid"),
    *("category", "list_uuid", "title", "kind", "subject", "quarters", "year_from"),
)

Conditions = Callable[[Any], Sequence[ColumnElement[bool]]]  # of anything with the item's columns


def has_reviewer(item: Any) -> ColumnElement[bool]:
    """SQL condition: an admin in force and at work today, neither claimant nor filer, can decide.

    `item` is anything with columns `unit_id` and `person_id`, and `filed_by_id` where there is such a thing.
    """
    return exists().where(
        and_(
            *_able_to_act(),
            Grant.unit_id == item.unit_id,
            Grant.person_id != item.person_id,
            Grant.person_id != func.coalesce(getattr(item, "filed_by_id", None), 0),
        )
    )


@dataclass(frozen=True, slots=True)
class Way:
    """How far to look, what to keep of each row, in which order; and whether the database knows LATERAL."""

    most: int
    names: tuple[str, ...]
    newest: bool
    lateral: bool


def stranded(item: Any, where: Conditions, way: Way) -> Subquery:
    """Pending ones of `where` that nobody in their unit can decide; the first `most` are surely among them.

    Nobody can when the unit has no admin at work, when one of its admins is the claimant and there is none
    besides but the filer, or when its only one filed it for somebody else: no two of them at once, and each
    found by an index, so that what others will decide is never read.
    `item` is a mapped class with the columns of `has_reviewer`.
    """
    own = _of_admins(item)
    found = [
        _first_of_each(_ORPHANED, item.unit_id == _ORPHANED.c.unit_id, item, where, way),
        select(*(own.c[name] for name in way.names)).where(*where(own.c)),
    ]
    if hasattr(item, "filed_by_id"):
        theirs = and_(
            item.filed_by_id == _ALONE.c.person_id,
            item.person_id != _ALONE.c.person_id,
            item.unit_id == _ALONE.c.unit_id,
        )
        found.append(_first_of_each(_ALONE, theirs, item, where, way))
    return union_all(*found).subquery()


def led_by(item: Any, *leading: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """What few claims have in common, with every column that further conditions may ask for.

    The limit keeps those outside: people, or a list, lead to the rows by their index and nothing else does.
    """
    columns = [getattr(item, name) for name in _COLUMNS if hasattr(item, name)]
    return select(*columns).where(*leading).limit(MOST_LED)


def reviewed_by_others(item: Any) -> ColumnElement[bool]:
    """`has_reviewer` again, cheaper to ask of many rows of one statement."""
    return exists().where(
        _ABLE.c.unit_id == item.unit_id,
        _ABLE.c.person_id != item.person_id,
        _ABLE.c.person_id != func.coalesce(getattr(item, "filed_by_id", None), 0),
    )


@cache
def _of_admins(item: Any) -> CTE:
    """Of admins in their own unit: here it must be seen one by one whether there is another."""
    theirs = item.person_id.in_(select(_ABLE.c.person_id))
    rows = led_by(item, theirs, item.status == Status.PENDING.value).subquery()
    here = exists().where(_ABLE.c.unit_id == rows.c.unit_id, _ABLE.c.person_id == rows.c.person_id)
    return select(rows).where(here, ~reviewed_by_others(rows.c)).cte(f"{item.__tablename__}_of_admins")


def _first_of_each(
    outer: CTE, matches: ColumnElement[bool], item: Any, where: Conditions, way: Way
) -> Select[*tuple[Any, ...]]:
    """The first rows for each row of `outer`, by an index: what LATERAL is for.

    SQLite, without the word, looks up the numbers that a subquery gives it for each.
    """
    keys = (item.submitted_at, item.id)
    inner = (
        select(*(getattr(item, name) for name in way.names))
        .where(matches, *where(item))
        .order_by(*(key.desc() if way.newest else key for key in keys))
        .limit(way.most)
        .correlate(outer)
    )
    if way.lateral:
        each = inner.lateral()
        return select(each).select_from(outer.join(each, true()))
    row = aliased(item)
    numbers = inner.with_only_columns(item.id)
    kept = [getattr(row, name) for name in way.names]
    return select(*kept).select_from(outer.join(row, row.id.in_(numbers)))


def _able_to_act() -> tuple[ColumnElement[bool], ...]:
    return (
        Grant.role == Role.UNIT_ADMIN.value,
        holds_today(_TODAY),
        _Admin.id == Grant.person_id,
        _Admin.disabled_at.is_(None),
        ~away(Grant.person_id, Grant.unit_id, _TODAY),
    )


_ABLE = select(Grant.unit_id, Grant.person_id).where(*_able_to_act()).distinct().cte("able")
_ORPHANED = select(Unit.id.label("unit_id")).where(Unit.id.not_in(select(_ABLE.c.unit_id))).cte("orphaned")
_ALONE = (
    select(_ABLE.c.unit_id, func.min(_ABLE.c.person_id).label("person_id"))
    .group_by(_ABLE.c.unit_id)
    .having(func.count() == 1)
    .cte("alone")
)
