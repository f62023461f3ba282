"""A claim's facts read into parts: which years it falls in, on which days, and what it asks of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import accumulate

from portal.rules.amounts import STEP
from portal.rules.facts import BadFacts, ClaimFacts
from portal.rules.plans import Plans, Rule
from portal.rules.policy import YearNotCovered
from portal.rules.policy_models import ANY, Category

MOST_QUARTERS = 4_000_000  # a million hours: beyond it an amount is a slip of the keyboard
# claim id, year, rule, subject, first and last day (ordinals; 0 without days), asked, what its own cap leaves
Part = tuple[str, int, Rule, str, int, int, int, int]

# A claim as the loop takes it: its facts, or the part that stands for one finished claim of one year.
Claim = ClaimFacts | Part


def counted(plans: Plans, claim: Claim, as_of: date | None) -> Sequence[Part]:
    """The parts of a claim that count on `as_of`: all of them, or none while it is not finished."""
    if isinstance(claim, tuple):
        return (claim,)
    pieces = parts(plans, claim)
    return pieces if finished(claim, as_of) else ()


def parts(plans: Plans, facts: ClaimFacts) -> list[Part]:
    """A claim's parts, one per calendar year it falls in; BadFacts names the field that is wrong."""
    start, end = facts.start, facts.end
    first_year = start.year if start is not None else facts.year or (facts.on.year if facts.on else 0)
    try:
        rule = plans[first_year].rules[facts.category]
    except KeyError:
        raise BadFacts(facts.id, "category", f"没有类别“{facts.category}”。") from None
    except YearNotCovered:
        if not first_year:
            rule = None
        else:
            raise BadFacts(facts.id, *_year_field(facts, first_year)) from None
    if rule is None:
        raise BadFacts(facts.id, *_missing_year(plans, facts))
    if not rule.by_days:
        return [_dated_part(facts, rule, first_year)]
    if start is None or end is None:
        raise BadFacts(facts.id, "start" if start is None else "end", "缺少起止日期。")
    if end < start:
        raise BadFacts(facts.id, "end", f"结束日期 {end} 早于开始日期 {start}。")
    a, b = start.toordinal(), end.toordinal()
    if end.year == first_year:
        if facts.split is not None:
            _check_split(facts, range(first_year, first_year + 1))
        asked, want = _measured(facts, rule, b - a + 1)
        return [(facts.id, first_year, rule, facts.subject, a, b, asked, want)]
    return _split_parts(plans, facts, rule, a, b)


def _year_field(facts: ClaimFacts, year: int) -> tuple[str, str]:
    field = "start" if facts.start else "year" if facts.year else "date"
    return field, f"{year} 年没有适用的学时认定规则。"


def _missing_year(plans: Plans, facts: ClaimFacts) -> tuple[str, str]:
    known = plans.policies.policies[-1].categories.get(facts.category)
    if known is None:
        return "category", f"没有类别“{facts.category}”。"
    if known.year_rule == "days":
        return "start", "缺少开始日期。"
    if known.year_rule == "date":
        return "date", "缺少日期或年度。"
    return "year", "缺少年度。"


def _dated_part(facts: ClaimFacts, rule: Rule, year: int) -> Part:
    if facts.start is not None or facts.end is not None:
        field = "start" if facts.start is not None else "end"
        raise BadFacts(facts.id, field, f"“{rule.category.label}”按年度计入，不填起止日期。")
    if facts.split is not None:
        raise BadFacts(facts.id, "split", f"“{rule.category.label}”不按天分到各年度。")
    if facts.on is not None and "date" not in rule.dated_by:
        raise BadFacts(facts.id, "date", f"“{rule.category.label}”填写年度，不填日期。")
    if facts.on is not None and facts.year is not None and facts.on.year != facts.year:
        raise BadFacts(facts.id, "year", f"年度 {facts.year} 与日期 {facts.on} 不一致。")
    asked, want = _measured(facts, rule, 0)
    return (facts.id, year, rule, facts.subject, 0, 0, asked, want)


