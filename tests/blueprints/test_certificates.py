"""The life of a certificate: issued from frozen facts, printed, verified by anybody, fallen by itself."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from portal.database import write_tx
from portal.extensions import db
from portal.models import Certificate, CertificatePrint, Event, Person
from portal.pdf.press import Press


@pytest.fixture
def holder(filing, sign_in):
    """陈晓, who met 2025 with courses and one approved training, signed in."""
    filing.course("陈晓", subject="public", quarters=30 * 4)
    filing.course("陈晓", subject="professional", quarters=40 * 4)
    filing.claim("陈晓", "training", "approved", quarters=24 * 4)
    return sign_in("陈晓")


def issued(app, year=2025):
    with app.app_context():
        return db.session.execute(
            select(Certificate.uuid, Certificate.code, Certificate.number, Certificate.facts)
            .where(Certificate.year == year)
            .order_by(Certificate.id.desc())
        ).first()


def rest_the_guard(session):
    """What somebody with the keys to the database would do first."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL session_replication_role = replica"))
        return
    guards = session.scalars(
        text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'certificates'")
    ).all()
    for guard in guards:
        session.execute(text(f"DROP TRIGGER {guard}"))


def test_the_database_refuses_to_edit_a_certificate(app, holder):
    holder.post("/certificates/2025", status=303)
    with app.app_context(), pytest.raises(DBAPIError, match="immutable"), write_tx() as session:
        session.execute(update(Certificate).values(facts="{}"))


def verdict(answer):
    return answer.one("//*[@data-verify]").get("data-verify")


def compare(client, data, **how):
    return client.post("/verify/file", data={"file": (BytesIO(data), "证书.pdf")}, **how)


