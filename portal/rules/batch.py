"""One person's claims as plain JSON data in, the whole answer as JSON text out: the batch contract.

Hours come as numbers that are multiples of 0.5 and leave as text without trailing zeros; years leave
as text. Fractions are expected as `Decimal` (parse JSON with `parse_float=Decimal`), never as float.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from portal.rules.assessment import Assessment, refuse_repeats, settled
from portal.rules.batch_input import BadInput, Claims, Reader, read_day, reader_of
from portal.rules.batch_output import written
from portal.rules.credit import credit
from portal.rules.policy import PolicySet
from portal.rules.standing import Revocation, projected, revocation

__all__ = ["PERSON_KEYS", "BadInput", "answer"]

PERSON_KEYS = ("person", "id", "name")
_TOP = frozenset((*PERSON_KEYS, "policy", "as_of", "claims", "pending", "revoke"))


def answer(policies: PolicySet, person: object) -> str:
    """One person's answer as a line of JSON; BadInput or BadFacts name the claim and the field at fault."""
    if not isinstance(person, dict):
        raise BadInput("", "JSON", "应为一个对象 {…}。")
    for key in person:
        if key not in _TOP:
            raise BadInput("", key, "没有这个字段。")
    reader = reader_of(_policies(policies, person.get("policy")))
    as_of = read_day("", "as_of", person.get("as_of"))
    approved = reader.claims(person.get("claims"), "claims", as_of)
    refuse_repeats(approved.ids)
    books, waiting = credit(reader.plans, approved.claims, as_of)
    pending, revoked = person.get("pending"), person.get("revoke")
    if pending is None and revoked is None:
        return written(approved.ids, books, waiting, approved.titles)
    now = settled(reader.plans, approved.ids, approved.titles, books, waiting, {})
    projection = None
    if pending is not None:
        waiting_claims = reader.claims(pending, "pending", as_of)
        refuse_repeats([*approved.ids, *waiting_claims.ids])
        projection = projected(reader.plans, now, waiting_claims.ids, waiting_claims.claims, as_of)
    fallen = _revoked(reader, approved, now, revoked, as_of) if revoked is not None else None
    return written(approved.ids, books, waiting, approved.titles, projection, fallen)


def _policies(policies: PolicySet, wanted: object) -> PolicySet:
    if wanted is None:
        return policies
    try:
        return policies.named(wanted) if isinstance(wanted, str) else _no_policy(wanted)
    except KeyError:
        return _no_policy(wanted)


def _no_policy(wanted: object) -> PolicySet:
    raise BadInput("", "policy", f"没有规则“{wanted}”。")


def _revoked(
    reader: Reader, approved: Claims, before: Assessment, claim: Any, as_of: date | None
) -> Revocation:
    if not isinstance(claim, str) or claim not in before.claims:
        raise BadInput("", "revoke", f"claims 中没有编号为“{claim}”的申报。")
    at = approved.ids.index(claim)
    ids = approved.ids[:at] + approved.ids[at + 1 :]
    books, waiting = credit(reader.plans, approved.claims[:at] + approved.claims[at + 1 :], as_of)
    return revocation(before, settled(reader.plans, ids, approved.titles, books, waiting, {}))
