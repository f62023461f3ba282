"""HR's first page tells an officer what waits for a second one, and nobody about their own."""

from __future__ import annotations

from typing import Any

from campus import NOW, Filing, People
from flask import Flask

from portal.queries.policy_confirmations import digest
from portal.rules.policy import shipped
from portal.rules.vocabulary import RevocationKind
from portal.services import policy_confirmations, revocation_proposals

POLICY = shipped().for_year(2025)
READING = POLICY.interpretations[0]


def told(sign_in: Any, name: str, what: str) -> bool:
    return what in sign_in(name).get("/hr/", status=200).words


def test_a_reading_waits_until_it_is_answered(app: Flask, sign_in: Any, people: People) -> None:
    said: Any = {"seen": digest(READING), "note": "已请示", "now": NOW}
    with app.app_context():
        policy_confirmations.propose(people.actor("周敏"), POLICY, READING.id, **said)
    assert told(sign_in, "孙悦", "有 1 项条款理解待您确认")
    assert not told(sign_in, "周敏", "条款理解待您确认")
    with app.app_context():
        policy_confirmations.refuse(people.actor("孙悦"), POLICY, READING.id, **said)
    assert not told(sign_in, "孙悦", "条款理解待您确认")


def test_revocations_wait_for_an_officer_they_do_not_concern(
    app: Flask, sign_in: Any, filing: Filing, people: People
) -> None:
    made = []
    for name in ("陈晓", "孙悦"):
        claim = filing.claim(name, status="approved", decider="李静")
        with app.app_context():
            given: Any = {"kind": RevocationKind.FALSE, "reason": "查实。", "now": NOW}
            made.append(revocation_proposals.propose(people.actor("周敏"), [claim.uuid], **given))
    assert told(sign_in, "孙悦", "有 1 项批量撤销待您确认"), "the one about herself is not hers to decide"
    assert not told(sign_in, "周敏", "批量撤销待您确认")
    with app.app_context():
        revocation_proposals.withdraw(people.actor("周敏"), made[0], now=NOW)
    assert not told(sign_in, "孙悦", "批量撤销待您确认")
