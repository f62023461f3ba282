"""The bounds of a projection against every order in which the pending claims could be approved."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st
from made_claims import claim_lists

from portal.rules.facts import ClaimFacts
from portal.rules.policy import shipped
from portal.rules.standing import assess, preview, project

POLICIES = shipped()
few = settings(max_examples=120, deadline=None)
pending_lists = claim_lists(1, 4).map(
    lambda claims: [replace(claim, id=f"p{n}") for n, claim in enumerate(claims)]
)
needs = st.integers(0, 60).map(lambda steps: steps * 4)


@few
@given(claim_lists(0, 5), pending_lists, needs, needs)
def test_bounds_are_reached_and_never_passed(
    approved: list[ClaimFacts], pending: list[ClaimFacts], public: int, professional: int
) -> None:
    obligations = {
        (year, subject): need
        for year in (2025, 2026)
        for subject, need in (("public", public), ("professional", professional))
    }
    found = project(POLICIES, approved, pending, as_of=None, obligations=obligations)
    outcomes = [
        assess(POLICIES, [*approved, *order], as_of=None, obligations=obligations)
        for order in permutations(pending)
    ]
    for claim, bounds in found.claims.items():
        reached = [outcome.claims[claim].total for outcome in outcomes]
        assert (min(reached), max(reached)) == (bounds.at_least, bounds.at_most)
    for year, outlook in found.years.items():
        for subject, bounds in outlook.subjects.items():
            reached = [outcome.years[year].subjects[subject] for outcome in outcomes]
            assert (min(reached), max(reached)) == (bounds.at_least, bounds.at_most)
            met = {have >= bounds.need for have in reached}
            assert bounds.met == ("depends" if len(met) == 2 else "yes" if met == {True} else "no")
        met = {outcome.years[year].met for outcome in outcomes}
        assert (outlook.met == "yes") == (met == {True})
        assert outlook.met != "no" or met == {False}
    assert {outcome.total for outcome in outcomes} == {found.total_if_all}
    assert found.total_now == assess(POLICIES, approved, as_of=None).total


@few
@given(claim_lists(0, 5), pending_lists)
def test_the_preview_promises_what_approval_gives(
    approved: list[ClaimFacts], pending: list[ClaimFacts]
) -> None:
    *waiting, candidate = pending
    seen = preview(POLICIES, approved, waiting, candidate, as_of=None)
    next_one = assess(POLICIES, [*approved, candidate], as_of=None)
    last_one = assess(POLICIES, [*approved, *waiting, candidate], as_of=None)
    assert seen.counts_now == next_one.claims[candidate.id].total
    assert dict(seen.by_year) == dict(next_one.claims[candidate.id].by_year)
    assert seen.findings == next_one.claims[candidate.id].findings
    assert seen.counts_if_all == last_one.claims[candidate.id].total
    bounds = project(POLICIES, approved, pending, as_of=None)
    assert (seen.counts_if_all, seen.counts_now) == (
        bounds.claims[candidate.id].at_least,
        bounds.claims[candidate.id].at_most,
    )
    for year, subjects in seen.effects.items():
        for subject, effect in subjects.items():
            assert effect.after == next_one.years[year].subjects[subject]
            assert effect.met == bounds.years[year].subjects[subject].met
