"""Several claims at once, the second officer, an interruption, fewer hours, and what falls with them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from campus import NOW
from sqlalchemy import func, select

from portal import jobs
from portal.extensions import db
from portal.models import Certificate, Claim, Event, Message, RevocationItem
from portal.queries import revocations as queries
from portal.rules.policy import shipped
from portal.rules.refusals import Conflict, NotPermitted, RuleBroken
from portal.rules.vocabulary import RevocationKind
from portal.services import certificates, reviews, revocation_proposals, revocations
from portal.services.signatures import single as signer_of

LATER = {"start_on": date(2025, 7, 2), "end_on": date(2025, 7, 4), "quarters": 80}
FALSE = RevocationKind.FALSE


def row(app, claim):
    with app.app_context():
        return db.session.execute(
            select(*Claim.__table__.c).where(Claim.__table__.c.uuid == claim.uuid)
        ).one()


def papers(app):
    with app.app_context():
        return db.session.execute(select(Certificate.revoked_at, Certificate.fell_with)).all()


def issue(app, people, name="陈晓"):
    with app.app_context():
        certificates.issue(
            people.actor(name), 2025, policies=shipped(), signer=signer_of(b"k" * 32), school="学校", now=NOW
        )


def met_by(filing, name="陈晓"):
    """A year whose professional hours hang on one training."""
    filing.course(name, subject="public")
    filing.course(name, subject="professional", quarters=40 * 4)
    return filing.claim(name, "training", "approved")


def many(filing, count=24):
    return [
        filing.claim(
            ("陈晓", "刘洋", "何平")[n % 3],
            "training",
            "approved",
            evidence=False,
            start_on=date(2025, 3, 1 + n),
            end_on=date(2025, 3, 1 + n),
            quarters=16,
        )
        for n in range(count)
    ]


def test_the_effect_shown_before_is_what_happens(app, people, filing):
    first = met_by(filing)
    later = filing.claim("陈晓", "training", "approved", **LATER)
    issue(app, people)
    with app.app_context():
        shown = queries.effect(people["陈晓"].id, (2025, 2025), {first.uuid: None}, shipped())
        revocations.revoke(
            people.actor("周敏"), first.uuid, kind=FALSE, reason="查实。", policies=shipped(), now=NOW
        )
        found = queries.findings([people["陈晓"].id, people["刘洋"].id])
        event = db.session.execute(select(Event.details).where(Event.action == "claim-revoked")).scalar_one()
    assert [(one.uuid, one.before, one.after) for one in shown.topped_up] == [(later.uuid, 32, 80)]
    assert row(app, later).credited == {"2025": 80}
    assert shown.lost == 48
    assert event["kind"] == "false"
    assert event["topped_up"] == {str(later.uuid): ["8", "20"]}
    assert found == {people["陈晓"].id: (1, NOW)}
    # 40 + 20 hours still meet the year
    assert papers(app) == [(None, None)]


def test_a_certificate_falls_and_remembers_its_claim(app, people, filing):
    claim = met_by(filing)
    issue(app, people)
    with app.app_context():
        revocations.lower(
            people.actor("周敏"), claim.uuid, quarters=40, reason="多算。", policies=shipped(), now=NOW
        )
    assert papers(app) == [(NOW, claim.uuid)]
    lowered = row(app, claim)
    assert (lowered.approved_quarters, lowered.credited) == (40, {"2025": 40})
    with app.app_context():
        before = db.session.execute(select(Event.details).where(Event.action == "claim-lowered")).scalar_one()
    assert (before["before"], before["after"]) == ("24", "10")


def test_a_lowered_claim_keeps_its_place_and_the_later_one_moves_up(app, people, filing):
    first = filing.claim("陈晓", "training", "approved")
    later = filing.claim("陈晓", "training", "approved", **LATER)
    with app.app_context():
        revocations.lower(
            people.actor("周敏"), first.uuid, quarters=64, reason="核定有误。", policies=shipped(), now=NOW
        )
        with pytest.raises(RuleBroken):
            revocations.lower(
                people.actor("周敏"), first.uuid, quarters=96, reason="加回。", policies=shipped(), now=NOW
            )
    assert row(app, first).approval_number == 1
    assert (row(app, first).credited, row(app, later).credited) == ({"2025": 64}, {"2025": 64})


def test_other_dates_take_a_new_number_and_the_later_claim_keeps_its_credit(app, people, filing):
    first = filing.claim("陈晓", "training", "approved")
    later = filing.claim("陈晓", "training", "approved", **LATER)
    with app.app_context():
        revocations.revoke(people.actor("周敏"), first.uuid, reason="日期。", policies=shipped(), now=NOW)
    again = filing.claim("陈晓", "training", "pending", start_on=date(2025, 7, 3), end_on=date(2025, 7, 5))
    with app.app_context():
        reviews.approve(
            people.actor("李静"),
            again.uuid,
            quarters=None,
            subject="",
            reason="",
            version=1,
            policies=shipped(),
            now=NOW,
            today=date(2025, 12, 1),
        )
    assert row(app, later).credited == {"2025": 80}
    # 4 days hold 32 hours, the earlier one took 20
    assert (row(app, again).approval_number, row(app, again).credited) == (3, {"2025": 48})


def test_more_than_a_few_need_a_second_officer(app, people, filing):
    claims = many(filing)
    uuids = [claim.uuid for claim in claims]
    with app.app_context():
        zhou, sun = people.actor("周敏"), people.actor("孙悦")
        with pytest.raises(RuleBroken):
            revocations.revoke_together(zhou, uuids, kind=FALSE, reason="查实。", policies=shipped(), now=NOW)
        made = revocation_proposals.propose(zhou, uuids, kind=FALSE, reason="查实。", now=NOW)
        with pytest.raises(Conflict):
            revocation_proposals.propose(sun, uuids[:1], kind=FALSE, reason="查实。", now=NOW)
        with pytest.raises(NotPermitted):
            revocation_proposals.confirm(zhou, made, now=NOW)
        with pytest.raises(Conflict):
            revocation_proposals.carry_out(sun, made, policies=shipped(), now=NOW)
        revocation_proposals.confirm(sun, made, now=NOW)
        assert revocation_proposals.carry_out(sun, made, policies=shipped(), now=NOW) == len(claims)
        kinds = db.session.execute(select(Claim.status, Claim.revoked_kind, Claim.revoker_id)).all()
    assert set(kinds) == {("revoked", "false", people["孙悦"].id)}


def test_a_claimant_is_no_second_officer(app, people, filing):
    claims = [*many(filing, 20), filing.claim("孙悦", "training", "approved")]
    with app.app_context():
        made = revocation_proposals.propose(
            people.actor("周敏"), [claim.uuid for claim in claims], kind=FALSE, reason="查实。", now=NOW
        )
        with pytest.raises(NotPermitted):
            revocation_proposals.confirm(people.actor("孙悦"), made, now=NOW)


def test_an_interrupted_one_goes_on_where_it_stopped(app, people, filing, monkeypatch):
    claims = many(filing)
    real, calls = revocation_proposals.take_back, []

    def dies(*args, **kwargs):
        calls.append(1)
        real(*args, **kwargs)
        if len(calls) == 2:
            raise KeyboardInterrupt  # after the second person's rows are written, before the commit

    with app.app_context():
        sun = people.actor("孙悦")
        made = revocation_proposals.propose(
            people.actor("周敏"), [claim.uuid for claim in claims], kind=FALSE, reason="查实。", now=NOW
        )
        revocation_proposals.confirm(sun, made, now=NOW)
        monkeypatch.setattr(revocation_proposals, "take_back", dies)
        with pytest.raises(KeyboardInterrupt):
            revocation_proposals.carry_out(sun, made, policies=shipped(), now=NOW)
        done = select(func.count()).where(RevocationItem.outcome.is_not(None))
        gone = select(func.count()).where(Claim.status == "revoked")
        assert (db.session.scalar(done), db.session.scalar(gone)) == (8, 8)
        db.session.remove()
        assert revocation_proposals.carry_out(sun, made, policies=shipped(), now=NOW) == 16
        assert db.session.scalar(select(func.count()).where(Event.action == "claim-revoked")) == 24


def test_revoked_while_the_certificate_is_issued(app, people, filing):
    for name in ("陈晓", "刘洋", "何平"):
        claim, gate = met_by(filing, name), Barrier(2)

        def print_it(name=name, gate=gate):
            gate.wait()
            try:
                issue(app, people, name)
            except Conflict:
                return
            finally:
                with app.app_context():
                    db.session.remove()

        def take_back(claim=claim, gate=gate):
            gate.wait()
            with app.app_context():
                revocations.revoke(
                    people.actor("周敏"), claim.uuid, reason="查实。", policies=shipped(), now=NOW
                )
                db.session.remove()

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(print_it), pool.submit(take_back)]:
                done.result()
        assert row(app, claim).status == "revoked"
    assert all(paper.revoked_at is not None for paper in papers(app))


def test_the_queue_carries_a_confirmed_proposal_out(app, people, filing):
    claims = many(filing)
    with app.app_context():
        made = revocation_proposals.propose(
            people.actor("周敏"), [claim.uuid for claim in claims], kind=FALSE, reason="查实。", now=NOW
        )
        revocation_proposals.confirm(people.actor("孙悦"), made, now=NOW)
        db.session.remove()
    jobs.run_all(app)
    assert {row(app, claim).status for claim in claims} == {"revoked"}
    with app.app_context():
        told = db.session.execute(select(Message.kind, Message.person_id, Message.body)).all()
    answered = [one for one in told if one.kind == "revocations-answered"]
    assert [one.person_id for one in answered] == [people["周敏"].id]  # who proposed it
    claimants = [one for one in told if one not in answered]
    assert sorted(one.person_id for one in claimants) == sorted(
        people[n].id for n in ("陈晓", "刘洋", "何平")
    )
    assert all("计入学时由 4 变为 0" in one.body for one in claimants)
