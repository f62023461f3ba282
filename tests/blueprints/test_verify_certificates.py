"""Anybody with the paper or the file learns whether it holds, and nothing that is not printed on it."""

import hashlib
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest
from campus import NOW
from sqlalchemy import select, update
from test_certificates import compare, issued, rest_the_guard, verdict

from portal.certificate_desk import add_key, keyring
from portal.database import write_tx
from portal.extensions import db
from portal.models import Certificate, CertificatePrint, Person


@pytest.fixture
def paper(app, filing, sign_in):
    """陈晓 with a certificate of 2025: her client, its row."""
    filing.met("陈晓")
    holder = sign_in("陈晓")
    holder.post("/certificates/2025", status=303)
    return holder, issued(app)


def test_the_file_as_handed_out_is_told_from_any_other(paper, client):
    holder, row = paper
    data = holder.get("/certificates/2025.pdf", status=200).data
    same = compare(client, data, status=200)
    assert verdict(same) == "valid"
    assert "完全一致" in same.words
    assert row.number in same.words
    assert "陈晓" not in same.words
    assert "noindex" in same.headers["X-Robots-Tag"]
    assert same.headers["Cache-Control"] == "no-store"
    changed = compare(client, data + b"\n", status=200)
    assert verdict(changed) == "differs"
    assert "修改过" in changed.words
    assert "扫描" in changed.words
    assert row.number not in changed.words


def test_a_file_too_large_or_missing_is_refused(client, monkeypatch):
    monkeypatch.setattr(
        "portal.blueprints.verify.LARGEST", 100_000
    )  # larger ones leave the client's own files
    assert "2 MB" in compare(client, b"x" * 100_001, status=422).words
    assert "请选择" in client.post("/verify/file", data={}, status=422).words
    empty = client.post("/verify/file", data={"file": (BytesIO(b""), "空.pdf")}, status=200)
    assert verdict(empty) == "differs"


def test_a_revoked_certificate_says_so_for_its_file_too(app, paper, sign_in, client):
    holder, row = paper
    data = holder.get("/certificates/2025.pdf").data
    sign_in("周敏").post(f"/hr/certificates/{row.uuid}/revoke", data={"reason": "姓名登记有误"}, status=303)
    assert verdict(compare(client, data, status=200)) == "revoked"


def test_every_way_of_asking_shares_one_limit(client):
    codes = [client.get("/verify/nonsense").status_code for _ in range(15)]
    codes += [compare(client, b"%PDF").status_code for _ in range(15)]
    assert codes == [404] * 15 + [200] * 15
    assert compare(client, b"%PDF").status_code == 429


@pytest.mark.parametrize("typed", ["spaces", "lower", "zeroes", "wide"])
def test_a_code_is_found_as_people_type_it(paper, client, typed):
    code = paper[1].code
    shapes = {
        "spaces": " ".join(code[at : at + 4] for at in range(0, 26, 4)),
        "lower": code.lower(),
        "zeroes": code.replace("O", "0").replace("I", "1").replace("B", "8"),
        "wide": "".join(chr(ord(char) + 0xFEE0) for char in code),
    }
    assert verdict(client.get("/verify", query_string={"code": shapes[typed]}, status=200)) == "valid"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("uuid", UUID(int=1)),
        ("person_id", "other"),
        ("unit_id", "other"),
        ("year", 2024),
        ("serial", 7),
        ("number", "2025-HLXY-000007"),
        ("facts", "{}"),
        ("facts", "no json"),
        ("key_id", "00000000"),
        ("signature", "0" * 64),
        ("issued_at", NOW + timedelta(seconds=1)),
        ("replaces_id", "own"),
    ],
)
def test_no_column_can_be_edited_unseen(app, paper, people, filing, client, column, value):
    filing.met("何平")  # the year of whoever the row is given to is met as well
    filing.met("陈晓", 2024)
    row = paper[1]
    others = {"person_id": people["何平"].id, "unit_id": people["何平"].unit_id}
    with app.app_context(), write_tx() as session:
        rest_the_guard(session)
        if value == "other":
            value = others[column]
        if value == "own":
            value = session.scalar(select(Certificate.id))
        session.execute(update(Certificate).values({column: value}))
    seen = client.get(f"/verify/{row.code}", status=200)
    assert verdict(seen) == "unsound"
    assert "数据校验失败" in seen.words