def _measured(facts: ClaimFacts, rule: Rule, days: int) -> tuple[int, int]:
    """(what the claim asks, what its own cap and rank leave of it), in quarters."""
    if rule.simple:
        asked = facts.quarters
        if not 0 <= asked <= MOST_QUARTERS or asked % STEP:
            raise BadFacts(facts.id, "hours", "学时数应为不小于 0、0.5 的倍数。")
        return asked, asked
    if facts.items < 1 or facts.items > MOST_QUARTERS:
        raise BadFacts(facts.id, "items", "项数应为不小于 1 的整数。")
    if rule.fixed is not None:
        asked = rule.fixed * facts.items
        return asked, asked
    category = rule.category
    if category.measure == "hours":
        asked = facts.quarters
        if not 0 <= asked <= MOST_QUARTERS or asked % STEP:
            raise BadFacts(facts.id, "hours", "学时数应为不小于 0、0.5 的倍数。")
    elif category.measure == "per_item":
        asked = (category.each or 0) * facts.items
    elif category.measure == "per_day":
        asked = (category.each or 0) * days
    elif category.measure == "per_kind":
        if facts.kind not in category.hours_by_kind:
            raise BadFacts(facts.id, "kind", f"“{category.label}”没有类型“{facts.kind}”的学时。")
        asked = category.hours_by_kind[facts.kind].quarters * facts.items
    else:
        asked = _from_table(facts, category) * facts.items
    want = asked
    if category.ranks is not None and facts.rank not in category.ranks.counted:
        want = 0
    elif rule.claim_cap is not None:
        want = min(want, rule.claim_cap.quarters * facts.items)
    return asked, want


def _from_table(facts: ClaimFacts, category: Category) -> int:
    """The row for the claim's level and rank; an exact row goes before one for any."""
    for level in (facts.level, ANY):
        for rank in (facts.rank, ANY):
            for row in category.table:
                if row.level == level and row.rank == rank:
                    return row.quarters
    raise BadFacts(
        facts.id, "level", f"“{category.label}”没有等级“{facts.level}”、位次“{facts.rank}”的学时。"
    )


def year_spans(start: date, end: date) -> list[tuple[int, date, date]]:
    """(year, first day, last day) of each calendar year that [start, end] touches."""
    return [
        (year, max(start, date(year, 1, 1)), min(end, date(year, 12, 31)))
        for year in range(start.year, end.year + 1)
    ]


def shares(total: int, weights: Iterable[int]) -> list[int]:
    """`total` quarters in proportion to `weights`: each running sum rounded down to half an hour.

    The last share takes the remainder, so that nothing is lost.
    """
    weights = list(weights)
    whole = sum(weights) or 1
    steps = total // STEP
    running = [steps * so_far // whole * STEP for so_far in accumulate(weights)]
    running[-1] = total
    return [now - before for before, now in zip([0, *running[:-1]], running, strict=True)]


def _check_split(facts: ClaimFacts, years: range) -> None:
    split = facts.split or {}
    for year, quarters in split.items():
        if year not in years:
            raise BadFacts(facts.id, "split", f"{year} 年不在起止日期之内。")
        if quarters < 0 or quarters % STEP:
            raise BadFacts(facts.id, "split", f"{year} 年的学时应为不小于 0、0.5 的倍数。")
    if sum(split.values()) < facts.quarters:
        raise BadFacts(facts.id, "split", "各年度学时之和少于总学时。")


def _split_parts(plans: Plans, facts: ClaimFacts, rule: Rule, a: int, b: int) -> list[Part]:
    """Across 31 December: by days, or as entered by hand; a lower approved amount keeps the proportion."""
    start, end = facts.start, facts.end
    if start is None or end is None:
        raise BadFacts(facts.id, "start", "缺少起止日期。")
    spans = year_spans(start, end)
    if facts.split is None:
        weights = [(last - first).days + 1 for _, first, last in spans]
    else:
        _check_split(facts, range(start.year, end.year + 1))
        weights = [facts.split.get(year, 0) for year, _, _ in spans]
    asked, want = _measured(facts, rule, b - a + 1)
    found = []
    for (year, first, last), part_asked, part_want in zip(
        spans, shares(asked, weights), shares(want, weights), strict=True
    ):
        try:
            part_rule = plans[year].rules[facts.category]
        except YearNotCovered:
            raise BadFacts(facts.id, "end", f"{year} 年没有适用的学时认定规则。") from None
        except KeyError:
            raise BadFacts(facts.id, "category", f"{year} 年没有类别“{facts.category}”。") from None
        span = (first.toordinal(), last.toordinal())
        found.append((facts.id, year, part_rule, facts.subject, *span, part_asked, part_want))
    return found


def finished(facts: ClaimFacts, as_of: date | None) -> bool:
    """Whether the claim lies wholly in the past of `as_of`; without a date everything does.

    Learning that has not ended counts nowhere (notice: 按实际学时登记), nor does a date or a year ahead.
    """
    if as_of is None:
        return True
    if facts.end is not None:
        return facts.end <= as_of
    if facts.on is not None:
        return facts.on <= as_of
    return facts.year is None or facts.year <= as_of.year
