"""A policy told in words: each rule as a sentence beside the quote it comes from, its number marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from portal.rules.amounts import show_hours
from portal.rules.policy_models import Cap, Category, Policy

PER = {"day": "每天", "year": "每年", "claim": "每项"}
SOON = 30  # days before `review_by` at which HR is reminded


@dataclass(frozen=True, slots=True)
class Line:
    """One rule. `about` is its name for interpretations, "" for a detail of one that has its own line;
    `quarters` its number, None where it has none."""

    about: str
    title: str
    text: str
    quote: str
    quarters: int | None = None

    @property
    def parts(self) -> tuple[tuple[str, bool], ...]:
        """The quote in pieces, true for the rule's own number."""
        return marked(self.quote, self.quarters)

    @property
    def words(self) -> tuple[tuple[str, bool], ...]:
        """The sentence in pieces, true for the rule's own number."""
        return marked(self.text, self.quarters)


def marked(text: str, quarters: int | None) -> tuple[tuple[str, bool], ...]:
    """`text` cut around every place its number stands as a number of its own."""
    if quarters is None:
        return ((text, False),)
    number = re.escape(show_hours(quarters))
    pieces = re.split(rf"((?<![0-9.]){number}(?![0-9]|\.[0-9]))", text)
    return tuple((piece, at % 2 == 1) for at, piece in enumerate(pieces) if piece)


def standard_lines(policy: Policy) -> tuple[Line, ...]:
    """What a year needs, subject by subject."""
    return tuple(
        Line(
            f"standard.{one.subject}",
            one.label,
            f"每年不少于 {show_hours(one.quarters)} 学时",
            one.quote,
            one.quarters,
        )
        for one in policy.standards
    )


def category_lines(policy: Policy) -> tuple[Line, ...]:
    """How each category is measured and which subjects it may count for."""
    found = []
    for code, category in policy.categories.items():
        subjects = "、".join(policy.subject_label(subject) for subject in category.subjects)
        text = f"{measure(category)}，计入{subjects}"
        found.append(Line(f"category.{code}", category.label, text, category.quote, category.each))
    return tuple(found)


def evidence_lines(policy: Policy) -> tuple[Line, ...]:
    """What proves each kind."""
    found = []
    for category in policy.categories.values():
        for kind, listed in category.evidence.items():
            other = "其他形式" if len(category.evidence) > 1 else ""
            title = (
                f"{category.label}{'·' + (kind if kind != '*' else other) if kind != '*' or other else ''}"
            )
            text = "须提供" + "、".join(one.label for one in listed.all_of)
            found.append(Line("", title, text, listed.quote))
    return tuple(found)


def level_lines(policy: Policy) -> tuple[Line, ...]:
    """Which levels count."""
    found = []
    for category in policy.categories.values():
        for kind, levels in category.levels_by_kind.items():
            refused = f"；不认定{'、'.join(levels.refused)}" if levels.refused else ""
            text = f"认定{'、'.join(levels.counted)}{refused}"
            found.append(Line("", f"{category.label}·{kind}", text, levels.quote))
    return tuple(found)


def cap_lines(policy: Policy) -> tuple[Line, ...]:
    """Every ceiling."""
    return tuple(
        Line(f"cap.{cap.id}", cap_labels(policy, cap), cap_text(cap), cap.quote, cap.quarters)
        for cap in policy.caps
    )


def cap_labels(policy: Policy, cap: Cap) -> str:
    """The categories a cap binds, by name."""
    return "、".join(policy.category(name).label for name in cap.categories)


def cap_text(cap: Cap) -> str:
    """每年合计不超过 30 学时."""
    together = "合计" if len(cap.categories) > 1 else ""
    return f"{PER[cap.per]}{together}不超过 {show_hours(cap.quarters)} 学时"


def measure(category: Category) -> str:
    """How a category's hours come about."""
    each = show_hours(category.each or 0)
    return {
        "hours": "按实际学时",
        "per_item": f"每项（篇、本）计 {each} 学时",
        "per_day": f"每天计 {each} 学时",
        "per_kind": "按类型计学时",
        "table": "按等级与位次计学时",
    }[category.measure]


@dataclass(frozen=True, slots=True)
class ReviewDue:
    """A policy whose day of review is near or past."""

    policy: Policy
    left: int  # days; negative once it is past

    @property
    def state(self) -> Literal["soon", "past"]:
        return "past" if self.left < 0 else "soon"


def review_due(policies: Sequence[Policy], today: date) -> ReviewDue | None:
    """The policy in force whose `review_by` is past or within 30 days; None when there is none."""
    current = [one for one in policies if one.from_year <= today.year <= (one.to_year or 9999)]
    if not current:
        return None
    policy = max(current, key=lambda one: one.from_year)
    left = (policy.review_by - today).days
    return ReviewDue(policy, left) if left <= SOON else None
