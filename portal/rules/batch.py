"""One person's claims as plain JSON data in, the whole answer as plain data out: the batch contract.

Hours come as numbers that are multiples of 0.5 and leave as text without trailing zeros; years leave
as text. Fractions are expected as `Decimal` (parse JSON with `parse_float=Decimal`), never as float.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from portal.rules.amounts import PER_HOUR, STEP, show_hours
from portal.rules.explain import sentence
from portal.rules.facts import ClaimFacts
from portal.rules.findings import Finding
from portal.rules.parts import MOST_QUARTERS
from portal.rules.policy import PolicySet
from portal.rules.standing import Assessment, Revocation, assess, project, refuse_repeats, revoke
from portal.rules.totals import ClaimCredit

PERSON_KEYS = ("person", "id", "name")
_TOP = frozenset((*PERSON_KEYS, "policy", "as_of", "claims", "pending", "revoke"))
_TEXTS = ("kind", "title", "level", "rank")
_CLAIM = frozenset(
    (
        *("id", "category", "subject", "hours", "start", "end", "year", "date", "split", "items", *_TEXTS),
        *("organizer", "author_name", "owner", "work_id", "approval", "approval_no", "note", "status"),
    )
)
_NO_TEXTS = [""] * len(_TEXTS)
_hours = lru_cache(maxsize=8192)(show_hours)


class BadInput(ValueError):
    """A person's data cannot be read. `claim` is empty when the fault is the person's own."""

    def __init__(self, claim: str, field: str, text: str) -> None:
        super().__init__(f"{claim} {field} {text}")
        self.claim = claim
        self.field = field
        self.text = text


def answer(policies: PolicySet, person: object) -> dict[str, Any]:
    """The answer to one person's data; BadInput or BadFacts name the claim and the field at fault."""
    if not isinstance(person, dict):
        raise BadInput("", "JSON", "应为一个对象 {…}。")
    for key in person:
        if key not in _TOP:
            raise BadInput("", key, "没有这个字段。")
    chosen = _policies(policies, person.get("policy"))
    as_of = _day("", "as_of", person.get("as_of"))
    approved = _claims(chosen, person, "claims", required=True)
    assessed = assess(chosen, approved, as_of=as_of)
    result: dict[str, Any] = {
        "claims": {claim: _claim(credit) for claim, credit in assessed.claims.items()},
        "years": _years(assessed),
    }
    if person.get("pending") is not None:
        pending = _claims(chosen, person, "pending")
        refuse_repeats([*approved, *pending])
        result["projection"] = _projection(chosen, approved, pending, as_of, assessed)
    if person.get("revoke") is not None:
        claim = person["revoke"]
        if not isinstance(claim, str) or claim not in assessed.claims:
            raise BadInput("", "revoke", f"claims 中没有编号为“{claim}”的申报。")
        result["revoke"] = _revocation(revoke(chosen, approved, claim, as_of=as_of))
    return result


def _policies(policies: PolicySet, wanted: object) -> PolicySet:
    if wanted is None:
        return policies
    try:
        return policies.named(wanted) if isinstance(wanted, str) else _no_policy(wanted)
    except KeyError:
        return _no_policy(wanted)


def _no_policy(wanted: object) -> PolicySet:
    raise BadInput("", "policy", f"没有规则“{wanted}”。")


# --- reading


def _claims(
    policies: PolicySet, person: Mapping[str, Any], key: str, *, required: bool = False
) -> list[ClaimFacts]:
    given = person.get(key)
    if given is None and not required:
        return []
    if not isinstance(given, list):
        raise BadInput("", key, "缺少申报列表。" if given is None else "应为列表 […]。")
    subjects = {standard.subject for policy in policies.policies for standard in policy.standards}
    return [_facts(policies, subjects, claim, f"{key}[{at}]") for at, claim in enumerate(given)]


def _facts(policies: PolicySet, subjects: set[str], given: object, place: str) -> ClaimFacts:
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
    if not isinstance(subject, str) or subject not in subjects:
        raise BadInput(claim, "subject", f"没有科目“{subject}”。" if subject is not None else "缺少科目。")
    hours = get("hours")
    if hours is not None:
        quarters = _quarters(claim, "hours", hours)
    else:
        quarters = 0
        if _measured_in_hours(policies, category):
            raise BadInput(claim, "hours", "缺少学时。")
    facts = ClaimFacts(
        claim,
        category,
        subject,
        quarters,
        _day(claim, "start", get("start")),
        _day(claim, "end", get("end")),
        _whole(claim, "year", get("year")),
        _day(claim, "date", get("date")),
        None if get("split") is None else _split(claim, get("split"), quarters),
        1 if get("items") is None else _whole(claim, "items", get("items")) or 0,
        *(_NO_TEXTS if given.keys().isdisjoint(_TEXTS) else _texts(claim, given)),
    )
    last = (facts.end or date.max).year
    if facts.year is not None and facts.start is not None and not facts.start.year <= facts.year <= last:
        raise BadInput(claim, "year", f"年度 {facts.year} 不在起止日期之内。")
    return facts


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


def _day(claim: str, field: str, value: object) -> date | None:
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


# --- writing


def _claim(credit: ClaimCredit) -> dict[str, Any]:
    return {
        "credited": _hours(credit.total),
        "by_year": {str(year): _hours(quarters) for year, quarters in credit.by_year.items()},
        "status": credit.status,
        "findings": [_finding(finding) for finding in credit.findings] if credit.clipped else [],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "year": str(finding.year),
        "limit": _hours(finding.limit),
        "taken": _hours(finding.taken),
        "left": _hours(finding.left),
        "taken_by": [taker.id for taker in finding.taken_by],
        "window": [day.isoformat() for day in finding.window] if finding.window else None,
        "text": sentence(finding),
    }


def _years(assessed: Assessment) -> dict[str, Any]:
    """The years with counted claims; of the categories those that occur."""
    found = {}
    for year, standing in assessed.years.items():
        occurring = {row[1]: True for row in assessed.books[year].rows}
        found[str(year)] = {
            "categories": {name: _hours(standing.categories[name]) for name in occurring},
            "subjects": {name: _hours(quarters) for name, quarters in standing.subjects.items()},
            "total": _hours(standing.total),
            "standards": [
                {"subject": s.subject, "need": _hours(s.need), "have": _hours(s.have), "met": s.met}
                for s in standing.standards
            ],
            "met": standing.met,
        }
    return found


def _projection(
    policies: PolicySet,
    approved: Sequence[ClaimFacts],
    pending: Sequence[ClaimFacts],
    as_of: date | None,
    assessed: Assessment,
) -> dict[str, Any]:
    projection = project(policies, approved, pending, as_of=as_of, now=assessed)
    return {
        "total_now": _hours(projection.total_now),
        "total_if_all": _hours(projection.total_if_all),
        "claims": {
            claim: {"at_most": _hours(bounds.at_most), "at_least": _hours(bounds.at_least)}
            for claim, bounds in projection.claims.items()
        },
        "years": {
            str(year): {
                "subjects": {
                    subject: {
                        "now": _hours(bounds.now),
                        "at_least": _hours(bounds.at_least),
                        "at_most": _hours(bounds.at_most),
                        "met": bounds.met,
                    }
                    for subject, bounds in outlook.subjects.items()
                },
                "met": outlook.met,
            }
            for year, outlook in projection.years.items()
        },
    }


def _revocation(revoked: Revocation) -> dict[str, Any]:
    return {
        "gains": {claim: _hours(quarters) for claim, quarters in revoked.gains.items()},
        "total_before": _hours(revoked.total_before),
        "total_after": _hours(revoked.total_after),
    }
