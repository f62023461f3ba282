"""The rules case by case, read from a table a personnel officer can check (tests/data/rule_cases.toml)."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from portal.rules.amounts import parse_hours
from portal.rules.explain import sentence
from portal.rules.facts import BadFacts, ClaimFacts
from portal.rules.policy import YearNotCovered, shipped
from portal.rules.standing import assess, preview, project, revoke

CASES = tomllib.loads((Path(__file__).parents[1] / "data" / "rule_cases.toml").read_text("utf-8"))["case"]


def read(row: dict[str, Any], name: str) -> ClaimFacts:
    category = next(
        key for key in ("training", "self_study", "publication", "achievement", "course") if key in row
    )
    when = str(row[category])
    first, _, last = when.partition("/")
    dated = len(first) > 4
    split = {int(year): parse_hours(str(h)) for year, h in row["split"].items()} if "split" in row else None
    return ClaimFacts(
        id=name,
        category=category,
        subject=row.get("subject", "professional"),
        quarters=parse_hours(str(row.get("hours", 0))),
        start=date.fromisoformat(first) if last else None,
        end=date.fromisoformat(last) if last else None,
        on=date.fromisoformat(first) if dated and not last else None,
        year=None if dated else int(first),
        split=split,
    )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    claims = [read(row, f"c{n}") for n, row in enumerate(case["claims"])]
    found = assess(shipped(), claims, as_of=case.get("as_of"))
    credits = [found.claims[claim.id] for claim in claims]
    assert [credit.total / 4 for credit in credits] == case["counts"]
    for credit, years in zip(credits, case.get("by_year", []), strict=False):
        assert {str(year): quarters / 4 for year, quarters in credit.by_year.items()} == years
    told = [sentence(finding) for credit in credits for finding in credit.findings]
    for words in case.get("why", []):
        assert any(words in text for text in told), told
    for year, met in case.get("met", {}).items():
        assert found.years[int(year)].met is met


def training(name: str, first: int, last: int, hours: int, subject: str = "professional") -> ClaimFacts:
    start, end = date(2025, 7, first), date(2025, 7, last)
    return ClaimFacts(
        name, "training", subject, quarters=hours * 4, start=start, end=end, title=f"培训{name}"
    )


def test_a_sentence_names_the_claims_that_took_the_room() -> None:
    found = assess(
        shipped(), [training("甲", 1, 2, 10), training("乙", 2, 3, 14), training("丙", 1, 3, 6)], as_of=None
    )
    (finding,) = found.claims["丙"].findings
    assert sentence(finding) == (
        "申报 6 学时，计入 0 学时：7月1日至7月3日共 3 天，每天最多 8 学时，合计 24 学时；"
        "已计入“培训甲”10 学时、“培训乙”14 学时。依据：“不超过8学时/天”"
    )


def test_a_revocation_tops_up_later_claims_in_order() -> None:
    claims = [training("a", 1, 1, 8), training("b", 1, 1, 5), training("c", 1, 1, 6)]
    revoked = revoke(shipped(), claims, "a", as_of=None)
    assert dict(revoked.gains) == {"b": 20, "c": 12}
    assert (revoked.total_before, revoked.total_after) == (32, 32)


def test_two_subjects_that_compete_for_a_day_depend_on_the_order() -> None:
    needs = {(2025, "public"): 32, (2025, "professional"): 0}
    pending = [training("a", 1, 1, 8, "public"), training("b", 1, 1, 8)]
    found = project(shipped(), [], pending, as_of=None, obligations=needs)
    assert found.years[2025].subjects["public"].met == "depends"
    assert found.years[2025].met == "depends"
    assert (found.claims["a"].at_most, found.claims["a"].at_least) == (32, 0)
    both = project(
        shipped(), [], pending, as_of=None, obligations={(2025, "public"): 32, (2025, "professional"): 32}
    )
    assert both.years[2025].met == "no"  # each may be met, never both


def test_another_obligation_is_used_and_shown() -> None:
    course = ClaimFacts("a", "course", "public", quarters=80, year=2025)
    standing = assess(shipped(), [course], as_of=None, obligations={(2025, "public"): 80}).years[2025]
    public = standing.standards[0]
    assert (public.need, public.met, public.changed) == (80, True, True)
    assert not standing.standards[1].changed


def test_a_year_without_claims_has_a_standing_of_zeros() -> None:
    found = assess(shipped(), [], as_of=None)
    assert list(found.years) == []
    assert found.years[2024].total == 0
    assert not found.years[2024].met
    with pytest.raises(YearNotCovered):
        found.years[2020]


def test_a_preview_of_a_plan_counts_nothing_yet() -> None:
    seen = preview(shipped(), [], [], training("a", 1, 3, 24), as_of=date(2025, 7, 2))
    assert (seen.finished, seen.asked, seen.counts_now, seen.counts_if_all) == (False, 96, 0, 0)
    assert seen.effects[2025]["professional"].after == 0


def test_a_lower_approved_amount_keeps_the_proportion_of_a_split_by_hand() -> None:
    claim = ClaimFacts(
        "a",
        "training",
        "professional",
        quarters=40,
        start=date(2025, 12, 30),
        end=date(2026, 1, 2),
        split={2025: 60, 2026: 20},
    )
    assert assess(shipped(), [claim], as_of=None).claims["a"].by_year == {2025: 30, 2026: 10}


def test_the_same_claim_twice_is_refused() -> None:
    claim = training("a", 1, 1, 8)
    with pytest.raises(BadFacts, match="a id"):
        assess(shipped(), [claim, claim], as_of=None)
