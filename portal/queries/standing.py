"""Reads one person's standing: years, categories with the room their caps leave, and what is pending."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from portal.extensions import db
from portal.models import Certificate
from portal.queries.ledger import Ledger, ledger
from portal.rules.access import Actor
from portal.rules.bounds import YearProjection
from portal.rules.facts import ClaimFacts
from portal.rules.gaps import Gap, gap
from portal.rules.policy import Cap, Policy, PolicySet
from portal.rules.standing import Assessment, assess, project
from portal.rules.totals import YearStanding
from portal.rules.vocabulary import Category

STRIP = 5  # years shown side by side: what a title review asks for


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the category table, in quarters: categories that share a yearly cap stand together.

    `left` is None where no yearly cap applies; `by_day` is the cap that counts per day, if any.
    """

    categories: tuple[str, ...]
    labels: tuple[str, ...]
    taken: int
    pending: int
    cap: Cap | None
    by_day: Cap | None
    quote: str

    @property
    def left(self) -> int | None:
        """What the yearly cap still leaves."""
        return self.cap.quarters - self.taken if self.cap else None


@dataclass(frozen=True, slots=True)
class Standing:
    """One year of a person in full, and the years beside it."""

    year: int
    policy: Policy
    now: YearStanding
    projected: YearProjection | None
    rows: tuple[Row, ...]
    by_subject: dict[str, dict[str, int]]  # subject -> category -> credited quarters
    gaps: dict[str, Gap]  # of the subjects that are not met
    strip: tuple[YearStanding, ...]
    waiting: int  # pending claims that touch the year
    certificate: str | None  # number of the valid certificate of the year


def standing(actor: Actor, year: int, policies: PolicySet, *, today: date) -> Standing:
    """The actor's own year, and the strip of five years up to today's. Two statements.

    Raises YearNotCovered when no policy holds for the year.
    """
    policy = policies.for_year(year)
    last = max(today.year, year)
    first = max(policies.years.start, min(year, last - STRIP + 1))
    book = ledger(actor.person_id, years=(first, last))
    now = assess(policies, book.approved, as_of=today)
    projection = project(policies, book.approved, book.pending, as_of=today, now=now)
    everything = assess(policies, [*book.approved, *book.pending], as_of=today)
    return Standing(
        year=year,
        policy=policy,
        now=now.years[year],
        projected=projection.years.get(year),
        rows=_rows(policy, now.years[year], everything.years[year]),
        by_subject=_by_subject(book, now, year),
        gaps=_gaps(policy, book, now.years[year], everything.years[year], projection.years.get(year), today),
        strip=tuple(now.years[one] for one in range(first, last + 1))[-max(STRIP, last - year + 1) :],
        waiting=sum(1 for facts in book.pending if year in _years(facts)),
        certificate=_certificate(actor, year),
    )


def _years(facts: ClaimFacts) -> range:
    if facts.start and facts.end:
        return range(facts.start.year, facts.end.year + 1)
    stated = facts.on.year if facts.on else facts.year or 0
    return range(stated, stated + 1)


def _gaps(
    policy: Policy,
    book: Ledger,
    now: YearStanding,
    everything: YearStanding,
    projected: YearProjection | None,
    today: date,
) -> dict[str, Gap]:
    year = now.year
    closed = (Category.COURSE.value,) if year < today.year else ()  # courses are taken in the year itself
    waiting = {name: everything.categories[name] - quarters for name, quarters in now.categories.items()}
    found = {}
    for standard in now.standards:
        if standard.met:
            continue
        bounds = projected.subjects[standard.subject] if projected else None
        found[standard.subject] = gap(
            policy,
            standard.subject,
            missing=standard.need - standard.have,
            pending=(bounds.at_least - bounds.now, bounds.at_most - bounds.now) if bounds else (0, 0),
            taken=now.categories,
            waiting=waiting,
            free_days=_free_days(book, year),
            closed=closed,
        )
    return found


def _free_days(book: Ledger, year: int) -> int:
    """Days of the year on which no training, approved or pending, was held."""
    busy: set[int] = set()
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    for facts in (*book.approved, *book.pending):
        if facts.start and facts.end:
            busy.update(range(max(first, facts.start.toordinal()), min(last, facts.end.toordinal()) + 1))
    return last - first + 1 - len(busy)


def _rows(policy: Policy, now: YearStanding, everything: YearStanding) -> tuple[Row, ...]:
    rows: list[Row] = []
    placed: set[str] = set()
    for name, category in policy.categories.items():
        if name in placed:
            continue
        yearly = next((cap for cap in policy.caps if cap.per == "year" and name in cap.categories), None)
        by_day = next((cap for cap in policy.caps if cap.per == "day" and name in cap.categories), None)
        together = yearly.categories if yearly else (name,)
        placed.update(together)
        taken = sum(now.categories[one] for one in together)
        quote = (yearly or by_day or category).quote
        labels = tuple(policy.category(one).label for one in together)
        pending = sum(everything.categories[one] for one in together) - taken
        rows.append(Row(tuple(together), labels, taken, pending, yearly, by_day, quote))
    return tuple(rows)


def _by_subject(book: Ledger, now: Assessment, year: int) -> dict[str, dict[str, int]]:
    order = list(Category)
    found: dict[str, dict[str, int]] = {}
    for facts in sorted(book.approved, key=lambda facts: order.index(Category(facts.category))):
        quarters = now.claims[facts.id].by_year.get(year, 0)
        if quarters:
            parts = found.setdefault(facts.subject, {})
            parts[facts.category] = parts.get(facts.category, 0) + quarters
    return found


def _certificate(actor: Actor, year: int) -> str | None:
    return db.session.scalar(
        select(Certificate.number).where(
            Certificate.person_id == actor.person_id,
            Certificate.year == year,
            Certificate.revoked_at.is_(None),
        )
    )
