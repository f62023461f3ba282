"""What must hold of every person's credits, whatever the claims: against an oracle and against itself."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import date

from day_flow import DayFlow
from hypothesis import given, settings
from hypothesis import strategies as st
from made_claims import claim_lists, trainings

from portal.rules.facts import ClaimFacts
from portal.rules.policy import shipped
from portal.rules.standing import Assessment, assess, revoke

POLICIES = shipped()
many = settings(max_examples=200, deadline=None)


def credits_of(claims: list[ClaimFacts], as_of: date | None = None) -> Assessment:
    return assess(POLICIES, claims, as_of=as_of)


def amounts(assessment: Assessment) -> dict[str, int]:
    return {claim: credit.total for claim, credit in assessment.claims.items()}


def by_days(start: date, end: date, quarters: int) -> dict[int, int]:
    """The split of the notice's reading, counted day by day: ⌊h × days so far ÷ all days⌋ to half an hour."""
    ordinals = range(start.toordinal(), end.toordinal() + 1)
    years = [date.fromordinal(day).year for day in ordinals]
    found, before = {}, 0
    for year in range(start.year, end.year + 1):
        so_far = sum(1 for y in years if y <= year)
        upto = quarters if year == end.year else quarters * so_far // (2 * len(years)) * 2
        found[year], before = upto - before, upto
    return found


def expected(claims: list[ClaimFacts]) -> dict[str, dict[int, int]]:
    """The definition, followed literally: days by maximum flow, caps by counting what is left."""
    flows: dict[int, DayFlow] = defaultdict(DayFlow)
    left = defaultdict(lambda: {"self_study": 160, "output": 120})
    found: dict[str, dict[int, int]] = {}
    for claim in claims:
        if claim.category == "training":
            assert claim.start is not None
            assert claim.end is not None
            split = claim.split or by_days(claim.start, claim.end, claim.quarters)
            found[claim.id] = {
                year: flows[year].add(
                    max(claim.start, date(year, 1, 1)), min(claim.end, date(year, 12, 31)), asked
                )
                for year, asked in split.items()
            }
            continue
        year = claim.on.year if claim.on else claim.year
        assert year is not None
        if claim.category == "course":
            found[claim.id] = {year: claim.quarters}
            continue
        cap = "self_study" if claim.category == "self_study" else "output"
        asked = claim.quarters if cap == "self_study" else 40 * claim.items
        counted = min(asked, left[year][cap])
        left[year][cap] -= counted
        found[claim.id] = {year: counted}
    return found


@many
@given(claim_lists())
def test_every_credit_is_the_most_that_leaves_the_earlier_ones_alone(claims: list[ClaimFacts]) -> None:
    found = credits_of(claims)
    assert {claim: dict(credit.by_year) for claim, credit in found.claims.items()} == expected(claims)


@many
@given(claim_lists())
def test_no_day_and_no_cap_is_ever_exceeded(claims: list[ClaimFacts]) -> None:
    found = credits_of(claims)
    flows: dict[int, DayFlow] = defaultdict(DayFlow)
    for claim in claims:
        if claim.category == "training":
            assert claim.start is not None
            assert claim.end is not None
            for year, counted in found.claims[claim.id].by_year.items():
                first, last = max(claim.start, date(year, 1, 1)), min(claim.end, date(year, 12, 31))
                assert flows[year].add(first, last, counted) == counted
    for standing in found.years.values():
        assert standing.categories["self_study"] <= 160
        assert standing.categories["achievement"] + standing.categories["publication"] <= 120


@many
@given(claim_lists(1))
def test_a_claim_added_last_shrinks_nothing_and_adds_at_most_its_hours(claims: list[ClaimFacts]) -> None:
    before, after = credits_of(claims[:-1]), credits_of(claims)
    for claim, credit in before.claims.items():
        assert after.claims[claim] == credit
        assert after.claims[claim].findings == credit.findings
    assert 0 <= after.total - before.total <= after.claims[claims[-1].id].asked


@many
@given(claim_lists(1), st.data())
def test_a_claim_put_anywhere_raises_the_total_by_no_more_than_its_hours(
    claims: list[ClaimFacts], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(claims) - 1))
    with_it = credits_of(claims)
    without = credits_of(claims[:at] + claims[at + 1 :])
    assert 0 <= with_it.total - without.total <= with_it.claims[claims[at].id].asked


