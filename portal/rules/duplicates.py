"""Judges what was filed before: the same work or file, a course counted already, a title much alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from portal.rules.filing import ClaimInput, Problem
from portal.rules.policy import Policy
from portal.rules.vocabulary import ITEM_CATEGORIES, Category, Status
from portal.rules.works import alike, isbn_faulty, work_key


class Likeness(StrEnum):
    """Why an earlier claim or record looks like this one, weightiest first."""

    WORK = "work"
    FILE = "file"
    COURSE = "course"
    TITLE = "title"

    @property
    def label(self) -> str:
        return {
            Likeness.WORK: "成果编号相同",
            Likeness.FILE: "证明材料是同一个文件",
            Likeness.COURSE: "平台课程已同步",
            Likeness.TITLE: "名称相近",
        }[self]


@dataclass(frozen=True, slots=True)
class Earlier:
    """Something filed or imported before; `same_file` when it carries a file of the same content.

    A platform course has category `course` and its day of completion as both ends; amounts are quarters.
    """

    uuid: UUID
    category: str
    title: str
    status: str
    quarters: int
    years: tuple[int, int]
    start: date | None = None
    end: date | None = None
    work_key: str | None = None
    same_file: bool = False


@dataclass(frozen=True, slots=True)
class Duplicate:
    """An earlier one and the weightiest reason to look at it."""

    earlier: Earlier
    likeness: Likeness


def duplicates(
    given: ClaimInput, quarters: int | None, years: tuple[int, int] | None, earlier: Iterable[Earlier]
) -> tuple[Duplicate, ...]:
    """What of `earlier` the entered claim may repeat, weightiest first."""
    key = work_key(given.kind, given.work_id)
    found = [
        Duplicate(one, likeness)
        for one in earlier
        if (likeness := _likeness(given, key, quarters, years, one)) is not None
    ]
    order = list(Likeness)
    return tuple(sorted(found, key=lambda one: order.index(one.likeness)))


def shared(work: str | None, one: Earlier) -> Likeness:
    """Why another person's claim was found beside one whose work key is `work`."""
    if work is not None and one.work_key == work:
        return Likeness.WORK
    return Likeness.FILE if one.same_file else Likeness.TITLE


def _likeness(
    given: ClaimInput, key: str | None, quarters: int | None, years: tuple[int, int] | None, one: Earlier
) -> Likeness | None:
    if one.category == Category.COURSE:
        return Likeness.COURSE if _same_course(given, quarters, one) else None
    if key is not None and one.work_key == key:
        return Likeness.WORK
    if one.same_file:
        return Likeness.FILE
    if _comparable(given, years, one) and alike(given.title, one.title):
        return Likeness.TITLE
    return None


def _comparable(given: ClaimInput, years: tuple[int, int] | None, one: Earlier) -> bool:
    """Works are one across all years; trainings and studies repeat their titles from year to year."""
    if given.category in ITEM_CATEGORIES:
        return one.category in ITEM_CATEGORIES
    if one.category in ITEM_CATEGORIES or years is None:
        return False
    return one.years[0] <= years[1] and years[0] <= one.years[1]


def _same_course(given: ClaimInput, quarters: int | None, one: Earlier) -> bool:
    """A record knows only the day the course was finished: it must lie within the claimed days."""
    return (
        given.start is not None
        and given.end is not None
        and one.end is not None
        and given.start <= one.end <= given.end
        and one.quarters == quarters
        and alike(given.title, one.title)
    )


def repeated_work(policy: Policy, given: ClaimInput, found: Iterable[Duplicate]) -> Problem | None:
    """The refusal of a work claimed already by the same person (每项（篇、本）计10学时)."""
    first = next((one.earlier for one in found if one.likeness is Likeness.WORK), None)
    if first is None:
        return None
    state = "待审核" if first.status == Status.PENDING else "已通过"
    text = (
        f"这个编号您已申报过：“{first.title}”（{state}）。一项成果只申报一次，不能重复提交；"
        "如编号填写有误，请更正后再提交。"
    )
    category = policy.categories.get(given.category)
    return Problem("work_id", text, category.quote if category else "", str(first.uuid))


def number_doubt(given: ClaimInput) -> str:
    """A remark on a number that cannot be right, or ""."""
    if isbn_faulty(given.kind, given.work_id):
        return "ISBN 的最后一位校验码与前面的数字不符，可能有一位填错，请对照书上的 ISBN 核对。"
    return ""
