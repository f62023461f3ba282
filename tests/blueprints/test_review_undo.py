"""Taking a decision back: within ten seconds, by whoever made it, before the claimant is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from campus import NOW
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from portal.clock import SHANGHAI
from portal.database import write_tx
from portal.extensions import db
from portal.models import Certificate, Claim, Event, Message, PersonYear


def decide(client, claim, action="approve", **fields):
    return client.post(
        f"/admin/claims/{claim.uuid}/decision",
        data={"action": action, "version": "1", **fields},
        htmx=True,
        status=200,
    )


def undo(client, claim, status=200, version="2", **options):
    address = f"/admin/claims/{claim.uuid}/undo"
    return client.post(address, data={"version": version}, status=status, **{"htmx": True, **options})


def after(clock, seconds: float) -> None:
    clock.move_to((NOW + timedelta(seconds=seconds)).astimezone(SHANGHAI).isoformat())


def stored(app, claim):
    with app.app_context():
        return db.session.execute(select(Claim.__table__).where(Claim.uuid == claim.uuid)).one()


def told(app) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Message.kind)))


def test_an_approval_is_undone_as_if_it_had_not_been(app, sign_in, filing, clock):
    claim = filing.claim("陈晓")
    admin = sign_in("李静")
    row = decide(admin, claim)
    assert row.all("//button[@data-undo]")
    assert told(app) == ["claim-approved"]
    after(clock, 9)
    row = undo(admin, claim)
    assert row.one("//tbody").get("data-status") == "pending"
    assert "1 项待审核" in row.one("//p[@hx-swap-oob]").text_content()
    kept = stored(app, claim)
    assert (kept.status, kept.version, kept.approval_number, kept.credited) == ("pending", 3, None, None)
    assert told(app) == []
    with app.app_context():
        assert set(db.session.scalars(select(PersonYear.professional))) == {0}
        assert db.session.scalars(select(Event.action).order_by(Event.id.desc())).first() == "decision-undone"
    decide(admin, claim, version="3")
    assert stored(app, claim).approval_number == 1


def test_a_return_is_undone_too(app, sign_in, filing):
    claim = filing.claim("陈晓")
    admin = sign_in("李静")
    decide(admin, claim, "return", reason="不清晰。")
    undo(admin, claim)
    assert (stored(app, claim).status, stored(app, claim).decision_reason) == ("pending", "")
    assert told(app) == []


@pytest.mark.parametrize("action", ["approve", "return"])
def test_after_ten_seconds_the_claimant_is_told_and_it_stays(app, sign_in, filing, clock, action):
    claim = filing.claim("陈晓")
    admin, author = sign_in("李静"), sign_in("陈晓")
    decide(admin, claim, action, reason="材料模糊。")
    assert claim.title not in author.get("/messages", status=200).words
    after(clock, 10)
    assert "超过 10 秒" in undo(admin, claim, 409).words
    assert stored(app, claim).status == {"approve": "approved", "return": "returned"}[action]
    assert claim.title in author.get("/messages", status=200).words


def test_only_its_maker_undoes_a_decision(app, sign_in, filing):
    claim = filing.claim("陈晓")
    decide(sign_in("李静"), claim)
    undo(sign_in("王芳"), claim, 403)
    undo(sign_in("周敏"), claim, 403)
    undo(sign_in("赵磊"), claim, 404)
    undo(sign_in("李静"), claim, 409, version="1")
    assert stored(app, claim).status == "approved"


def test_what_is_undecided_or_changed_since_is_not_undone(app, sign_in, filing):
    claim = filing.claim("陈晓")
    admin = sign_in("李静")
    assert "不能撤销决定" in undo(admin, claim, 409, version="1").words
    decide(admin, claim, "return", reason="不清晰。")
    with app.app_context(), write_tx() as session:
        session.execute(text("UPDATE claims SET version = version + 1"))
    undo(admin, claim, 409)
    assert stored(app, claim).status == "returned"


def test_a_later_approval_moves_up_and_keeps_its_number(app, sign_in, filing):
    first, second = filing.claim("陈晓", title="研修甲"), filing.claim("陈晓", title="研修乙")
    admin = sign_in("李静")
    decide(admin, first)
    decide(admin, second)
    assert sum(stored(app, second).credited.values()) == 0, "the same days were full"
    undo(admin, first)
    kept = stored(app, second)
    assert (kept.approval_number, sum(kept.credited.values())) == (2, 96)
    third = filing.claim("陈晓", "publication")
    decide(admin, third)
    assert stored(app, third).approval_number == 3


def test_a_certificate_of_those_seconds_falls_and_its_owner_is_told(app, sign_in, people, filing):
    who = people["陈晓"]
    claim = filing.claim("陈晓", "publication")
    admin = sign_in("李静")
    decide(admin, claim)
    with app.app_context(), write_tx() as session:
        values = {"serial": 1, "number": "2025-HLXY-000001", "code": "A" * 26, "facts": "{}"}
        values |= {"key_id": "0" * 8, "signature": "0" * 64, "issued_at": NOW}
        session.add(Certificate(person_id=who.id, unit_id=who.unit_id, year=2025, **values))
    undo(admin, claim)
    with app.app_context():
        fallen = db.session.execute(select(Certificate.revoked_at, Certificate.fell_with)).one()
        assert fallen.revoked_at is not None
        assert fallen.fell_with == claim.uuid
    assert told(app) == ["certificate-fell"]


def test_without_javascript_the_queue_offers_the_undo(app, sign_in, filing, clock):
    claim = filing.claim("陈晓")
    admin = sign_in("李静")
    data = {"action": "approve", "version": "1"}
    sent = admin.post(f"/admin/claims/{claim.uuid}/decision", data=data, status=303)
    assert admin.get(sent.headers["Location"]).all("//button[@data-undo]")
    back = undo(admin, claim, 303, htmx=False)
    assert "重新待审核" in admin.get(back.headers["Location"]).words
    data["version"] = "3"
    sent = admin.post(f"/admin/claims/{claim.uuid}/decision", data=data, status=303)
    after(clock, 10)
    assert not admin.get(sent.headers["Location"]).all("//button[@data-undo]")


def test_the_database_itself_knows_the_ten_seconds(app, filing):
    filing.claim("陈晓", status="approved", at=NOW)
    undone = (
        "UPDATE claims SET status = 'pending', version = version + 1, decided_at = NULL, decider_id = NULL,"
        " approved_quarters = NULL, approved_subject = NULL, approval_number = NULL, credited = NULL,"
        " policy_id = NULL, policy_sha256 = NULL, updated_at = :at{more}"
    )

    def write(seconds: float, more: str = "") -> int:
        at = (NOW + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S.%f")
        at += "+00:00" if db.engine.dialect.name == "postgresql" else ""
        with write_tx() as session:
            return session.execute(text(undone.format(more=more)), {"at": at}).rowcount

    with app.app_context():
        for seconds, more, why in (
            (10, "", "never undecided"),
            (-1, "", "never undecided"),
            (5, ", title = '别的'", "immutable"),
        ):
            with pytest.raises(IntegrityError, match=why):
                write(seconds, more)
        assert write(9) == 1


def test_a_claim_decided_among_many_is_undone_from_its_own_page(app, sign_in, filing, clock):
    claim = filing.claim("陈晓")
    admin = sign_in("李静")
    order = {"action": "approve", "ids": str(claim.uuid), f"version_{claim.uuid}": "1"}
    admin.post("/admin/claims/decisions", data=order, status=200)
    page = admin.get(f"/admin/claims/{claim.uuid}", status=200)
    form = page.one(f"//form[@action='/admin/claims/{claim.uuid}/undo']")
    admin.post(
        form.get("action"), data={"version": form.xpath(".//input[@name='version']/@value")[0]}, status=303
    )
    assert stored(app, claim).status == "pending"
    admin.post("/admin/claims/decisions", data=order | {f"version_{claim.uuid}": "3"}, status=200)
    after(clock, 10)
    assert not admin.get(f"/admin/claims/{claim.uuid}", status=200).all("//button[@data-undo]")
