"""Compares what the provincial platform shows of a person's year with what counts here, and says why.

The portal counts in quarters of an hour, the platform in whatever it prints; both become hundredths here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.rules.records import REGION
from portal.rules.vocabulary import Word

HUNDREDTHS = 25  # in a quarter of an hour
ROUNDED_BELOW = 50  # hundredths: what rounding to whole or half hours can make of a figure
MOST_ITEMS = 40  # looked at together; a person's year holds a handful


class Cause(Word):
    """Why the platform likely shows something else."""

    REGION = "region", "区域不是省直"
    UNPUSHED = "unpushed", "未推送"
    WAITING = "waiting", "待审核"
    NOT_ENTERED = "not_entered", "未录入"
    TO_CORRECT = "to_correct", "待更正"
    NOT_DECIDED = "not_decided", "本校未审核"
    DOUBLED = "doubled", "重复"
    ROUNDING = "rounding", "舍入"
    UNKNOWN = "unknown", "待核查"


@dataclass(frozen=True, slots=True)
class Item:
    """A claim or a course by its id, with the quarters it stands for."""

    id: str
    quarters: int


@dataclass(frozen=True, slots=True)
class Year:
    """One subject of a person's year. `here` in quarters; `there`, `waiting` and `unpushed` in hundredths.

    `region` is what the platform holds as 单位所属区域, empty when the file does not say. Items, in quarters:
    approved claims not marked as entered, hours typed there that have since been revoked or lowered here
    (what is too much), claims still waiting here, courses a learning platform reported, claims entered.
    """

    here: int
    there: int
    region: str = ""
    waiting: int = 0
    unpushed: int = 0
    not_entered: Sequence[Item] = ()
    too_much: Sequence[Item] = ()
    pending: Sequence[Item] = ()
    courses: Sequence[Item] = ()
    entered: Sequence[Item] = ()


@dataclass(frozen=True, slots=True)
class Likely:
    """The cause, whether the figures fit it exactly, and the items it points at."""

    cause: Cause
    certain: bool = False
    items: tuple[str, ...] = ()


def compare(year: Year) -> Likely | None:
    """Why the two differ; None when they agree.

    Notice, annex 1: 单位所属区域请选择“省直” — another region explains anything; then what fits to the
    hundredth, in the order an officer would check it; then what at least goes the right way.
    """
    gap = year.here * HUNDREDTHS - year.there
    if gap == 0:
        return None
    if abs(gap) < ROUNDED_BELOW:
        return Likely(Cause.ROUNDING, certain=True)
    if year.region and year.region != REGION:
        return Likely(Cause.REGION)
    return _missing_there(year, gap) if gap > 0 else _too_much_there(year, -gap)


def _missing_there(year: Year, gap: int) -> Likely:
    if year.waiting == gap:
        return Likely(Cause.WAITING, certain=True)
    if year.unpushed == gap:
        return Likely(Cause.UNPUSHED, certain=True)
    for cause, items in ((Cause.NOT_ENTERED, year.not_entered), (Cause.UNPUSHED, year.courses)):
        if fitting := _fitting(items, gap):
            return Likely(cause, certain=True, items=_claims(cause, fitting))
    if year.waiting:
        return Likely(Cause.WAITING)
    if year.unpushed:
        return Likely(Cause.UNPUSHED)
    if year.not_entered:
        return Likely(Cause.NOT_ENTERED, items=tuple(item.id for item in year.not_entered))
    if year.courses and year.there == 0:
        return Likely(Cause.UNPUSHED)
    return Likely(Cause.UNKNOWN)


def _too_much_there(year: Year, gap: int) -> Likely:
    for cause, items in ((Cause.TO_CORRECT, year.too_much), (Cause.NOT_DECIDED, year.pending)):
        if fitting := _fitting(items, gap):
            return Likely(cause, certain=True, items=tuple(item.id for item in fitting))
    if year.here and year.there == 2 * year.here * HUNDREDTHS:
        return Likely(Cause.DOUBLED, certain=True)
    for item in year.entered:
        if item.quarters * HUNDREDTHS == gap:
            return Likely(Cause.DOUBLED, items=(item.id,))
    if any(item.quarters * HUNDREDTHS == gap for item in year.courses):
        return Likely(Cause.DOUBLED)
    if year.too_much:
        return Likely(Cause.TO_CORRECT, items=tuple(item.id for item in year.too_much))
    return Likely(Cause.UNKNOWN)


def _claims(cause: Cause, items: Sequence[Item]) -> tuple[str, ...]:
    return tuple(item.id for item in items) if cause is Cause.NOT_ENTERED else ()


def _fitting(items: Sequence[Item], gap: int) -> tuple[Item, ...]:
    """The fewest of the items that together make up the gap exactly; nothing when none do."""
    whole, rest = divmod(gap, HUNDREDTHS)
    if rest:
        return ()
    best: dict[int, tuple[Item, ...]] = {0: ()}
    for item in items[:MOST_ITEMS]:
        for total, chosen in list(best.items()):
            reached = total + item.quarters
            if reached <= whole and (reached not in best or len(chosen) + 1 < len(best[reached])):
                best[reached] = (*chosen, item)
    return best.get(whole, ())
