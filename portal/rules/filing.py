"""What the notice demands before a claim may be sent: one sentence per thing still in the way."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from portal.rules.amounts import STEP, show_hours
from portal.rules.parts import year_spans
from portal.rules.policy import Policy
from portal.rules.policy_models import Category, Kind
from portal.rules.vocabulary import CLAIMABLE, Approval, Evidence


@dataclass(frozen=True, slots=True)
class ClaimInput:
    """A claim as its form says it; None or "" where nothing was entered. Amounts are quarters."""

    category: str
    kind: str = ""
    subject: str = ""
    title: str = ""
    organizer: str = ""
    start: date | None = None
    end: date | None = None
    quarters: int | None = None
    year: int | None = None
    on: date | None = None
    split: Mapping[int, int] | None = None
    author_name: str = ""
    rank: str = ""
    level: str = ""
    owner: str = ""
    work_id: str = ""
    approval: str = ""
    approval_no: str = ""
    marked: bool = False
    truthful: bool = False
    keep_zero: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason a claim cannot be sent: the form field, what to do, the words of the notice if any.

    `claim` is the uuid of an earlier claim the sentence speaks of.
    """

    field: str
    text: str
    quote: str = ""
    claim: str = ""


def submission_problems(
    policy: Policy, given: ClaimInput, evidence_present: Collection[Evidence], as_of: date
) -> list[Problem]:
    """Everything that forbids sending the claim on the day `as_of`, in the order of the form.

    `policy` is that of the claim's (first) year; `evidence_present` the kinds of file there are.
    """
    category = policy.categories.get(given.category)
    if category is None or given.category not in CLAIMABLE:
        return [Problem("category", "请选择可以申报的类别；平台课程学时自动导入，不需申报。")]
    kind = category.kind(given.kind) if given.kind in category.kinds else None
    found: list[Problem] = []
    if kind is None:
        found.append(Problem("kind", f"请选择{category.label}的形式：{'、'.join(category.kinds)}。"))
    if given.subject not in category.subjects:
        found.append(Problem("subject", "请选择计入的科目。"))
    if not given.title.strip():
        found.append(Problem("title", "请填写名称。"))
    found.extend(_time_problems(policy, category, given, as_of))
    if category.measure == "hours":
        found.extend(_hours_problems(policy, category, given))
    found.extend(_condition_problems(policy, category, kind, given))
    if kind is not None:
        found.extend(_evidence_problems(policy, kind, evidence_present))
    if "truthful" in category.conditions and not given.truthful:
        found.append(
            Problem("truthful", "请确认所提交的材料真实有效，并勾选此项。", _quote(policy, "truthful"))
        )
    return found


def _quote(policy: Policy, condition_id: str) -> str:
    condition = policy.condition(condition_id)
    return condition.quote if condition else ""


def _time_problems(policy: Policy, category: Category, given: ClaimInput, as_of: date) -> Iterator[Problem]:
    if category.year_rule == "days":
        yield from _day_problems(policy, category, given, as_of)
    elif category.year_rule == "date" and given.on is not None:
        if given.on > as_of:
            yield Problem("date", f"日期 {given.on} 还没有到，不能提交，可先保存为草稿。")
        yield from _covered(policy, "date", given.on.year)
    elif given.year is None:
        by_date = category.year_rule == "date"
        yield Problem("date", "请填写发表或取得的日期。") if by_date else Problem("year", "请填写年度。")
    else:
        if given.year > as_of.year:
            yield Problem("year", f"{given.year} 年还没有到，不能提交，可先保存为草稿。")
        yield from _covered(policy, "year", given.year)


def _day_problems(policy: Policy, category: Category, given: ClaimInput, as_of: date) -> Iterator[Problem]:
    if given.start is None:
        yield Problem("start", "请填写开始日期。")
    else:
        yield from _covered(policy, "start", given.start.year)
    if given.end is None:
        yield Problem("end", "请填写结束日期。")
    elif given.start is not None and given.end < given.start:
        yield Problem("end", f"结束日期 {given.end} 早于开始日期 {given.start}，请检查。")
    elif given.end > as_of:
        text = f"这项{category.label}到 {given.end} 才结束，结束后才能提交，可先保存为草稿。"
        yield Problem("end", text, category.quote)


