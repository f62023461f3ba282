"""Deciding claims through the service: who may, what is stored, who wins."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from campus import NOW
from sqlalchemy import select

from portal.database import write_tx
from portal.extensions import db
from portal.models import Claim, Event, Grant, PersonYear
from portal.rules.policy import shipped
from portal.rules.refusals import Conflict, NotFound, NotPermitted, RuleBroken
from portal.services import reviews

TODAY = date(2025, 12, 1)


@pytest.fixture
def approve(app, people):
    """`approve("李静", claim, hours=16)`: the service as a reviewer calls it."""

    def decide(name, claim, *, quarters=None, subject="", reason="", version=1, hat=None, today=TODAY):
        with app.app_context():
            return reviews.approve(
                people.actor(name, hat),
                claim.uuid,
                quarters=quarters,
                subject=subject,
                reason=reason,
                version=version,
                policies=shipped(),
                now=NOW,
                today=today,
            )

    return decide


@pytest.fixture
def send_back(app, people):
    """`send_back("李静", claim, reason="…")`."""

    def decide(name, claim, *, reason="材料不清晰。", version=1):
        with app.app_context():
            return reviews.send_back(
                people.actor(name), claim.uuid, reason=reason, version=version, now=NOW, today=TODAY
            )

    return decide


@pytest.fixture
def stored(app):
    """The claim's row as the database has it."""

    def read(claim):
        with app.app_context():
            return db.session.execute(
                select(*Claim.__table__.c).where(Claim.__table__.c.uuid == claim.uuid)
            ).one()

    return read


def standing(app, people, name, year):
    with app.app_context():
        return db.session.execute(
            select(PersonYear.public, PersonYear.professional, PersonYear.met).where(
                PersonYear.person_id == people[name].id, PersonYear.year == year
            )
        ).one_or_none()


def test_an_approved_claim_counts_at_once(app, people, filing, approve, stored):
    claim = filing.claim("陈晓", "training")
    decided = approve("李静", claim)
    row = stored(claim)
    assert (row.status, row.version, row.approval_number) == ("approved", 2, 1)
    assert (row.approved_quarters, row.approved_subject, row.credited) == (96, "professional", {"2025": 96})
    assert (row.policy_id, row.policy_sha256) == ("sdsmu-2025", shipped().for_year(2025).sha256)
    assert (row.decider_id, row.decided_at) == (people["李静"].id, NOW)
    assert standing(app, people, "陈晓", 2025) == (0, 96, False)
    assert decided.row.counts == 96
    assert decided.waiting.count == 0


def test_an_approval_is_clipped_by_what_was_approved_before(approve, filing, stored):
    filing.claim("陈晓", "training", "approved")
    claim = filing.claim("陈晓", "training", start_on=date(2025, 7, 2), end_on=date(2025, 7, 4), quarters=80)
    decided = approve("李静", claim)
    assert stored(claim).credited == {"2025": 32}
    assert stored(claim).approval_number == 2
    assert decided.row.counts == 32


def test_the_history_tells_who_approved_and_what(app, filing, approve, people):
    claim = filing.claim("陈晓", "training")
    approve("李静", claim, quarters=64, reason="按证明所载学时核定。")
    with app.app_context():
        event = db.session.execute(select(*Event.__table__.c).order_by(Event.__table__.c.id.desc())).first()
    assert (event.action, event.actor_id, event.object_uuid) == (
        "claim-approved",
        people["李静"].id,
        claim.uuid,
    )
    assert event.reason == "按证明所载学时核定。"
    assert event.details["hours"] == "16"
    assert event.details["asked"] == "24"
    assert event.details["credited"] == {"2025": "16"}


def test_fewer_hours_need_a_reason(filing, approve, stored):
    claim = filing.claim("陈晓", "training")
    with pytest.raises(RuleBroken) as refused:
        approve("李静", claim, quarters=64)
    assert "reason" in refused.value.fields
    approve("李静", claim, quarters=64, reason="按证明核定。")
    assert (stored(claim).approved_quarters, stored(claim).decision_reason) == (64, "按证明核定。")


def test_another_subject_needs_a_reason_and_must_be_allowed(app, people, filing, approve, stored):
    training = filing.claim("陈晓", "training")
    with pytest.raises(RuleBroken) as refused:
        approve("李静", training, subject="public")
    assert "reason" in refused.value.fields
    approve("李静", training, subject="public", reason="内容属公需科目。")
    assert stored(training).approved_subject == "public"
    assert standing(app, people, "陈晓", 2025) == (96, 0, False)
    study = filing.claim("陈晓", "self_study")
    with pytest.raises(RuleBroken) as refused:
        approve("李静", study, subject="public", reason="改公需。")
    assert "subject" in refused.value.fields


@pytest.mark.parametrize("quarters", [0, -4, 97])
def test_hours_stay_between_nothing_and_what_was_asked(filing, approve, stored, quarters):
    claim = filing.claim("陈晓", "training")
    with pytest.raises(RuleBroken) as refused:
        approve("李静", claim, quarters=quarters, reason="试。")
    assert "hours" in refused.value.fields
    assert stored(claim).status == "pending"


