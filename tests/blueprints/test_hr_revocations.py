"""Taking hours back as HR does it: the effect first, several at once, fewer hours; the log and its export."""

from __future__ import annotations

from urllib.parse import urlencode

from campus import NOW
from sqlalchemy import select

from portal.database import write_tx
from portal.extensions import db
from portal.models import Claim, Event
from portal.rules.vocabulary import RevocationKind
from portal.services import events, revocation_proposals


def status(app, claim):
    with app.app_context():
        return db.session.scalar(select(Claim.status).where(Claim.uuid == claim.uuid))


def test_the_page_shows_what_falls_before_anything_does(app, sign_in, filing):
    filing.course("陈晓", subject="public")
    filing.course("陈晓", subject="professional", quarters=40 * 4)
    claim = filing.claim("陈晓", "training", "approved")
    sign_in("陈晓").post("/certificates/2025", status=303)
    hr = sign_in("周敏")
    page = hr.get(f"/hr/claims/{claim.uuid}/revoke", status=200)
    assert page.one("//*[@data-falls]").get("data-falls").startswith("2025-HLXY-")
    assert status(app, claim) == "approved"
    hr.post(f"/hr/claims/{claim.uuid}/revoke", data={"kind": "false", "reason": "查实。"}, status=303)
    assert status(app, claim) == "revoked"


def test_lowering_shows_its_effect_and_asks_again(app, sign_in, filing):
    claim = filing.claim("陈晓", "training", "approved")
    hr, address = sign_in("周敏"), f"/hr/claims/{claim.uuid}/lower"
    asked = {"hours": "10", "reason": "多算。"}
    page = hr.post(address, data=asked, status=200)
    assert "由 24 变为 10" in page.words
    hr.post(address, data={**asked, "seen": "10"}, status=303)
    with app.app_context():
        assert db.session.scalar(select(Claim.approved_quarters)) == 40
    hr.post(address, data={"hours": "30", "reason": "加。"}, status=422)


def test_several_ticked_claims_are_revoked_together(app, sign_in, filing):
    claims = [filing.claim("陈晓", "training", "approved"), filing.claim("刘洋", "publication", "approved")]
    hr = sign_in("周敏")
    found = hr.get("/hr/revocations?person=20120001", status=200)
    assert len(found.all("//input[starts-with(@name, 'pick-')]")) == 1
    ticked = {f"pick-{claim.uuid}": "1" for claim in claims}
    shown = hr.post("/hr/revocations/effect", data=ticked, status=200)
    assert "撤销 2 项申报" in shown.words
    hr.post("/hr/revocations", data={**ticked, "kind": "mistaken", "reason": "重复。"}, status=303)
    assert [status(app, claim) for claim in claims] == ["revoked", "revoked"]


def test_one_training_of_many_is_found_by_its_name_and_ticked_at_once(app, sign_in, filing):
    faked = {"title": "信息素养高级研修班", "organizer": "某咨询中心"}
    claims = [filing.claim(name, "training", "approved", **faked) for name in ("陈晓", "刘洋", "周敏")]
    filing.claim("何平", "training", "approved", title="别的培训")
    hr = sign_in("周敏")
    for words in ("信息素养", "某咨询中心"):
        found = hr.get(f"/hr/revocations?title={words}", status=200)
        assert not found.all("//input[@type='checkbox' and @checked]")
    every = next(link for link in found.all("//main//a/@href") if "every=1" in link)
    ticked = hr.get(every, status=200).all("//input[@type='checkbox' and @checked]/@name")
    assert set(ticked) == {f"pick-{claim.uuid}" for claim in claims[:2]}  # one's own is for another officer
    shown = hr.post("/hr/revocations/effect", data=dict.fromkeys(ticked, "1"), status=200)
    assert "撤销 2 项申报" in shown.words