def _covered(policy: Policy, field: str, year: int) -> Iterator[Problem]:
    if year < policy.from_year or (policy.to_year is not None and year > policy.to_year):
        yield Problem(field, f"{year} 年不在现行规定的年度之内（自 {policy.from_year} 年起），请检查年份。")


def _hours_problems(policy: Policy, category: Category, given: ClaimInput) -> Iterator[Problem]:
    if given.quarters is None:
        yield Problem("hours", "请填写学时。")
    elif given.quarters <= 0 or given.quarters % STEP:
        yield Problem("hours", "学时应大于 0，并按半学时填写。")
    elif given.split is not None and given.start and given.end and given.start <= given.end:
        yield from _split_problems(policy, category, given, given.split, given.start, given.end)


def _split_problems(
    policy: Policy, category: Category, given: ClaimInput, split: Mapping[int, int], start: date, end: date
) -> Iterator[Problem]:
    """A split by hand names only the claim's years, adds up, and stays within each part's days."""
    days = {year: (last - first).days + 1 for year, first, last in year_spans(start, end)}
    cap = next((cap for cap in policy.caps if cap.per == "day" and cap.id in category.caps), None)
    for year, quarters in sorted(split.items()):
        if year not in days:
            yield Problem("split", f"{year} 年不在起止日期之内，请删去该年度的学时。")
        elif quarters < 0 or quarters % STEP:
            yield Problem("split", f"{year} 年的学时应不小于 0，并按半学时填写。")
        elif cap is not None and quarters > cap.quarters * days[year]:
            most = show_hours(cap.quarters * days[year])
            each = show_hours(cap.quarters)
            text = f"{year} 年有 {days[year]} 天，每天最多 {each} 学时，该年度最多填写 {most} 学时。"
            yield Problem("split", text, cap.quote)
    total = sum(split.values())
    if total != given.quarters:
        text = f"各年度学时合计 {show_hours(total)}，与申报的 {show_hours(given.quarters or 0)} 学时不一致。"
        yield Problem("split", text)


_DETAILS = (("author_name", "姓名"), ("rank", "位次"), ("level", "等级"), ("owner", "产权单位"))


def _condition_problems(
    policy: Policy, category: Category, kind: Kind | None, given: ClaimInput
) -> Iterator[Problem]:
    if "organised" in category.conditions and given.approval not in set(Approval):
        words = _quote(policy, "organised")
        quote = words if words in category.quote else category.quote
        yield Problem("approval", "须由学校组织或经学校审批同意，请选择其中一种。", quote)
    quote = _quote(policy, "marked")
    must_mark = "marked" in category.conditions
    if must_mark:
        for field, label in _DETAILS:
            if not getattr(given, field).strip():
                yield Problem(field, f"请填写{label}。", quote)
    if kind is not None and kind.levels is not None and given.level.strip():
        counted = kind.levels.counted
        if given.level in kind.levels.refused:
            text = f"等级为“{given.level}”的{kind.name}不能申报学时，可申报的等级：{'、'.join(counted)}。"
            yield Problem("level", text, kind.levels.quote)
        elif given.level not in counted:
            yield Problem("level", f"请从列表中选择等级：{'、'.join(counted)}。", kind.levels.quote)
    if must_mark and not given.marked:
        yield Problem("marked", "请在证明材料上标明姓名、位次、等级、产权单位，并勾选此项。", quote)


def _evidence_problems(
    policy: Policy, kind: Kind, evidence_present: Collection[Evidence]
) -> Iterator[Problem]:
    for proof in kind.evidence:
        if proof not in evidence_present:
            quote = kind.evidence_quote or _quote(policy, "complete")
            yield Problem(proof.field, f"{kind.name}须上传{proof.label}。", quote)
