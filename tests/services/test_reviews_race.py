"""Several reviewers at the same claims at the same moment: exactly one decision each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from campus import NOW
from sqlalchemy import func, select

from portal.extensions import db
from portal.models import Claim, Event
from portal.rules.policy import shipped
from portal.rules.refusals import Conflict
from portal.services import filing as filing_service
from portal.services import reviews
from portal.services.evidence import Intake

REVIEWERS = 8
TODAY = date(2025, 12, 1)
WON, LATE = "won", "late"


def test_of_eight_reviewers_one_decides_and_seven_are_told(app, people, filing):
    claims = [filing.claim("陈晓", "training", title=f"研修第{n}期") for n in range(4)]
    claims += [filing.claim("刘洋", "publication", title=f"论文{n}") for n in range(2)]
    gate = Barrier(REVIEWERS)

    def decide(number: int) -> list[str]:
        actor = people.actor(("李静", "王芳", "周敏", "孙悦")[number % 4])
        gate.wait()
        return [_attempt(app, actor, claim, number) for claim in claims]

    with ThreadPoolExecutor(REVIEWERS) as pool:
        answers = list(pool.map(decide, range(REVIEWERS)))

    for outcomes in zip(*answers, strict=True):
        assert sorted(outcomes) == [LATE] * (REVIEWERS - 1) + [WON]
    with app.app_context():
        decided = db.session.execute(
            select(Claim.person_id, Claim.status, Claim.version, Claim.approval_number, Claim.credited)
        ).all()
        events = db.session.scalar(
            select(func.count()).where(Event.action.in_(("claim-approved", "claim-returned")))
        )
    assert events == len(claims)
    assert all(row.version == 2 and row.status in ("approved", "returned") for row in decided)
    for person in {row.person_id for row in decided}:
        approved = [row for row in decided if row.person_id == person and row.status == "approved"]
        numbers = sorted(row.approval_number for row in approved)
        assert numbers == list(range(1, len(approved) + 1))
    trained = [row for row in decided if row.person_id == people["陈晓"].id and row.status == "approved"]
    credited = sum(sum(row.credited.values()) for row in trained)
    assert credited == (96 if trained else 0)  # three days of 8 h hold 24 h, however many are approved


def _attempt(app, actor, claim, number: int) -> str:
    """Even reviewers approve, every fourth returns."""
    with app.app_context():
        try:
            if number % 4 == 3:
                reviews.send_back(actor, claim.uuid, reason="不清晰。", version=1, now=NOW, today=TODAY)
            else:
                reviews.approve(
                    actor,
                    claim.uuid,
                    quarters=None,
                    subject="",
                    reason="",
                    version=1,
                    policies=shipped(),
                    now=NOW,
                    today=TODAY,
                )
        except Conflict:
            return LATE
        finally:
            db.session.remove()
        return WON


def test_a_decision_and_its_author_elsewhere_do_not_wait_in_a_ring(app, people, filing):
    author, reviewer = people.actor("陈晓"), people.actor("李静")
    for _ in range(6):
        decided, withdrawn, gate = filing.claim("陈晓"), filing.claim("陈晓"), Barrier(2)

        def approve(claim=decided, gate=gate):
            gate.wait()
            return _attempt(app, reviewer, claim, 0)

        def withdraw(claim=withdrawn, gate=gate):
            gate.wait()
            with app.app_context():
                filing_service.withdraw(author, claim.uuid, version=claim.version, now=NOW)

        with ThreadPoolExecutor(2) as pool:
            withdrawing = pool.submit(withdraw)
            assert pool.submit(approve).result() == WON
            withdrawing.result()


def test_deciding_and_mending_one_claim_at_once_ends_in_one_of_the_two(app, people, filing):
    author, reviewer = people.actor("陈晓"), people.actor("李静")
    for number in range(8):
        claim, gate = filing.claim("陈晓"), Barrier(2)
        with app.app_context():
            given = filing_service.input_of(filing_service.claims.own(author, claim.uuid))
            db.session.remove()
        sent = filing_service.Form(
            given, Intake(), key=f"key-{number}", claim=claim.uuid, version=claim.version
        )

        def approve(claim=claim, gate=gate):
            gate.wait()
            return _attempt(app, reviewer, claim, 0)

        def mend(sent=sent, gate=gate):
            gate.wait()
            with app.app_context(), pytest.raises(Conflict):
                filing_service.save(author, sent, shipped(), now=NOW)

        with ThreadPoolExecutor(2) as pool:
            mending = pool.submit(mend)
            assert pool.submit(approve).result() == WON
            mending.result()
