"""The phases of a year, and who may still file or decide in it. Days are Shanghai's, both ends inclusive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from portal.rules.filing import Problem
from portal.rules.vocabulary import Word

NEAR = 30  # days before a deadline from which pages speak of it
LATER = "可先保存为草稿。确有原因的，请联系人事处为本人重新开放该年度。"


class Phase(Word):
    """Where a year stands on a day."""

    COMING = "coming", "未开始"
    OPEN = "open", "申报中"
    GRACE = "grace", "补报期"
    REVIEW = "review", "只审核"
    CLOSED = "closed", "已关闭"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The last day of each phase of a year; the year opens on its 1 January."""

    year: int
    open_until: date
    grace_until: date
    review_until: date

    @property
    def mark(self) -> str:
        """Its dates in a line, to tell whether they are still those somebody saw."""
        return "/".join(day.isoformat() for day in (self.open_until, self.grace_until, self.review_until))

    def phase(self, day: date) -> Phase:
        """The phase on a day of Shanghai."""
        if day < date(self.year, 1, 1):
            return Phase.COMING
        if day <= self.open_until:
            return Phase.OPEN
        if day <= self.grace_until:
            return Phase.GRACE
        return Phase.REVIEW if day <= self.review_until else Phase.CLOSED

    def ends(self, day: date) -> date | None:
        """The last day of the phase of that day; None before the year and after it closed."""
        found = self.phase(day)
        last = {
            Phase.OPEN: self.open_until,
            Phase.GRACE: self.grace_until,
            Phase.REVIEW: self.review_until,
        }
        return last.get(found)


def usual(year: int) -> Calendar:
    """The dates of a year for which HR set none: filed late during the whole next year, then decided.

    The notice names no last day, so the usual one is generous and HR sets a narrower one where it wants.
    """
    return Calendar(year, date(year, 12, 31), date(year + 1, 12, 31), date(year + 2, 3, 31))


def calendar_faults(wanted: Calendar) -> dict[str, list[str]]:
    """What is wrong with dates HR entered: field -> sentences."""
    faults: dict[str, list[str]] = {}
    if wanted.open_until < date(wanted.year, 1, 1):
        faults["open_until"] = [f"申报截止不能早于 {wanted.year}-01-01，该年度从这一天开始申报。"]
    if wanted.grace_until < wanted.open_until:
        faults["grace_until"] = [
            f"补报截止不能早于申报截止 {wanted.open_until}；不设补报期的，两个日期填同一天。"
        ]
    if wanted.review_until < wanted.grace_until:
        faults["review_until"] = [
            f"审核截止不能早于补报截止 {wanted.grace_until}，否则补报的申报无人能审核。"
        ]
    return faults


@dataclass(frozen=True, slots=True)
class Reopening:
    """A year opened again for one person: filing and reviewing until these days."""

    files_until: date
    review_until: date
    reason: str


@dataclass(frozen=True, slots=True)
class Window:
    """One year as it holds for one person. A reopening only ever widens it."""

    calendar: Calendar
    reopening: Reopening | None = None

    @property
    def year(self) -> int:
        return self.calendar.year

    @property
    def files_until(self) -> date:
        """The last day on which the person may file for the year."""
        last = self.calendar.grace_until
        return max(last, self.reopening.files_until) if self.reopening else last

    @property
    def review_until(self) -> date:
        """The last day on which the person's claims of the year may be decided."""
        last = self.calendar.review_until
        return max(last, self.reopening.review_until) if self.reopening else last

    def may_file(self, day: date) -> bool:
        """Whether the year takes claims of the person; a year to come is refused by its dates instead."""
        return day <= self.files_until

    def may_decide(self, day: date) -> bool:
        """Whether claims of the person may be decided or otherwise changed."""
        return day <= self.review_until

    def reopened(self, day: date) -> bool:
        """Whether the person may file only because HR opened the year again."""
        return self.may_file(day) and day > self.calendar.grace_until


def filing_problems(
    windows: Mapping[int, Window], years: Iterable[int], day: date, field: str
) -> list[Problem]:
    """Why a claim touching `years` cannot be sent on `day`: every one of its years must take claims."""
    found = []
    for year in years:
        window = windows[year]
        if window.may_file(day):
            continue
        if window.may_decide(day):
            text = f"{year} 年度的申报已于 {window.files_until} 截止，现在只审核已提交的，不能再提交，{LATER}"
        else:
            text = f"{year} 年度已于 {window.review_until} 关闭，不能再提交申报，{LATER}"
        found.append(Problem(field, text))
    return found


def surely_open(closes: date | None, years: Iterable[int], day: date) -> bool:
    """Whether claims touching `years` may be decided on `day` by the usual dates as well as by HR's.

    `closes` is the earliest close that HR set for one of them. When False, a later date of HR or a
    reopening may still allow it.
    """
    usually = [usual(year).review_until for year in years]
    return day <= min([*usually, closes] if closes else usually)


def decision_problem(windows: Mapping[int, Window], years: Iterable[int], day: date) -> str:
    """Why a claim touching `years` can no longer be decided or withdrawn on `day`; "" when it can."""
    for year in years:
        if not windows[year].may_decide(day):
            return (
                f"{year} 年度已于 {windows[year].review_until} 关闭，申报不能再有变动。"
                "确需办理的，请人事处为申报人重新开放该年度，或调整年度日程。"
            )
    return ""
