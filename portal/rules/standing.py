"""Where a person stands: approved claims assessed, pending ones projected, one previewed, one revoked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from portal.rules.assessment import Assessment, assess, plans_of, refuse_repeats
from portal.rules.bounds import (
    DEPENDS,
    NO,
    YES,
    Bounds,
    SubjectBounds,
    YearProjection,
    claim_bounds,
    gain,
    year_projection,
)
from portal.rules.credit import Book, Books
from portal.rules.facts import BadFacts, ClaimFacts
from portal.rules.findings import Finding, findings_of
from portal.rules.parts import Claim, Part, counted, finished, parts
from portal.rules.plans import Plans
from portal.rules.policy import PolicySet
from portal.rules.totals import Obligations

__all__ = [
    *("Assessment", "Effect", "Preview", "Projection", "Revocation"),
    *("assess", "plans_of", "preview", "project", "projected", "revocation", "revoke"),
]


@dataclass(frozen=True, slots=True)
class Projection:
    """Bounds per pending claim and per year; totals in quarters."""

    claims: Mapping[str, Bounds]
    years: Mapping[int, YearProjection]
    total_now: int
    total_if_all: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What the candidate does to a subject of a year: before and after it is approved next.

    `at_least` and `at_most` bound the subject once everything pending, the candidate included, is approved.
    """

    before: int
    after: int
    need: int
    at_least: int
    at_most: int

    @property
    def met(self) -> str:
        return SubjectBounds(self.before, self.at_least, self.at_most, self.need).met


@dataclass(frozen=True, slots=True)
class Preview:
    """What a claim about to be sent would count for, in quarters."""

    asked: int
    counts_now: int
    counts_if_all: int
    by_year: Mapping[int, int]
    asked_by_year: Mapping[int, int]
    findings: tuple[Finding, ...]
    effects: Mapping[int, Mapping[str, Effect]]
    finished: bool
    standing: Assessment = field(repr=False)

    @property
    def met(self) -> str:
        """The weakest answer over the subjects of the candidate's years."""
        words = {effect.met for subjects in self.effects.values() for effect in subjects.values()}
        return NO if NO in words else DEPENDS if DEPENDS in words else YES


@dataclass(frozen=True, slots=True)
class Revocation:
    """What falls and what is topped up when one approved claim is revoked, in quarters."""

    gains: Mapping[str, int]
    total_before: int
    total_after: int
    after: Assessment = field(repr=False)


def project(
    policies: PolicySet,
    approved: Sequence[ClaimFacts],
    pending: Sequence[ClaimFacts],
    *,
    as_of: date | None,
    obligations: Obligations | None = None,
    now: Assessment | None = None,
) -> Projection:
    """Bounds for `pending` on top of `approved`; `now` spares computing the latter again."""
    ids = [facts.id for facts in pending]
    refuse_repeats([*[facts.id for facts in approved], *ids])
    now = now or assess(policies, approved, as_of=as_of, obligations=obligations)
    return projected(plans_of(policies), now, ids, pending, as_of)


def projected(
    plans: Plans, now: Assessment, ids: Iterable[str], pending: Iterable[Claim], as_of: date | None
) -> Projection:
    """Bounds for `pending`, whose ids are `ids`, on top of what counts now."""
    by_year = _by_year(plans, pending, as_of)
    least = dict.fromkeys(ids, 0)
    most = dict(least)
    years = {}
    total_if_all = now.total
    for year in sorted(by_year.keys() | now.years.keys()):
        base = now.books.get(year) or Book(plans[year])
        waiting = by_year.get(year, [])
        for claim, bounds in claim_bounds(base, waiting).items():
            least[claim] += bounds.at_least
            most[claim] += bounds.at_most
        years[year] = year_projection(now.years[year], base, waiting)
        total_if_all += years[year].total_if_all - years[year].total_now
    claims = {claim: Bounds(least[claim], most[claim]) for claim in least}
    return Projection(claims, years, now.total, total_if_all)


def _by_year(plans: Plans, pending: Iterable[Claim], as_of: date | None) -> dict[int, list[Part]]:
    found: dict[int, list[Part]] = {}
    for claim in pending:
        for part in counted(plans, claim, as_of):
            found.setdefault(part[1], []).append(part)
    return found


def preview(
    policies: PolicySet,
    approved: Sequence[ClaimFacts],
    pending: Sequence[ClaimFacts],
    candidate: ClaimFacts,
    *,
    as_of: date | None,
    obligations: Obligations | None = None,
) -> Preview:
    """What `candidate` would count for if approved next, and after everything pending.

    A claim of the candidate's own id among `pending` is the candidate as it was, and is left out.
    """
    if any(facts.id == candidate.id for facts in approved):
        raise BadFacts(candidate.id, "id", "这一项已经通过。")
    pending = [facts for facts in pending if facts.id != candidate.id]
    now = assess(policies, approved, as_of=as_of, obligations=obligations)
    plans = plans_of(policies)
    pieces = parts(plans, candidate)
    done = finished(candidate, as_of)
    counted = pieces if done else []
    by_year = _by_year(plans, pending, as_of)
    titles = {**now.titles, candidate.id: candidate.title}
    after: Books = {}
    findings: list[Finding] = []
    last = 0
    for part in counted:
        year = part[1]
        base = now.books.get(year) or Book(plans[year])
        book = after[year] = base.copy()
        book.place(part)
        findings.extend(findings_of(book, len(book.rows) - 1, year, titles, len(pieces) > 1))
        waiting = by_year.get(year, [])
        last += gain(base, [*waiting, part]) - gain(base, waiting)
    gains = {year: book.rows[-1][6] for year, book in after.items()}
    effects = {
        part[1]: _effects(plans, now, part, by_year.get(part[1], []), gains.get(part[1], 0), done)
        for part in pieces
    }
    return Preview(
        asked=sum(part[6] for part in pieces),
        counts_now=sum(gains.values()),
        counts_if_all=last,
        by_year=gains if done else {part[1]: 0 for part in pieces},
        asked_by_year={part[1]: part[6] for part in pieces},
        findings=tuple(findings),
        effects=effects,
        finished=done,
        standing=now,
    )


def _effects(
    plans: Plans, now: Assessment, part: Part, waiting: Sequence[Part], gain: int, done: bool
) -> dict[str, Effect]:
    year = part[1]
    base = now.books.get(year) or Book(plans[year])
    bounds = year_projection(now.years[year], base, [*waiting, part] if done else waiting).subjects
    return {
        subject: Effect(
            before=bound.now,
            after=bound.now + (gain if subject == part[3] else 0),
            need=bound.need,
            at_least=bound.at_least,
            at_most=bound.at_most,
        )
        for subject, bound in bounds.items()
    }


def revoke(
    policies: PolicySet, approved: Sequence[ClaimFacts], claim_id: str, *, as_of: date | None
) -> Revocation:
    """Recompute without one claim: later clipped claims move up in order, none ever loses."""
    if all(facts.id != claim_id for facts in approved):
        raise BadFacts(claim_id, "revoke", "已通过的申报中没有这一项。")
    before = assess(policies, approved, as_of=as_of)
    after = assess(policies, [facts for facts in approved if facts.id != claim_id], as_of=as_of)
    return revocation(before, after)


def revocation(before: Assessment, after: Assessment) -> Revocation:
    """What changes from one assessment to the one without the revoked claim."""
    gains = {
        claim: credited.total - before.claims[claim].total
        for claim, credited in after.claims.items()
        if credited.total > before.claims[claim].total
    }
    return Revocation(gains, before.total, after.total, after)