def test_a_work_counts_by_the_piece_whatever_hours_are_sent(filing, approve, stored):
    claim = filing.claim("陈晓", "publication")
    approve("李静", claim, quarters=4)
    assert (stored(claim).approved_quarters, stored(claim).credited) == (40, {"2025": 40})


def test_a_split_by_hand_holds_until_fewer_hours_are_approved(filing, approve, stored):
    facts = {
        "start_on": date(2024, 12, 30),
        "end_on": date(2025, 1, 2),
        "quarters": 96,
        "split": {"2024": 64, "2025": 32},
    }
    whole = filing.claim("陈晓", "training", **facts)
    approve("李静", whole)
    assert stored(whole).credited == {"2024": 64, "2025": 32}
    less = filing.claim("刘洋", "training", **facts)
    approve("李静", less, quarters=64, reason="按证明核定。")
    assert stored(less).credited == {"2024": 32, "2025": 32}


def test_a_training_that_has_not_ended_waits(filing, approve, stored):
    claim = filing.claim("陈晓", "training", start_on=date(2025, 11, 30), end_on=date(2025, 12, 2))
    with pytest.raises(RuleBroken, match="2025-12-02"):
        approve("李静", claim)
    assert stored(claim).status == "pending"
    approve("李静", claim, today=date(2025, 12, 2))
    assert stored(claim).status == "approved"


def test_without_its_evidence_nothing_is_approved(filing, approve, stored):
    claim = filing.claim("陈晓", "training", evidence=False)
    with pytest.raises(RuleBroken, match=r"学时证明.*一律退回"):
        approve("李静", claim)
    assert stored(claim).status == "pending"


def test_returning_needs_a_reason_and_keeps_it(filing, send_back, stored):
    claim = filing.claim("陈晓", "training")
    with pytest.raises(RuleBroken) as refused:
        send_back("李静", claim, reason="")
    assert "reason" in refused.value.fields
    send_back("李静", claim, reason="证明不清晰。")
    row = stored(claim)
    assert (row.status, row.decision_reason, row.credited) == ("returned", "证明不清晰。", None)


@pytest.mark.parametrize(("name", "hat"), [("李静", "unit"), ("周敏", "hr")])
def test_nobody_decides_their_own_claim(filing, approve, stored, name, hat):
    claim = filing.claim(name, "training")
    with pytest.raises(NotPermitted):
        approve(name, claim, hat=hat)
    assert stored(claim).status == "pending"


def test_the_other_admin_and_hr_decide_an_admins_claim(filing, approve, stored):
    first, second = filing.claim("李静", "training"), filing.claim("李静", "publication")
    approve("王芳", first)
    approve("周敏", second)
    assert (stored(first).status, stored(second).status) == ("approved", "approved")


@pytest.mark.parametrize(("name", "hat"), [("赵磊", "unit"), ("陈晓", "person"), ("吴审", "audit")])
def test_out_of_scope_there_is_no_such_claim(filing, approve, stored, name, hat):
    claim = filing.claim("刘洋", "training")
    with pytest.raises((NotFound, NotPermitted)):
        approve(name, claim, hat=hat)
    assert stored(claim).status == "pending"


def test_a_draft_does_not_exist_for_its_reviewer(filing, approve):
    with pytest.raises(NotFound):
        approve("李静", filing.claim("陈晓", "training", "draft"))


def test_a_role_that_ended_decides_nothing(app, people, filing, approve, stored):
    claim = filing.claim("陈晓", "training")
    with app.app_context(), write_tx() as session:
        session.query(Grant).filter_by(person_id=people["李静"].id).delete()
    with pytest.raises(NotPermitted):
        approve("李静", claim)
    assert stored(claim).status == "pending"
    with app.app_context(), write_tx() as session:
        session.add(
            Grant(
                person_id=people["李静"].id,
                role="unit_admin",
                unit_id=people["李静"].unit_id,
                valid_from=date(2024, 1, 1),
            )
        )


@pytest.mark.parametrize("status", ["approved", "returned", "withdrawn", "revoked"])
def test_only_a_pending_claim_can_be_decided(filing, approve, stored, status):
    claim = filing.claim("陈晓", "training", status)
    with pytest.raises(Conflict):
        approve("李静", claim, version=stored(claim).version)
    assert stored(claim).status == status


def test_a_claim_that_moved_on_since_it_was_read_is_not_decided(filing, approve, stored):
    claim = filing.claim("陈晓", "training", version=3)
    with pytest.raises(Conflict):
        approve("李静", claim, version=2)
    assert stored(claim).status == "pending"


def test_numbers_go_on_after_a_revocation(filing, approve, stored):
    filing.claim("陈晓", "publication", "revoked")
    claim = filing.claim("陈晓", "training")
    approve("李静", claim)
    assert stored(claim).approval_number == 2


def test_the_answer_counts_what_still_waits(filing, approve):
    first = filing.claim("陈晓", "training")
    filing.claim("刘洋", "training", at=NOW - timedelta(days=3))
    filing.claim("李静", "training", at=NOW - timedelta(days=9))  # her own never waits for her
    decided = approve("李静", first)
    assert (decided.waiting.count, decided.waiting.oldest) == (1, NOW - timedelta(days=3))