def pdf_text(data, tmp_path):
    file = tmp_path / "certificate.pdf"
    file.write_bytes(data)
    return subprocess.run(
        ["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True
    ).stdout


def test_a_met_year_can_be_issued_printed_and_verified(app, holder, client, tmp_path):
    assert "生成证书" in holder.get("/certificates", status=200).words
    assert holder.post("/certificates/2025", status=303).location == "/certificates/2025"
    row = issued(app)
    assert row.number == "2025-HLXY-000001"
    view = holder.get("/certificates/2025", status=200)
    for word in ("陈晓", row.number, "护理学院", "94", "30", "64"):
        assert word in view.words
    answer = holder.get("/certificates/2025.pdf", status=200)
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF")
    seen = client.get(f"/verify/{row.code}", status=200)
    assert seen.one("//*[@data-verify]").get("data-verify") == "valid"
    assert "陈*" in seen.words
    assert "陈晓" not in seen.words
    assert "20120001" not in seen.words
    assert row.number in seen.words
    assert "noindex" in seen.headers["X-Robots-Tag"]


def test_issuing_twice_is_one_certificate(app, holder):
    holder.post("/certificates/2025", status=303)
    first = issued(app)
    holder.post("/certificates/2025", status=303)
    assert issued(app).uuid == first.uuid


def test_the_same_certificate_prints_the_same_bytes(holder):
    holder.post("/certificates/2025", status=303)
    assert holder.get("/certificates/2025.pdf").data == holder.get("/certificates/2025.pdf").data


@pytest.mark.parametrize("verb", ["view", "pdf", "issue"])
def test_an_unmet_year_says_what_is_missing(filing, sign_in, app, verb):
    filing.course("陈晓", subject="public", quarters=30 * 4)
    filing.course("陈晓", subject="professional", quarters=59 * 4 + 2)
    client = sign_in("陈晓")
    answer = {
        "view": lambda: client.get("/certificates/2025"),
        "pdf": lambda: client.get("/certificates/2025.pdf"),
        "issue": lambda: client.post("/certificates/2025"),
    }[verb]()
    assert answer.status_code == 409
    assert "专业科目还差 0.5 学时" in answer.words
    assert "公需科目还差" not in answer.words
    assert issued(app) is None


def test_pending_hours_print_nothing(filing, sign_in):
    filing.course("陈晓", subject="public", quarters=30 * 4)
    filing.course("陈晓", subject="professional", quarters=40 * 4)
    filing.claim("陈晓", "training", "pending", quarters=24 * 4)
    assert sign_in("陈晓").post("/certificates/2025", status=409)


def test_a_met_year_not_yet_issued_says_how(holder):
    assert "生成证书" in holder.get("/certificates/2025.pdf", status=409).words


@pytest.mark.parametrize("year", ["1999", "99999", "9223372036854775808"])
def test_a_year_without_rules_is_not_found(holder, year):
    holder.get(f"/certificates/{year}", status=404)
    holder.get(f"/certificates/{year}.pdf", status=404)
    holder.post(f"/certificates/{year}", status=404)


def test_a_certificate_falls_by_itself_when_its_hours_fall(app, filing, sign_in, client):
    filing.course("陈晓", subject="public", quarters=30 * 4)
    filing.course("陈晓", subject="professional", quarters=40 * 4)
    claim = filing.claim("陈晓", "training", "approved", quarters=24 * 4)
    holder = sign_in("陈晓")
    holder.post("/certificates/2025", status=303)
    code = issued(app).code
    sign_in("周敏").post(f"/hr/claims/{claim.uuid}/revoke", data={"reason": "经查实上传虚假材料"}, status=303)
    seen = client.get(f"/verify/{code}", status=200)
    assert seen.one("//*[@data-verify]").get("data-verify") == "revoked"
    assert "已于 2025-12-01 08:00 撤销" in seen.words
    assert holder.get("/certificates/2025.pdf").status_code == 409
    assert "已于 2025-12-01 08:00 撤销" in holder.get("/certificates", status=200).words
    listed = sign_in("周敏").get("/hr/certificates", status=200).one("//tr[@data-certificate]")
    assert "已撤销2025-12-0108:00" in "".join(listed.text_content().split())


def test_a_fallen_certificate_is_issued_anew_with_another_number(app, filing, sign_in, client):
    filing.met("陈晓")
    claim = filing.claim("陈晓", "training", "approved", quarters=24 * 4)
    holder, hr = sign_in("陈晓"), sign_in("周敏")
    holder.post("/certificates/2025", status=303)
    old = issued(app)
    hr.post(f"/hr/certificates/{old.uuid}/revoke", data={"reason": "姓名登记有误"}, status=303)
    holder.post("/certificates/2025", status=303)
    new = issued(app)
    assert (old.number, new.number) == ("2025-HLXY-000001", "2025-HLXY-000002")
    assert client.get(f"/verify/{old.code}").one("//*[@data-verify]").get("data-verify") == "revoked"
    assert client.get(f"/verify/{new.code}").one("//*[@data-verify]").get("data-verify") == "valid"
    assert claim.uuid


def test_later_changes_of_the_person_do_not_change_what_was_issued(app, holder, people):
    holder.post("/certificates/2025", status=303)
    before = holder.get("/certificates/2025.pdf").data
    with app.app_context(), write_tx() as session:
        session.execute(update(Person).where(Person.id == people["陈晓"].id).values(department="另一部门"))
    assert holder.get("/certificates/2025.pdf").data == before


def test_an_edited_row_shows_that_it_was_edited(app, holder, client):
    holder.post("/certificates/2025", status=303)
    row = issued(app)
    forged = json.loads(row.facts) | {"total": "900"}
    with app.app_context(), write_tx() as session:
        rest_the_guard(session)
        session.execute(update(Certificate).values(facts=json.dumps(forged)))
    seen = client.get(f"/verify/{row.code}", status=200)
    assert seen.one("//*[@data-verify]").get("data-verify") == "unsound"
    assert "数据校验失败" in seen.words
    assert "900" not in seen.words
    assert holder.get("/certificates/2025.pdf").status_code == 409


def test_unknown_and_malformed_codes_get_the_same_answer(client):
    unknown, malformed = client.get("/verify/" + "A" * 26), client.get("/verify/it-is-not-one")
    typed = client.get("/verify?code=不是验证码")
    assert unknown.status_code == malformed.status_code == typed.status_code == 404
    bodies = [answer.one("//main").text_content() for answer in (unknown, malformed, typed)]
    assert bodies[0] == bodies[1] == bodies[2]
    assert "没有找到" in bodies[0]


def test_a_code_typed_with_hyphens_and_small_letters_is_found(app, holder, client):
    holder.post("/certificates/2025", status=303)
    code = issued(app).code.lower()
    typed = "-".join(code[at : at + 5] for at in range(0, 26, 5))
    assert (
        client.get("/verify", query_string={"code": typed}, status=200).one("//*[@data-verify]") is not None
    )


def test_guessing_codes_is_slowed_down(client):
    answers = [client.get("/verify/nonsense").status_code for _ in range(31)]
    assert answers[:30] == [404] * 30
    assert answers[30] == 429


def test_the_qr_leads_to_the_configured_address_whatever_host_was_asked(app, holder):
    holder.post("/certificates/2025", status=303)
    answer = holder.get("/certificates/2025", headers={"Host": "evil.example"}, strict=False)
    assert "evil.example" not in answer.text


def test_a_name_no_font_can_print_is_refused_with_the_character(app, filing, sign_in, people):
    filing.met("陈晓")
    with app.app_context(), write_tx() as session:
        session.execute(update(Person).where(Person.id == people["陈晓"].id).values(name="陈\U0003134a"))
    answer = sign_in("陈晓").post("/certificates/2025", status=422)
    assert "\U0003134a" in answer.words
    assert issued(app) is None


@pytest.mark.parametrize("facts", [{"name": "艾" * 60}, {"department": "科" * 80}])
def test_what_has_no_room_on_the_page_takes_no_number(app, filing, sign_in, people, facts):
    filing.met("陈晓")
    with app.app_context(), write_tx() as session:
        session.execute(update(Person).where(Person.id == people["陈晓"].id).values(facts))
    answer = sign_in("陈晓").post("/certificates/2025", status=422)
    assert "排不下" in answer.words
    assert "人事处" in answer.words
    assert issued(app) is None


def test_a_claim_revoked_while_its_certificate_is_drawn_leaves_no_print(
    app, filing, sign_in, client, monkeypatch
):
    filing.course("陈晓", subject="public", quarters=30 * 4)
    filing.course("陈晓", subject="professional", quarters=40 * 4)
    claim = filing.claim("陈晓", "training", "approved", quarters=24 * 4)
    holder, hr, pull = sign_in("陈晓"), sign_in("周敏"), Press.pull

    def meanwhile(press, facts):
        with ThreadPoolExecutor(1) as elsewhere:
            address, reason = f"/hr/claims/{claim.uuid}/revoke", {"reason": "经查实材料虚假"}
            elsewhere.submit(hr.post, address, data=reason, status=303).result()
        return pull(press, facts)

    monkeypatch.setattr(Press, "pull", meanwhile)
    assert "刚刚被撤销" in holder.post("/certificates/2025", status=409).words
    monkeypatch.undo()
    assert verdict(client.get(f"/verify/{issued(app).code}", status=200)) == "revoked"
    assert holder.get("/certificates/2025.pdf").status_code == 409
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(CertificatePrint)) == 0


