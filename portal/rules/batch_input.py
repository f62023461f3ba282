"""One person's claims read from plain JSON data: each straight into the part the loop takes, or with care.

Almost every claim says exactly what its category needs, in one year. Such a claim becomes a `Part` in one
step; whatever else it may be, right or wrong, goes through `ClaimFacts`, where every fault has its words.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, NamedTuple

from portal.rules.amounts import PER_HOUR, STEP
from portal.rules.assessment import plans_of
from portal.rules.facts import ClaimFacts
from portal.rules.parts import MOST_QUARTERS, Claim, Part
from portal.rules.plans import Plans
from portal.rules.policy import PolicySet

_TEXTS = ("kind", "title", "level", "rank")
_CLAIM = frozenset(
    (
        *("id", "category", "subject", "hours", "start", "end", "year", "date", "split", "items", *_TEXTS),
        *("organizer", "author_name", "owner", "work_id", "approval", "approval_no", "note", "status"),
    )
)
_PLAIN = {when: frozenset(("id", "category", "subject", "hours", when)) for when in ("year", "date")}
_PLAIN["start"] = frozenset((*_PLAIN["year"] - {"year"}, "start", "end"))
_WITH_TEXTS = {when: fields.union(_TEXTS) for when, fields in _PLAIN.items()}
_NO_TEXTS = [""] * len(_TEXTS)


class BadInput(ValueError):
    """A person's data cannot be read. `claim` is empty when the fault is the person's own."""

    def __init__(self, claim: str, field: str, text: str) -> None:
        super().__init__(f"{claim} {field} {text}")
        self.claim = claim
        self.field = field
        self.text = text


class Claims(NamedTuple):
    """A person's claims in the order given, their ids, and the titles of those that have one."""

    ids: list[str]
    titles: dict[str, str]
    claims: list[Claim]


class Reader:
    """Reads claims under one policy set."""

    def __init__(self, policies: PolicySet) -> None:
        self.policies = policies
        self.plans: Plans = plans_of(policies)
        self._subjects = {s.subject for policy in policies.policies for s in policy.standards}

    def claims(self, given: object, key: str, as_of: date | None) -> Claims:
        """The claims of the list under `key`; BadInput for the first that cannot be read."""
        if not isinstance(given, list):
            raise BadInput("", key, "缺少申报列表。" if given is None else "应为列表 […]。")
        until = as_of or date.max
        last_day, last_year = until.toordinal(), until.year
        ids, titles, claims = [], {}, []
        for at, item in enumerate(given):
            claim = self._plain(item, last_day, last_year) or self._facts(item, f"{key}[{at}]")
            ids.append(claim[0] if isinstance(claim, tuple) else claim.id)
            if "title" in item:
                titles[ids[-1]] = item["title"] or ""
            claims.append(claim)
        return Claims(ids, titles, claims)

    def _plain(self, given: Any, last_day: int, last_year: int) -> Part | None:
        """The part of a finished claim of one year that gives what its category needs and no more.

        None says nothing about the claim but that it must be read with care.
        """
        try:
            claim, subject, hours = given["id"], given["subject"], given.get("hours")
            if not claim or type(claim) is not str or subject not in self._subjects:
                return None
            first = last = 0
            if "start" in given:
                when = "start"
                year, first = _calendar(given["start"])
                last_of, last = _calendar(given["end"])
                if last_of != year or not first <= last <= last_day:
                    return None
            elif "date" in given:
                when = "date"
                year, day = _calendar(given["date"])
                if day > last_day:
                    return None
            else:
                when = "year"
                year = given["year"]
                if type(year) is not int or year > last_year:
                    return None
            rule = self.plans[year].rules[given["category"]]
            if when not in rule.dated_by:
                return None
            if not _PLAIN[when].issuperset(given):
                if not _WITH_TEXTS[when].issuperset(given):
                    return None
                _texts(claim, given)
            if rule.simple:
                asked = _quarters(claim, "hours", hours)
            elif rule.fixed is not None and hours is None:
                asked = rule.fixed
            else:
                return None
        except (BadInput, LookupError, TypeError):
            return None
        return (claim, year, rule, subject, first, last, asked, asked)

    def _facts(self, given: object, place: str) -> ClaimFacts:
        """Any claim; BadInput names the first field at fault."""
        if not isinstance(given, dict):
            raise BadInput(place, "JSON", "应为一个对象 {…}。")
        claim = given.get("id")
        if not isinstance(claim, str) or not claim:
            raise BadInput(place, "id", "应为非空文字。")
        if not given.keys() <= _CLAIM:
            raise BadInput(claim, str(next(key for key in given if key not in _CLAIM)), "没有这个字段。")
        get = given.get
        category, subject = get("category"), get("subject")
        if not isinstance(category, str):
            raise BadInput(claim, "category", "缺少类别。")
        if not isinstance(subject, str) or subject not in self._subjects:
            raise BadInput(
                claim, "subject", f"没有科目“{subject}”。" if subject is not None else "缺少科目。"
            )
        hours = get("hours")
        if hours is not None:
            quarters = _quarters(claim, "hours", hours)
        else:
            quarters = 0
            if _measured_in_hours(self.policies, category):
                raise BadInput(claim, "hours", "缺少学时。")
        facts = ClaimFacts(
            claim,
            category,
            subject,
            quarters,
            read_day(claim, "start", get("start")),
            read_day(claim, "end", get("end")),
            _whole(claim, "year", get("year")),
            read_day(claim, "date", get("date")),
            None if get("split") is None else _split(claim, get("split"), quarters),
            1 if get("items") is None else _whole(claim, "items", get("items")) or 0,
            *(_NO_TEXTS if given.keys().isdisjoint(_TEXTS) else _texts(claim, given)),
        )
        last = (facts.end or date.max).year
        if facts.year is not None and facts.start is not None and not facts.start.year <= facts.year <= last:
            raise BadInput(claim, "year", f"年度 {facts.year} 不在起止日期之内。")
        return facts


