"""Hypothesis strategies for a person's claims, crowded on few days so that they meet one another."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st

from portal.rules.facts import ClaimFacts

NEW_YEAR = date(2025, 12, 26)
subjects = st.sampled_from(["public", "professional"])
half_hours = st.integers(0, 200).map(lambda steps: steps * 2)


@st.composite
def trainings(draw: st.DrawFn) -> ClaimFacts:
    """A training of up to six days around New Year, sometimes across it, sometimes split by hand."""
    start = NEW_YEAR + timedelta(days=draw(st.integers(0, 11)))
    end = start + timedelta(days=draw(st.integers(0, 5)))
    quarters = draw(half_hours)
    split = None
    if start.year < end.year and draw(st.booleans()):
        first = draw(st.integers(0, quarters // 2)) * 2
        split = {start.year: first, end.year: quarters - first}
    return ClaimFacts(
        "", "training", draw(subjects), quarters=quarters, start=start, end=end, split=split, title="培训"
    )


@st.composite
def others(draw: st.DrawFn) -> ClaimFacts:
    """Self-study, works and courses of 2025 and 2026."""
    category = draw(st.sampled_from(["self_study", "achievement", "publication", "course"]))
    year = draw(st.sampled_from([2025, 2026]))
    subject = draw(subjects)
    if category in ("achievement", "publication") and draw(st.booleans()):
        return ClaimFacts("", category, subject, on=date(year, 5, 1), items=draw(st.integers(1, 2)))
    return ClaimFacts("", category, subject, quarters=draw(half_hours), year=year)


def claim_lists(least: int = 0, most: int = 9) -> st.SearchStrategy[list[ClaimFacts]]:
    """Claims in approval order, named c0, c1, …"""
    lists = st.lists(st.one_of(trainings(), trainings(), others()), min_size=least, max_size=most)
    return lists.map(lambda claims: [replace(claim, id=f"c{n}") for n, claim in enumerate(claims)])
