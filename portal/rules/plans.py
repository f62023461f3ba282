"""Policies compiled for the loop: per category the caps that bind it, as plain integers."""

from __future__ import annotations

from typing import Literal, NamedTuple

from portal.rules.policy import Cap, Policy, PolicySet
from portal.rules.policy_models import Category

# year rule -> the fields any one of which tells a claim's year
_DATED_BY = {"days": ("start",), "stated": ("year",), "date": ("date", "year")}


class Rule:
    """One category of one policy, compiled: what the loop needs and nothing to look up."""

    __slots__ = (
        "by_days",
        "category",
        "claim_cap",
        "code",
        "dated_by",
        "day_cap",
        "day_limit",
        "fixed",
        "pool",
        "simple",
        "year_caps",
    )

    def __init__(self, code: str, category: Category, caps: tuple[Cap, ...]) -> None:
        mine = [cap for cap in caps if code in cap.categories]
        days = [cap for cap in caps if cap.per == "day"]
        years = [cap for cap in caps if cap.per == "year"]
        self.code = code
        self.category = category
        self.by_days = category.year_rule == "days"
        self.year_caps = tuple((i, cap.id, cap.quarters) for i, cap in enumerate(years) if cap in mine)
        self.pool = next((i for i, cap in enumerate(days) if cap in mine), -1)
        self.day_cap = days[self.pool].id if self.pool >= 0 else ""
        self.day_limit = days[self.pool].quarters if self.pool >= 0 else 0
        self.claim_cap = min(
            (cap for cap in mine if cap.per == "claim"), key=lambda c: c.quarters, default=None
        )
        self.dated_by = _DATED_BY[category.year_rule]
        bare = self.claim_cap is None and category.ranks is None
        self.simple = bare and category.measure == "hours"  # asks the hours it states
        self.fixed = category.each if bare and category.measure == "per_item" else None  # asks this an item


class Ceiling(NamedTuple):
    """A cap as findings tell it: plain values, because models are slow to read."""

    per: Literal["day", "year", "claim"]
    quarters: int
    categories: tuple[str, ...]
    labels: tuple[str, ...]
    quote: str


class Target(NamedTuple):
    """A standard as standings compare with it, in quarters."""

    subject: str
    label: str
    quarters: int
    quote: str


class Plan:
    """One policy compiled for the loop."""

    __slots__ = ("ceilings", "policy", "pools", "rules", "targets", "year_caps", "yearly")

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.ceilings = {
            cap.id: Ceiling(
                cap.per,
                cap.quarters,
                cap.categories,
                tuple(policy.categories[name].label for name in cap.categories),
                cap.quote,
            )
            for cap in policy.caps
        }
        self.targets = tuple(Target(s.subject, s.label, s.quarters, s.quote) for s in policy.standards)
        self.yearly = {cap.id: cap.categories for cap in policy.caps if cap.per == "year"}
        self.rules = {code: Rule(code, category, policy.caps) for code, category in policy.categories.items()}
        self.year_caps = sum(cap.per == "year" for cap in policy.caps)
        self.pools = sum(cap.per == "day" for cap in policy.caps)


class Plans(dict[int, Plan]):
    """Year -> plan of a policy set, compiled when first asked for."""

    def __init__(self, policies: PolicySet) -> None:
        super().__init__()
        self.policies = policies
        self._compiled: dict[str, Plan] = {}

    def __missing__(self, year: int) -> Plan:
        policy = self.policies.for_year(year)
        plan = self._compiled.get(policy.id)
        if plan is None:
            plan = self._compiled[policy.id] = Plan(policy)
        self[year] = plan
        return plan
