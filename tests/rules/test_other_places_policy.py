"""A second policy that needs the whole vocabulary: tables, per-course and per-day hours, three subjects,
first authors only, nested yearly caps and a cap per item.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.cli.policy import policy_group
from portal.rules.amounts import show_hours
from portal.rules.explain import sentence
from portal.rules.facts import BadFacts, ClaimFacts
from portal.rules.policy import PolicySet, load
from portal.rules.standing import assess

DATA = Path(__file__).parents[1] / "data"
COAST = PolicySet([load(DATA / "coast_2024.toml")])


def hours(*claims: ClaimFacts) -> list[str]:
    found = assess(COAST, claims, as_of=None)
    return [show_hours(found.claims[claim.id].total) for claim in claims]


def project(name: str, level: str, rank: str) -> ClaimFacts:
    return ClaimFacts(name, "project", "research", on=date(2024, 6, 1), level=level, rank=rank)


def paper(name: str, rank: str = "1") -> ClaimFacts:
    return ClaimFacts(name, "paper", "research", on=date(2024, 6, 1), rank=rank)


def stay(name: str, category: str, first: int, last: int, quarters: int = 0) -> ClaimFacts:
    start, end = date(2024, 3, first), date(2024, 3, last)
    return ClaimFacts(name, category, "teaching", quarters=quarters, start=start, end=end)


def test_the_file_agrees_with_its_notice() -> None:
    arguments = ["check", str(DATA / "coast_2024.toml"), "--notice", str(DATA / "coast_notice.txt")]
    result = CliRunner().invoke(policy_group, arguments)
    assert result.exit_code == 0, result.output


def test_a_table_gives_hours_by_level_and_rank() -> None:
    assert hours(project("a", "国家级", "1")) == ["40"]
    assert hours(project("a", "国家级", "3")) == ["20"]
    assert hours(project("a", "省级", "1"), project("b", "省级", "2")) == ["24", "10"]
    with pytest.raises(BadFacts, match="level"):
        hours(project("a", "市级", "1"))


def test_a_course_counts_its_own_hours() -> None:
    on = date(2024, 5, 1)
    talk = ClaimFacts("a", "lecture", "ethics", on=on, kind="校内讲座", items=3)
    course = ClaimFacts("b", "lecture", "ethics", on=on, kind="师德专题班")
    assert hours(talk, course) == ["7.5", "12"]
    with pytest.raises(BadFacts, match="kind"):
        hours(ClaimFacts("c", "lecture", "ethics", on=on, kind="讲演"))


def test_days_on_site_share_six_hours_whatever_the_category() -> None:
    assert hours(stay("a", "practice", 1, 3)) == ["18"]
    assert hours(stay("a", "practice", 1, 3), stay("b", "workshop", 3, 4, 48)) == ["18", "6"]
    assert hours(stay("b", "workshop", 3, 4, 48), stay("a", "practice", 1, 3)) == ["12", "12"]


def test_only_first_authors_count_and_papers_have_a_cap_inside_a_wider_one() -> None:
    assert hours(paper("a", "2")) == ["0"]
    assert hours(paper("a"), paper("b"), paper("c"), paper("d")) == ["15", "15", "15", "0"]
    assert hours(project("p", "国家级", "1"), paper("a"), paper("b")) == ["40", "15", "5"]
    found = assess(COAST, [paper("a", "2")], as_of=None)
    (finding,) = found.claims["a"].findings
    assert (finding.rule, finding.limit, finding.left) == ("rank", 0, 0)
    assert sentence(finding).endswith("论文的此位次不计学时。依据：“论文仅认定第一作者”")


def test_one_book_counts_at_most_its_cap() -> None:
    book = ClaimFacts("a", "book", "research", quarters=80, on=date(2024, 6, 1))
    found = assess(COAST, [book], as_of=None)
    assert found.claims["a"].total == 48
    (finding,) = found.claims["a"].findings
    assert (finding.rule, finding.limit, finding.taken, finding.left) == ("book_item", 48, 0, 48)
    assert "著作每项最多 12 学时" in sentence(finding)


def test_a_year_is_met_when_all_three_subjects_are() -> None:
    claims = [
        ClaimFacts("a", "lecture", "ethics", on=date(2024, 5, 1), kind="师德专题班", items=2),
        stay("b", "practice", 1, 4),
        project("c", "省级", "1"),
    ]
    assert assess(COAST, claims, as_of=None).years[2024].met
    assert not assess(COAST, claims[1:], as_of=None).years[2024].met


claims_here = st.one_of(
    st.builds(paper, st.just(""), st.sampled_from(["1", "2"])),
    st.builds(project, st.just(""), st.sampled_from(["国家级", "省级"]), st.sampled_from(["1", "2"])),
    st.builds(
        lambda first, days, q: stay("", "workshop", first, first + days, q * 2),
        st.integers(1, 6),
        st.integers(0, 3),
        st.integers(0, 60),
    ),
    st.builds(
        lambda first, days: stay("", "practice", first, first + days), st.integers(1, 6), st.integers(0, 3)
    ),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(claims_here, max_size=8), st.randoms(use_true_random=False))
def test_nested_caps_keep_the_total_the_same_in_every_order(
    claims: list[ClaimFacts], dice: random.Random
) -> None:
    named = [replace(claim, id=f"c{n}") for n, claim in enumerate(claims)]
    shuffled = dice.sample(named, len(named))
    before, after = assess(COAST, named, as_of=None), assess(COAST, shuffled, as_of=None)
    assert before.total == after.total
    standing = before.years[2024]
    assert standing.categories["paper"] <= 180
    assert standing.categories["paper"] + standing.categories["project"] <= 240