def test_what_waits_for_a_second_officer_is_on_their_first_page(sign_in, people, filing, app):
    claims = [filing.claim("陈晓", "training", "approved"), filing.claim("孙悦", "training", "approved")]
    first, second = sign_in("周敏"), sign_in("孙悦")

    def told(hr):
        notice = "//*[@role='status']//a[@href='/hr/revocations']"
        return bool(hr.get("/hr/", status=200).all(notice))

    def propose(claim):
        with app.app_context():
            return revocation_proposals.propose(
                people.actor("周敏"), [claim.uuid], kind=RevocationKind.FALSE, reason="查实。", now=NOW
            )

    propose(claims[1])  # with a claim of her own, so not hers to confirm
    assert (told(first), told(second)) == (False, False)
    made = propose(claims[0])
    assert (told(first), told(second)) == (False, True)
    second.post(f"/hr/revocations/{made}", data={"action": "refuse"}, status=303)
    assert not told(second)


def test_a_finding_of_false_material_is_corrected_by_another_officer(app, sign_in, filing):
    claim, waiting = filing.claim("陈晓", "training", "approved"), filing.claim("陈晓", "publication")
    hr = sign_in("周敏")
    hr.post(f"/hr/claims/{claim.uuid}/revoke", data={"kind": "false", "reason": "查实。"}, status=303)
    warned = f"/admin/claims/{waiting.uuid}"
    assert hr.get(warned, status=200).all("//*[@data-false-before]")
    address = f"/hr/claims/{claim.uuid}/finding"
    assert hr.get(f"/admin/claims/{claim.uuid}", status=200).all(f"//a[@href='{address}']")
    assert "另一位同事" in hr.get(address, status=200).words
    hr.post(address, data={"reason": "证书属实。"}, status=403)
    other = sign_in("孙悦")
    other.post(address, data={"reason": " "}, status=422)
    other.post(address, data={"reason": "证书属实，经颁发单位核实。"}, status=303)
    other.post(address, data={"reason": "再更正。"}, status=409)
    assert not hr.get(warned, status=200).all("//*[@data-false-before]")
    assert status(app, claim) == "revoked"
    with app.app_context():
        lifted = db.session.scalars(select(Event).where(Event.action == "finding-lifted")).one()
        assert lifted.reason == "证书属实，经颁发单位核实。"
    assert "不再认定" in sign_in("陈晓").get("/messages", status=200).words


def test_ones_own_claim_is_for_another_officer(sign_in, filing):
    claim = filing.claim("周敏", "training", "approved")
    hr = sign_in("周敏")
    hr.get(f"/hr/claims/{claim.uuid}/revoke", status=403)
    hr.post(f"/hr/claims/{claim.uuid}/lower", data={"hours": "8", "reason": "x", "seen": "8"}, status=403)


def test_the_log_is_found_by_person_deed_and_day(sign_in, filing):
    claim = filing.claim("陈晓", "training", "approved", at=NOW)
    filing.claim("刘洋", "training", "returned", at=NOW)
    auditor = sign_in("吴审")

    def rows(**asked):
        return len(auditor.get("/hr/audit?" + urlencode(asked), status=200).all("//tbody/tr"))

    assert rows(person="20120001", action="claim-approved") == 1
    assert rows(object=str(claim.uuid)) == 2
    assert rows(text="材料不完备") == 1
    assert rows(kind="claim", until="2025-11-30") == 0
    auditor.get("/hr/audit?object=nothing", status=422)


def test_the_export_holds_no_formula_and_is_itself_recorded(app, sign_in, people, filing):
    with app.app_context(), write_tx() as session:
        odd = '=HYPERLINK("http://evil.example")\n99,forged\x1b[31m'
        events.record(session, people.actor("周敏"), "claim-returned", "claim", None, now=NOW, reason=odd)
    answer = sign_in("吴审").post("/hr/audit/export", data={"action": "claim-returned"}, status=200)
    data = answer.get_data()
    assert data.startswith(b"\xef\xbb\xbf")
    lines = data.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "'=HYPERLINK" in lines[1]
    assert "\x1b" not in lines[1]
    with app.app_context():
        event = db.session.execute(select(Event.details).where(Event.action == "log-exported")).scalar_one()
    assert event == {"rows": 1, "asked": "action=claim-returned"}