def test_a_revocation_taken_back_in_the_database_shows(app, paper, sign_in, client):
    row = paper[1]
    sign_in("周敏").post(f"/hr/certificates/{row.uuid}/revoke", data={"reason": "姓名登记有误"}, status=303)
    with app.app_context(), write_tx() as session:
        rest_the_guard(session)
        session.execute(update(Certificate).values(revoked_at=None, revoked_reason=""))
    assert verdict(client.get(f"/verify/{row.code}", status=200)) == "unsound"


def test_a_new_certificate_and_the_one_it_replaces_name_each_other(app, paper, sign_in, client):
    holder, old = paper
    hr = sign_in("周敏")
    hr.post(f"/hr/certificates/{old.uuid}/revoke", data={"reason": "姓名登记有误"}, status=303)
    holder.post("/certificates/2025", status=303)
    new = issued(app)
    before, after = (
        client.get(f"/verify/{old.code}", status=200),
        client.get(f"/verify/{new.code}", status=200),
    )
    assert f"/verify/{new.code}" in before.all("//main//a/@href")
    assert verdict(before) == "revoked"
    assert f"/verify/{old.code}" in after.all("//main//a/@href")
    assert verdict(after) == "valid"
    for page in (holder.get("/certificates"), hr.get("/hr/certificates")):
        assert {f"/verify/{old.code}", f"/verify/{new.code}"} & set(page.all("//main//a/@href"))
        assert old.number in page.words


def test_what_is_handed_out_was_recorded_first(app, paper):
    holder, row = paper
    data = holder.get("/certificates/2025.pdf", status=200).data
    holder.post("/certificates/2025", status=303)
    with app.app_context():
        (kept,) = db.session.execute(select(CertificatePrint.sha256, CertificatePrint.signed)).all()
    assert kept.sha256 == hashlib.sha256(data).hexdigest()
    assert not kept.signed
    assert row.number


def test_a_name_corrected_later_leaves_the_row_sound(app, paper, people, client):
    with app.app_context(), write_tx() as session:
        session.execute(update(Person).where(Person.id == people["陈晓"].id).values(name="陈小"))
    assert verdict(client.get(f"/verify/{paper[1].code}", status=200)) == "valid"


@pytest.fixture
def no_keys_left(settings):
    yield
    folder = settings.instance / "certificate-keys"
    for file in folder.glob("*") if folder.is_dir() else ():
        file.unlink()


@pytest.mark.usefixtures("no_keys_left")
@pytest.mark.parametrize("kind", ["hmac", "ed25519"])
def test_a_new_key_signs_from_now_on_and_older_certificates_stay_sound(
    app, paper, settings, filing, sign_in, client, kind
):
    if kind == "ed25519":
        pytest.importorskip("cryptography", reason="the extra `sign` is not installed")
    old = paper[1]
    made = add_key(settings, kind)
    assert keyring(settings).key_id == made
    filing.met("刘洋")
    sign_in("刘洋").post("/certificates/2025", status=303)
    new = issued(app)
    with app.app_context():
        signed = db.session.execute(
            select(Certificate.key_id, Certificate.signature).order_by(Certificate.id)
        )
        (first, second) = signed.all()
    assert second.key_id == made
    assert first.key_id != made
    assert len(second.signature) == {"hmac": 64, "ed25519": 128}[kind]
    for row in (old, new):
        assert verdict(client.get(f"/verify/{row.code}", status=200)) == "valid"