@cache
def reader_of(policies: PolicySet) -> Reader:
    """The reader of a policy set."""
    return Reader(policies)


@lru_cache(maxsize=256)
def _measured_in_hours(policies: PolicySet, category: str) -> bool:
    measures = {p.categories[category].measure for p in policies.policies if category in p.categories}
    return measures == {"hours"}


def _quarters(claim: str, field: str, value: object) -> int:
    """Quarters of a JSON number that is a multiple of half an hour; anything else is refused, not rounded."""
    if type(value) is int:
        quarters = value * PER_HOUR
    elif type(value) is Decimal and abs(value) < MOST_QUARTERS:
        exact = value * PER_HOUR
        quarters = int(exact)
        if exact != quarters:
            raise BadInput(claim, field, f"{value} 不是 0.5 的倍数。")
    else:
        raise BadInput(claim, field, "应为数字，如 8 或 7.5。")
    if quarters < 0:
        raise BadInput(claim, field, f"{value} 小于 0。")
    if quarters > MOST_QUARTERS:
        raise BadInput(claim, field, "数值过大。")
    if quarters % STEP:
        raise BadInput(claim, field, f"{value} 不是 0.5 的倍数。")
    return quarters


@lru_cache(maxsize=65536)
def _date(text: str) -> date | None:
    """A date written 2025-07-01 and no other way."""
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@lru_cache(maxsize=65536)
def _calendar(text: str) -> tuple[int, int]:
    """Year and ordinal of such a date; LookupError for anything else."""
    found = _date(text)
    if found is None:
        raise LookupError(text)
    return found.year, found.toordinal()


def read_day(claim: str, field: str, value: object) -> date | None:
    """The date under `field`, None when it is absent."""
    if value is None:
        return None
    found = _date(value) if isinstance(value, str) else None
    if found is None:
        raise BadInput(claim, field, "应为存在的日期，写成如 2025-07-01。")
    return found


def _whole(claim: str, field: str, value: object) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 0 < value < MOST_QUARTERS:
        raise BadInput(claim, field, "应为大于 0 的整数。")
    return value


def _texts(claim: str, given: Mapping[str, Any]) -> list[str]:
    found = ["" if given.get(field) is None else given[field] for field in _TEXTS]
    for field, text in zip(_TEXTS, found, strict=True):
        if not isinstance(text, str):
            raise BadInput(claim, field, "应为文字。")
    return found


def _split(claim: str, given: object, quarters: int) -> dict[int, int]:
    if not isinstance(given, dict):
        raise BadInput(claim, "split", '应为一个对象，如 {"2025": 16, "2026": 8}。')
    found = {}
    for year, hours in given.items():
        if len(year) != 4 or not (year.isascii() and year.isdigit()):
            raise BadInput(claim, "split", f"“{year[:20]}”不是年度。")
        found[int(year)] = _quarters(claim, "split", hours)
    if sum(found.values()) != quarters:
        raise BadInput(claim, "split", "各年度学时之和不等于 hours。")
    return found
