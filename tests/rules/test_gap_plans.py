"""Following the advice exactly meets the year, and nothing of it is clipped by a cap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.rules.facts import ClaimFacts
from portal.rules.gaps import Gap, gaps
from portal.rules.policy import shipped
from portal.rules.standing import assess, project

HOUR = 4
YEAR = 2025
POLICIES = shipped()
POLICY = POLICIES.for_year(YEAR)
DAYS = [date(YEAR, 1, 1) + timedelta(days=n) for n in range(365)]
subjects = st.sampled_from(["public", "professional"])


@st.composite
def claims(draw: st.DrawFn) -> list[ClaimFacts]:
    """Some claims of the year; trainings may overlap and be clipped."""
    found = []
    for number in range(draw(st.integers(0, 6))):
        name, category = (
            f"c{number}",
            draw(st.sampled_from(["training", "self_study", "publication", "course"])),
        )
        if category == "training":
            first, days = draw(st.integers(0, 350)), draw(st.integers(1, 12))
            found.append(
                ClaimFacts(
                    id=name,
                    category=category,
                    subject=draw(subjects),
                    quarters=draw(st.integers(1, 60)) * 2,
                    start=DAYS[first],
                    end=DAYS[first + days - 1],
                )
            )
        elif category == "publication":
            found.append(_plain(name, category, "professional", 10 * HOUR))
        else:
            subject = "professional" if category == "self_study" else draw(subjects)
            found.append(_plain(name, category, subject, draw(st.integers(1, 60)) * 2))
    return found


def _plain(name: str, category: str, subject: str, quarters: int) -> ClaimFacts:
    return ClaimFacts(id=name, category=category, subject=subject, quarters=quarters, year=YEAR)


def _followed(advice: dict[str, Gap], busy: list[ClaimFacts]) -> Iterator[ClaimFacts]:
    """The advice as claims: days on free days, 8 hours each but the last."""
    taken = {day for c in busy if c.start and c.end for day in DAYS if c.start <= day <= c.end}
    free = iter([day for day in DAYS if day not in taken])
    for subject, gap in advice.items():
        for number, way in enumerate(gap.plan):
            name = f"{subject}-{number}"
            if way.measure == "hours":
                yield _plain(name, way.categories[0], subject, way.gain)
            for item in range(way.items):
                yield _plain(f"{name}-{item}", way.categories[0], subject, 10 * HOUR)
            for n in range(way.days):
                day = next(free)
                quarters = min(8 * HOUR, way.gain - n * 8 * HOUR)
                yield ClaimFacts(
                    id=f"{name}-{n}",
                    category="training",
                    subject=subject,
                    quarters=quarters,
                    start=day,
                    end=day,
                )


@settings(max_examples=150, deadline=None)
@given(approved=claims(), pending=claims(), later=st.booleans())
def test_following_the_plans_meets_the_year_within_every_cap(
    approved: list[ClaimFacts], pending: list[ClaimFacts], later: bool
) -> None:
    pending = [ClaimFacts(**{**{n: getattr(c, n) for n in c.__slots__}, "id": "p" + c.id}) for c in pending]
    today = date(YEAR + later, 12, 31)
    now = assess(POLICIES, approved, as_of=today)
    everything = assess(POLICIES, [*approved, *pending], as_of=today)
    projected = project(POLICIES, approved, pending, as_of=today, now=now).years.get(YEAR)
    before = [*approved, *pending]
    advice = gaps(
        POLICY, now.years[YEAR], everything.years[YEAR], projected, before, today=today, takes_claims=True
    )
    extra = list(_followed(advice, before))
    assert not (later and any(claim.category == "course" for claim in extra))
    after = assess(POLICIES, [*before, *extra], as_of=today)
    for standard in after.years[YEAR].standards:
        if standard.subject in advice and not advice[standard.subject].uncovered:
            assert standard.met
    for claim in extra:
        whole = after.claims[claim.id]
        assert (
            whole.total == whole.asked or claim.category == "publication" or claim.category == "achievement"
        )
    for cap in POLICY.caps:
        if cap.per == "year":
            assert after.years[YEAR].caps[cap.id] <= cap.quarters


@settings(max_examples=100, deadline=None)
@given(approved=claims(), pending=claims(), later=st.booleans())
def test_each_way_alone_brings_what_it_says(
    approved: list[ClaimFacts], pending: list[ClaimFacts], later: bool
) -> None:
    pending = [replace(claim, id="p" + claim.id) for claim in pending]
    today = date(YEAR + later, 12, 31)
    now = assess(POLICIES, approved, as_of=today)
    before = [*approved, *pending]
    everything = assess(POLICIES, before, as_of=today)
    projected = project(POLICIES, approved, pending, as_of=today, now=now).years.get(YEAR)
    advice = gaps(
        POLICY, now.years[YEAR], everything.years[YEAR], projected, before, today=today, takes_claims=True
    )
    for subject, gap in advice.items():
        for way in gap.ways:
            extra = list(_followed({subject: replace(gap, plan=(way,))}, before))
            after = assess(POLICIES, [*before, *extra], as_of=today)
            assert sum(after.claims[claim.id].total for claim in extra) >= way.gain


def test_a_year_that_takes_no_claims_offers_no_way() -> None:
    today = date(2027, 1, 1)
    empty = assess(POLICIES, [], as_of=today).years[YEAR]
    found = gaps(POLICY, empty, empty, None, [], today=today, takes_claims=False)
    assert {name: (gap.ways, gap.plan, gap.uncovered) for name, gap in found.items()} == {
        "public": ((), (), 30 * HOUR),
        "professional": ((), (), 60 * HOUR),
    }


def test_the_plan_needs_the_fewest_things() -> None:
    today = date(2026, 6, 1)
    empty = assess(POLICIES, [], as_of=today).years[YEAR]
    found = gaps(POLICY, empty, empty, None, [], today=today, takes_claims=True)
    assert [(way.categories, way.days) for way in found["professional"].plan] == [(("training",), 8)]