def test_a_hard_name_is_printed_and_found_in_the_pdf(filing, sign_in, tmp_path):
    filing.met("欧阳䶮")
    client = sign_in("欧阳䶮")
    client.post("/certificates/2025", status=303)
    text = pdf_text(client.get("/certificates/2025.pdf").data, tmp_path)
    assert "欧阳䶮" in text.replace(" ", "")
    assert "2025-LCYXY-000001" in text


def test_numbers_of_a_unit_run_without_gaps(app, filing, sign_in):
    for name in ("陈晓", "刘洋", "李静"):
        filing.met(name)
        sign_in(name, "person").post("/certificates/2025", status=303)
    with app.app_context():
        numbers = db.session.scalars(select(Certificate.number).order_by(Certificate.id)).all()
    assert numbers == [f"2025-HLXY-00000{serial}" for serial in (1, 2, 3)]


def test_a_reason_that_cannot_be_kept_revokes_nothing(app, holder, sign_in):
    holder.post("/certificates/2025", status=303)
    address = f"/hr/certificates/{issued(app).uuid}/revoke"
    sign_in("周敏").post(address, data={"reason": "姓名\x00登记有误"}, status=422)
    with app.app_context():
        assert db.session.scalars(select(Certificate.revoked_at)).all() == [None]


