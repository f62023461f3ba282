"""Reads one person's standing: years, categories with the room their caps leave, and what is pending."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from portal.extensions import db
from portal.models import Certificate
from portal.queries.calendar import Deadline, near, windows
from portal.queries.ledger import Ledger, ledger
from portal.rules.access import Actor
from portal.rules.bounds import YearProjection
from portal.rules.calendar import Window
from portal.rules.facts import ClaimFacts
from portal.rules.gaps import Gap, gaps
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
    owed: str  # why HR set other figures for the year; "" where the notice's hold
    window: Window
    deadlines: tuple[Deadline, ...]  # that are near, of all years shown


def standing(actor: Actor, year: int, policies: PolicySet, *, today: date) -> Standing:
    """The actor's own year, and the strip of five years up to today's. Three statements.

    Raises YearNotCovered when no policy holds for the year.
    """
    policy = policies.for_year(year)
    last = max(today.year, year)
    first = max(policies.years.start, min(year, last - STRIP + 1))
    book = ledger(actor.person_id, years=(first, last))
    owed = book.obligations
    now = assess(policies, book.approved, as_of=today, obligations=owed)
    projection = project(policies, book.approved, book.pending, as_of=today, obligations=owed, now=now)
    claims = [*book.approved, *book.pending]
    everything = assess(policies, claims, as_of=today, obligations=owed)
    found = windows(actor.person_id, range(first, last + 1))
    return Standing(
        year=year,
        policy=policy,
        now=now.years[year],
        projected=projection.years.get(year),
        rows=_rows(policy, now.years[year], everything.years[year]),
        by_subject=_by_subject(book, now, year),
        gaps=gaps(
            policy,
            now.years[year],
            everything.years[year],
            projection.years.get(year),
            claims,
            today=today,
            takes_claims=found[year].may_file(today),
        ),
        strip=tuple(now.years[one] for one in range(first, last + 1))[-max(STRIP, last - year + 1) :],
        waiting=sum(1 for facts in book.pending if year in _years(facts)),
        certificate=_certificate(actor, year),
        owed=book.reasons.get(year, ""),
        window=found[year],
        deadlines=tuple(near(found.values(), today)),
    )


def _years(facts: ClaimFacts) -> range:
    if facts.start and facts.end:
        return range(facts.start.year, facts.end.year + 1)
    stated = facts.on.year if facts.on else facts.year or 0
    return range(stated, stated + 1)


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
