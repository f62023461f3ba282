"""Taking approved hours back: who may, what moves up, what falls."""

from __future__ import annotations

from datetime import date

import pytest
from campus import NOW
from sqlalchemy import select

from portal.extensions import db
from portal.models import Claim, Event, PersonYear
from portal.rules.policy import shipped
from portal.rules.refusals import Conflict, NotFound, NotPermitted, RuleBroken
from portal.services import revocations


@pytest.fixture
def revoke(app, people):
    """`revoke("周敏", claim)`."""

    def take_back(name, claim, reason="经查实材料虚假。", hat=None):
        with app.app_context():
            revocations.revoke(
                people.actor(name, hat), claim.uuid, reason=reason, policies=shipped(), now=NOW
            )

    return take_back


def row(app, claim):
    with app.app_context():
        return db.session.execute(
            select(*Claim.__table__.c).where(Claim.__table__.c.uuid == claim.uuid)
        ).one()


def test_later_clipped_claims_move_up_and_the_year_is_recomputed(app, people, filing, revoke):
    first = filing.claim("陈晓", "training", "approved")
    later = filing.claim(
        "陈晓",
        "training",
        "approved",
        start_on=date(2025, 7, 2),
        end_on=date(2025, 7, 4),
        quarters=80,
    )
    assert row(app, later).credited == {"2025": 32}
    revoke("周敏", first)
    assert row(app, later).credited == {"2025": 80}
    gone = row(app, first)
    assert (gone.status, gone.credited, gone.revoked_at, gone.revoker_id) == (
        "revoked",
        {},
        NOW,
        people["周敏"].id,
    )
    assert gone.revoked_reason == "经查实材料虚假。"
    with app.app_context():
        year = db.session.execute(select(PersonYear.professional, PersonYear.met)).one()
        event = db.session.execute(select(Event.action, Event.reason).order_by(Event.id.desc())).first()
    assert tuple(year) == (80, False)
    assert tuple(event) == ("claim-revoked", "经查实材料虚假。")


def test_the_other_year_of_a_later_claim_keeps_its_figure(app, filing, revoke):
    first = filing.claim("陈晓", "training", "approved")
    blocker = {"start_on": date(2026, 1, 1), "end_on": date(2026, 1, 1), "quarters": 32}
    filing.claim("陈晓", "training", "approved", **blocker)
    across = filing.claim(
        "陈晓",
        "training",
        "approved",
        start_on=date(2025, 12, 31),
        end_on=date(2026, 1, 1),
        quarters=64,
    )
    assert row(app, across).credited == {"2025": 32, "2026": 0}
    revoke("周敏", first)
    assert row(app, across).credited == {"2025": 32, "2026": 0}


def test_a_reason_is_asked_for(app, filing, revoke):
    claim = filing.claim("陈晓", "training", "approved")
    with pytest.raises(RuleBroken) as refused:
        revoke("周敏", claim, reason="")
    assert "reason" in refused.value.fields
    assert row(app, claim).status == "approved"


@pytest.mark.parametrize(
    ("name", "refusal"), [("李静", NotFound), ("吴审", NotFound), ("周敏", NotPermitted)]
)
def test_only_hr_and_never_ones_own(app, filing, revoke, name, refusal):
    claim = filing.claim("周敏", "training", "approved")
    with pytest.raises(refusal):
        revoke(name, claim)
    assert row(app, claim).status == "approved"


@pytest.mark.parametrize("status", ["pending", "returned", "withdrawn", "revoked"])
def test_only_an_approved_claim_can_be_revoked(app, filing, revoke, status):
    claim = filing.claim("陈晓", "training", status)
    with pytest.raises(Conflict):
        revoke("周敏", claim)
    assert row(app, claim).status == status


def test_a_draft_cannot_even_be_named(filing, revoke):
    with pytest.raises(NotFound):
        revoke("周敏", filing.claim("陈晓", "training", "draft"))
