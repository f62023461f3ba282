"""Reads the reasons offered when a claim is returned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ScalarSelect, String, cast, func, select

from portal.extensions import db
from portal.models import ReturnPreset
from portal.rules.access import Actor
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import CLAIMABLE, Category, Hat


def packed(category: Any = None) -> ScalarSelect[Any]:
    """The offered reasons as one column of another statement, of a category (column or value) or of all.

    `unpack` and `common` read it. One line a reason: its place, its category, its text.
    """
    line = cast(ReturnPreset.place, String) + "|" + ReturnPreset.category + "|" + ReturnPreset.text
    query = select(func.aggregate_strings(line, "\n")).where(ReturnPreset.retired_at.is_(None))
    if category is not None:
        query = query.where(ReturnPreset.category == category)
    return query.scalar_subquery()


def unpack(lines: str | None) -> tuple[str, ...]:
    """The reasons of one category in their order."""
    return tuple(text for _, _, text in sorted(_split(lines)))


def common(lines: str | None) -> tuple[str, ...]:
    """Of the reasons of several categories those offered for every one of them, in their order."""
    found = _split(lines)
    categories = {category for _, category, _ in found}
    held: dict[str, set[str]] = {}
    for _, category, text in found:
        held.setdefault(text, set()).add(category)
    texts = dict.fromkeys(text for _, _, text in sorted(found))
    return tuple(text for text in texts if held[text] == categories)


def offered() -> frozenset[str]:
    """Every reason a reviewer may pick, whatever the category."""
    return frozenset(db.session.scalars(select(ReturnPreset.text).where(ReturnPreset.retired_at.is_(None))))


def for_hr(actor: Actor) -> dict[Category, Sequence[Any]]:
    """Every preset by category, those offered in their order, then the retired. Raises NotFound unless HR."""
    if actor.hat is not Hat.HR:
        raise NotFound()
    columns = (ReturnPreset.uuid, ReturnPreset.category, ReturnPreset.text, ReturnPreset.version)
    rows = db.session.execute(
        select(*columns, ReturnPreset.retired_at).order_by(
            ReturnPreset.retired_at.is_not(None), ReturnPreset.place, ReturnPreset.id
        )
    ).all()
    return {category: [row for row in rows if row.category == category] for category in CLAIMABLE}


def _split(lines: str | None) -> list[tuple[int, str, str]]:
    parts = (line.split("|", 2) for line in (lines or "").split("\n") if line)
    return [(int(place), category, text) for place, category, text in parts]