def test_issuing_and_revoking_leave_their_events(app, holder, sign_in):
    holder.post("/certificates/2025", status=303)
    row = issued(app)
    sign_in("周敏").post(f"/hr/certificates/{row.uuid}/revoke", data={"reason": "姓名登记有误"}, status=303)
    with app.app_context():
        found = db.session.execute(
            select(Event.action, Event.reason).where(Event.object_uuid == row.uuid).order_by(Event.id)
        ).all()
    assert [tuple(event) for event in found] == [
        ("certificate-issued", ""),
        ("certificate-printed", ""),
        ("certificate-revoked", "姓名登记有误"),
    ]


def test_only_hr_revokes_and_never_their_own(app, filing, sign_in, holder):
    holder.post("/certificates/2025", status=303)
    row = issued(app)
    for name in ("陈晓", "李静", "吴审"):
        sign_in(name).post(f"/hr/certificates/{row.uuid}/revoke", data={"reason": "x"}, status=403)
    filing.met("周敏")
    hr = sign_in("周敏")
    hr.post("/certificates/2025", status=303)
    own = issued(app)
    assert "本人" in hr.post(f"/hr/certificates/{own.uuid}/revoke", data={"reason": "x"}, status=403).words
    sign_in("孙悦").post(f"/hr/certificates/{own.uuid}/revoke", data={"reason": "x"}, status=303)


def test_a_revocation_needs_its_reason_and_happens_once(app, holder, sign_in):
    holder.post("/certificates/2025", status=303)
    row, hr = issued(app), sign_in("周敏")
    assert "原因" in hr.post(f"/hr/certificates/{row.uuid}/revoke", data={"reason": " "}, status=422).words
    hr.post(f"/hr/certificates/{row.uuid}/revoke", data={"reason": "重复"}, status=303)
    assert (
        "已经撤销"
        in hr.post(f"/hr/certificates/{row.uuid}/revoke", data={"reason": "重复"}, status=409).words
    )


def test_a_weighty_deed_asks_for_the_password_again(app, holder, sign_in, clock):
    holder.post("/certificates/2025", status=303)
    row, hr = issued(app), sign_in("周敏")
    clock.move_to("2025-12-01T08:06")
    refused = hr.post(f"/hr/certificates/{row.uuid}/revoke", data={"reason": "重复"}, status=403)
    assert "确认密码" in refused.words
    hr.post("/account/confirm", data={"password": "portal-test"}, status=303)
    hr.post(f"/hr/certificates/{row.uuid}/revoke", data={"reason": "重复"}, status=303)


@pytest.fixture
def no_seal_left(settings):
    yield
    (settings.instance / "seal.png").unlink(missing_ok=True)


@pytest.mark.usefixtures("no_seal_left")
def test_an_uploaded_seal_is_printed_once_the_pdf_is_made_anew(holder, sign_in, client):
    holder.post("/certificates/2025", status=303)
    plain = holder.get("/certificates/2025.pdf", status=200).data
    drawn = BytesIO()
    Image.new("RGBA", (60, 60), (179, 38, 30, 120)).save(drawn, "PNG")
    drawn.seek(0)
    sign_in("周敏").post("/hr/certificates/seal", data={"seal": (drawn, "印章.png")}, status=303)
    assert "更新 PDF" in holder.get("/certificates/2025.pdf", status=409).words
    assert "更新 PDF" in holder.get("/certificates", status=200).words
    holder.post("/certificates/2025", status=303)
    sealed = holder.get("/certificates/2025.pdf", status=200).data
    assert sealed != plain
    for handed_out in (plain, sealed):
        assert verdict(compare(client, handed_out)) == "valid"
    not_a_seal = (BytesIO(b"%PDF-1.4 nothing"), "印章.png")
    sign_in("周敏").post("/hr/certificates/seal", data={"seal": not_a_seal}, status=422)
