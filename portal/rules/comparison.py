"""What a person's year comes to under two policies: the same approved claims, read by both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.rules.assessment import Assessment, assess, plans_of
from portal.rules.facts import BadFacts, ClaimFacts
from portal.rules.parts import parts
from portal.rules.policy import Policy, PolicySet
from portal.rules.totals import Obligations, YearStanding

EARLIEST = 1990  # a candidate is read as if it had held in every year


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate against the rules of a year. `subjects` are those both know; `met` whether both name
    the same ones, so that 达标 means the same; `notes` what cannot be compared, in Chinese."""

    year: int
    current: PolicySet
    candidate: PolicySet
    subjects: tuple[tuple[str, str], ...]
    met: bool
    notes: tuple[str, ...]

    @property
    def policy(self) -> Policy:
        """The candidate."""
        return self.candidate.for_year(self.year)


@dataclass(frozen=True, slots=True)
class Difference:
    """One person's year, in quarters per subject: (before, after). `met` is None where 达标 cannot be
    compared; `left_out` counts claims the candidate cannot read."""

    hours: dict[str, tuple[int, int]]
    met: tuple[bool, bool] | None
    left_out: int

    def __bool__(self) -> bool:
        changed = any(before != after for before, after in self.hours.values())
        return changed or self.left_out > 0 or (self.met is not None and self.met[0] != self.met[1])


def trial(current: PolicySet, candidate: Policy, year: int) -> Trial:
    """Lay a candidate beside the rules of a past year, whatever years it is meant for.

    Raises YearNotCovered for a year that has no rules.
    """
    now = current.for_year(year)
    everywhere = candidate.model_copy(update={"from_year": EARLIEST, "to_year": None})
    mine = {one.subject: one.label for one in now.standards}
    theirs = {one.subject: one.label for one in candidate.standards}
    shared = tuple((subject, label) for subject, label in mine.items() if subject in theirs)
    return Trial(
        year=year,
        current=current,
        candidate=PolicySet([everywhere]),
        subjects=shared,
        met=mine.keys() == theirs.keys(),
        notes=tuple(_notes(now, candidate, mine, theirs)),
    )


def _notes(now: Policy, candidate: Policy, mine: dict[str, str], theirs: dict[str, str]) -> list[str]:
    notes = []
    added = [label for subject, label in theirs.items() if subject not in mine]
    dropped = [label for subject, label in mine.items() if subject not in theirs]
    if added:
        notes.append(
            f"新规则另有科目“{'、'.join(added)}”，现有记录没有分到这些科目的学时，这些科目不能比较。"
        )
    if dropped:
        notes.append(
            f"新规则没有科目“{'、'.join(dropped)}”，记在这些科目下的学时不能按新规则计算，只列出项数。"
        )
    if added or dropped:
        notes.append("两份规则的科目不同，是否达标不能比较，只比较共有科目的学时。")
    gone = [one.label for code, one in now.categories.items() if code not in candidate.categories]
    if gone:
        notes.append(f"新规则没有类别“{'、'.join(gone)}”，这些申报不能按新规则计算，只列出项数。")
    fresh = [one.label for code, one in candidate.categories.items() if code not in now.categories]
    if fresh:
        notes.append(f"新规则增加类别“{'、'.join(fresh)}”，以往没有这样的申报，试算中没有数据。")
    return notes


def compare(trial: Trial, approved: Sequence[ClaimFacts], obligations: Obligations) -> Difference:
    """One person's year under both; what HR set for the person holds under both."""
    year = trial.year
    before = assess(trial.current, approved, as_of=None, obligations=obligations).years[year]
    assessment, left_out = _under_candidate(trial, approved, obligations)
    after: YearStanding = assessment.years[year]
    return Difference(
        hours={
            subject: (before.subjects.get(subject, 0), after.subjects.get(subject, 0))
            for subject, _ in trial.subjects
        },
        met=(before.met, after.met) if trial.met else None,
        left_out=left_out,
    )


def _under_candidate(
    trial: Trial, approved: Sequence[ClaimFacts], obligations: Obligations
) -> tuple[Assessment, int]:
    known = {one.subject for one in trial.policy.standards}
    readable = [one for one in approved if one.subject in known]
    try:
        found = assess(trial.candidate, readable, as_of=None, obligations=obligations)
    except BadFacts:
        readable = [one for one in readable if _readable(trial, one)]
        found = assess(trial.candidate, readable, as_of=None, obligations=obligations)
    return found, len(approved) - len(readable)


def _readable(trial: Trial, facts: ClaimFacts) -> bool:
    try:
        parts(plans_of(trial.candidate), facts)
    except BadFacts:
        return False
    return True