@many
@given(claim_lists(), st.randoms(use_true_random=False))
def test_the_total_does_not_depend_on_the_order(claims: list[ClaimFacts], dice: random.Random) -> None:
    shuffled = dice.sample(claims, len(claims))
    assert credits_of(shuffled).total == credits_of(claims).total


@many
@given(claim_lists())
def test_one_at_a_time_equals_all_at_once_and_again_changes_nothing(claims: list[ClaimFacts]) -> None:
    at_once = amounts(credits_of(claims))
    one_by_one = {
        claim.id: credits_of(claims[: n + 1]).claims[claim.id].total for n, claim in enumerate(claims)
    }
    assert one_by_one == at_once == amounts(credits_of(claims))


@many
@given(claim_lists(1), st.data())
def test_a_revocation_leaves_earlier_claims_alone_and_lowers_no_later_one(
    claims: list[ClaimFacts], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(claims) - 1))
    revoked = revoke(POLICIES, claims, claims[at].id, as_of=None)
    before, after = amounts(credits_of(claims)), amounts(revoked.after)
    assert all(after[claim.id] == before[claim.id] for claim in claims[:at])
    assert all(after[claim.id] >= before[claim.id] for claim in claims[at + 1 :])
    assert dict(revoked.gains) == {c: q - before[c] for c, q in after.items() if q > before[c]}
    assert revoked.total_before - before[claims[at].id] + sum(revoked.gains.values()) == revoked.total_after


@many
@given(claim_lists(1), st.data())
def test_fewer_hours_in_the_same_place_lower_no_other_claim(
    claims: list[ClaimFacts], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(claims) - 1))
    lowered = replace(claims[at], quarters=data.draw(st.integers(0, claims[at].quarters // 2)) * 2)
    before = amounts(credits_of(claims))
    after = amounts(credits_of([*claims[:at], lowered, *claims[at + 1 :]]))
    if claims[at].split is None and claims[at].start and claims[at].start.year == claims[at].end.year:
        assert all(after[claim.id] == before[claim.id] for claim in claims[:at])
        assert all(after[claim.id] >= before[claim.id] for claim in claims[at + 1 :])
        assert after[lowered.id] <= before[lowered.id]


@many
@given(claim_lists())
def test_the_numbers_of_every_explanation_add_up(claims: list[ClaimFacts]) -> None:
    found = credits_of(claims)
    order = [claim.id for claim in claims]
    for claim, credit in found.claims.items():
        assert credit.clipped == bool(credit.findings)
        for finding in credit.findings:
            assert finding.limit - finding.taken == finding.left
            assert finding.left == finding.credited == credit.by_year[finding.year] < finding.asked
            for taker in finding.taken_by:
                assert order.index(taker.id) < order.index(claim)
                assert taker.quarters == found.claims[taker.id].by_year[finding.year]
            if finding.window:
                first, last = finding.window
                assert finding.limit == 32 * ((last - first).days + 1)


@many
@given(claim_lists())
def test_the_standing_is_the_sum_of_the_credits(claims: list[ClaimFacts]) -> None:
    found = credits_of(claims)
    for year, standing in found.years.items():
        counted = [(claim, found.claims[claim.id].by_year.get(year, 0)) for claim in claims]
        for subject, have in standing.subjects.items():
            assert have == sum(q for claim, q in counted if claim.subject == subject)
        assert standing.total == sum(standing.categories.values()) == sum(q for _, q in counted)
        assert standing.met == (
            standing.subjects["public"] >= 120 and standing.subjects["professional"] >= 240
        )


@many
@given(claim_lists(), st.dates(date(2025, 12, 26), date(2026, 1, 10)))
def test_a_claim_that_has_not_ended_takes_no_room(claims: list[ClaimFacts], as_of: date) -> None:
    found = credits_of(claims, as_of)
    ended = [claim for claim in claims if found.claims[claim.id].status == "credited"]
    assert all(claim.end <= as_of for claim in ended if claim.end)
    assert amounts(credits_of(ended)) == {claim.id: found.claims[claim.id].total for claim in ended}
    waiting = [credit for credit in found.claims.values() if credit.status == "not_finished"]
    assert all(credit.total == 0 and not credit.by_year for credit in waiting)


@many
@given(trainings())
def test_the_years_of_one_training_add_up_to_what_was_asked(training: ClaimFacts) -> None:
    credit = credits_of([replace(training, id="c")]).claims["c"]
    assert credit.asked == training.quarters
    assert all(quarters % 2 == 0 for quarters in credit.by_year.values())
