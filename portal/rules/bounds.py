"""Bounds over every order in which pending claims may be approved.

Why two runs per question are enough. For a set S of claims let f(S) be the total credited when they
are approved in some order: the day runs, the yearly caps nested above them and each claim's own amount
are a polymatroid, in which greedy credit reaches the same total in every order, and the gain
f(S + c) − f(S) of one claim never grows with S. With A the approved claims and P the pending ones:

* one claim: its credit after A and any others S ⊆ P is f(A+S+c) − f(A+S); the most is S = ∅ (approved
  next), the least S = all others (approved after everything pending);
* one subject: its pending claims Pₛ can hold at most f(A+Pₛ) − f(A), reached by approving them first.
  The total f(A+P) is the same in every order, so they hold least when the others hold most, which the
  others reach by going first.

Years are independent, so bounds of parts add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from portal.rules.credit import Book
from portal.rules.parts import Part
from portal.rules.totals import YearStanding

YES, NO, DEPENDS = "yes", "no", "depends"


@dataclass(frozen=True, slots=True)
class Bounds:
    """A pending claim's credit in quarters: approved after everything pending, approved next."""

    at_least: int
    at_most: int


@dataclass(frozen=True, slots=True)
class SubjectBounds:
    """A subject's quarters now and, with everything pending approved, over all orders."""

    now: int
    at_least: int
    at_most: int
    need: int

    @property
    def met(self) -> str:
        """yes in every order, no in none, depends on the order."""
        if self.at_least >= self.need:
            return YES
        return NO if self.at_most < self.need else DEPENDS


@dataclass(frozen=True, slots=True)
class YearProjection:
    """One year with everything pending approved; `met` is no only when no order can meet all subjects."""

    subjects: Mapping[str, SubjectBounds]
    met: str
    total_now: int
    total_if_all: int


def gain(base: Book, added: Iterable[Part]) -> int:
    """Quarters that `added` are credited on top of a book, which stays as it was."""
    book = base.copy()
    return sum(book.place(part) for part in added)


def claim_bounds(base: Book, waiting: Sequence[Part]) -> dict[str, Bounds]:
    """The bounds of each pending part of one year."""
    everything = gain(base, waiting)
    if everything == sum(part[6] for part in waiting):  # nothing is clipped in any order
        return {part[0]: Bounds(part[6], part[6]) for part in waiting}
    found = {}
    for i, part in enumerate(waiting):
        without = gain(base, (other for j, other in enumerate(waiting) if j != i))
        found[part[0]] = Bounds(everything - without, gain(base, (part,)))
    return found


def year_projection(standing: YearStanding, base: Book, waiting: Sequence[Part]) -> YearProjection:
    """One year\'s totals and bounds over every order of `waiting`."""
    everything = gain(base, waiting)
    need = {standard.subject: standard.need for standard in standing.standards}
    subjects = {}
    for subject, have in standing.subjects.items():
        mine = [part for part in waiting if part[3] == subject]
        most = gain(base, mine)
        least = everything - gain(base, (part for part in waiting if part[3] != subject))
        subjects[subject] = SubjectBounds(have, have + least, have + most, need.get(subject, 0))
    met = _year_met(base, waiting, subjects, standing.subjects)
    return YearProjection(subjects, met, standing.total, standing.total + everything)


def _year_met(
    base: Book, waiting: Sequence[Part], subjects: Mapping[str, SubjectBounds], have: Mapping[str, int]
) -> str:
    """yes iff all subjects are met in every order; no if some together need more than they can hold."""
    words = {bounds.met for bounds in subjects.values()}
    if words <= {YES}:
        return YES
    if NO in words:
        return NO
    open_subjects = [name for name, bounds in subjects.items() if bounds.met == DEPENDS]
    for size in range(2, len(open_subjects) + 1):
        for group in combinations(open_subjects, size):
            room = gain(base, (part for part in waiting if part[3] in group))
            if sum(subjects[name].need - have[name] for name in group) > room:
                return NO
    return DEPENDS
