"""Everything held on oneself, and on nobody else, without secrets."""

import json
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from portal.database import write_tx
from portal.extensions import db
from portal.models import (
    Absence,
    Certificate,
    Claim,
    Code,
    CourseRecord,
    Event,
    EvidenceFile,
    Grant,
    Job,
    Login,
    Message,
    NoticeRead,
    Obligation,
    Person,
    PersonRequest,
    PersonYear,
    ProvincialDifference,
    ProvincialEntry,
    ProvincialFigure,
    ProvincialImport,
    RoleProposal,
    SecondFactor,
    Sending,
    YearReopening,
)
from portal.own_words import label
from portal.queries.own_data import _OF_THE_RUNNER, HIDDEN, own_data

HELD = {
    model.__tablename__
    for model in (
        *(Absence, Certificate, Claim, Code, CourseRecord, Event),
        *(EvidenceFile, Grant, Login, Message, Obligation, Person, PersonRequest, PersonYear, YearReopening),
        *(
            Job,
            ProvincialDifference,
            ProvincialEntry,
            ProvincialFigure,
            NoticeRead,
            RoleProposal,
            SecondFactor,
            Sending,
        ),
    )
}

# columns that name whoever did something to somebody else's thing or to a rule: that deed stands in `deeds`
# of the export (the events of this actor), and the thing itself belongs to the export of the other person
DOERS = {
    *(
        "claims.decider_id",
        "claims.revoker_id",
        "claims.filed_by_id",
        "codes.issuer_id",
        "obligations.setter_id",
    ),
    *("year_calendars.setter_id", "year_reopenings.setter_id", "import_batches.importer_id"),
    *("annex_papers.receiver_id", "role_proposals.proposer_id", "role_proposals.decider_id"),
    *("policy_confirmations.person_id", "policy_confirmations.proposer_id"),
    *("provincial_entries.entered_by_id", "provincial_entries.ended_by_id"),
    *("provincial_imports.importer_id", "provincial_differences.settler_id"),
    *("requests.decider_id", "revocation_proposals.proposer_id", "revocation_proposals.decider_id"),
    *("course_holds.importer_id", "course_holds.decider_id"),
    *("machine_tokens.creator_id", "machine_tokens.revoker_id", "notices.author_id"),
}


def test_the_download_holds_ones_own_things_only(filing, people, sign_in):
    filing.claim("陈晓", title="我的培训", status="approved")
    filing.claim("刘洋", title="别人的培训")
    filing.met("陈晓")
    answer = sign_in("陈晓").get("/account/data.json", status=200)
    assert answer.headers["Content-Disposition"] == "attachment; filename=my-data.json"
    held = json.loads(answer.data)
    assert [row["name"] for row in held["record"]] == ["陈晓"]
    assert held["record"][0]["unit"] == "护理学院"
    assert [row["title"] for row in held["claims"]] == ["我的培训"]
    assert len(held["courses"]) == 2
    assert [row["name"] for row in held["evidence"]]
    assert [row["action"] for row in held["deeds"]] == ["claim-submitted", "signed-in"]
    text = answer.data.decode()
    assert "刘洋" not in text
    assert "别人的培训" not in text
    for secret in ("argon2", "password_hash", "token_hash", "code_hash"):
        assert secret not in text


def test_the_page_shows_the_same_and_offers_the_file(filing, sign_in):
    filing.claim("陈晓", title="我的培训")
    desk = sign_in("陈晓")
    page = desk.get("/account/data", status=200)
    assert "我的培训" in page.words
    assert "/account/data.json" in page.text
    assert "/account/data" in desk.get("/account", status=200).text


def test_the_page_names_fields_and_words_in_chinese_and_tells_the_time_in_shanghai(filing, sign_in):
    filing.claim("陈晓", title="我的培训", status="approved")
    filing.met("陈晓")
    desk = sign_in("陈晓")
    page = desk.get("/account/data", status=200)
    names = re.findall(r"<dt>(.*?)</dt>", page.text)
    assert {"工号", "姓名", "用人单位", "核定学时", "计入学时", "提交时间", "操作"} <= set(names)
    assert [name for name in names if re.search("[a-z_]{2,}", name)] == []
    assert "提交申报" in page.words
    assert "claim-submitted" not in page.words
    held = json.loads(desk.get("/account/data.json", status=200).data)
    begun = datetime.fromisoformat(held["sessions"][0]["created_at"])
    assert f"{begun.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M}" in page.words
    assert "+00:00" not in page.words


def test_every_field_that_may_be_held_has_a_name(app):
    with app.app_context():
        for table in db.metadata.tables.values():
            if table.name in HELD:
                left = _OF_THE_RUNNER if table.name == "jobs" else ()
                for name in (one.name for one in table.columns if shown(one.name) and one.name not in left):
                    assert re.search("[\u4e00-\u9fff]", label("claims", name)), (table.name, name)
                for unit in (one.name for one in table.columns if one.name.endswith("unit_id")):
                    assert label("claims", unit.removesuffix("_id")), (table.name, unit)


def test_no_table_that_names_a_person_is_left_out(app, people, queries_of):
    """PIPL art. 45: each column pointing at a person is asked for that person, or names who did something."""

    def ask():
        with app.app_context():
            own_data(people.actor("陈晓"))

    asked = "\n".join(" ".join(one.split()) for one in queries_of(ask))
    with app.app_context():
        pointing = {
            f"{table.name}.{key.parent.name}"
            for table in db.metadata.tables.values()
            for key in table.foreign_keys
            if key.column.table.name == "people"
        }
    assert pointing >= DOERS, DOERS - pointing
    unasked = {one for one in pointing - DOERS if not re.search(rf"WHERE .*\b{re.escape(one)} = ", asked)}
    assert unasked == set(), "add a section to portal/queries/own_data.py, or a doer to DOERS"


def test_what_the_provincial_platform_said_and_the_second_factor_are_told_in_their_units(
    app, people, filing, sign_in
):
    claim = filing.claim("陈晓", status="approved")
    me, officer, at = people["陈晓"].id, people["周敏"].id, datetime(2025, 12, 1, tzinfo=UTC)
    with app.app_context(), write_tx() as session:
        taken = ProvincialImport(
            file_name="一览.xlsx",
            file_sha256="0" * 64,
            importer_id=officer,
            imported_at=at,
            summary={},
            faults=[],
        )
        session.add(taken)
        session.flush()
        figures = {"waiting": [0, 150], "unpushed": [0, 0], "region": "潍坊", "year": 2025}
        session.add_all(
            [
                ProvincialFigure(import_id=taken.id, person_id=me, public=2950, professional=6000, **figures),
                ProvincialEntry(
                    **{"claim_id": claim.id, "year": 2025, "quarters": 96, "subject": "professional"},
                    **{"entered_by_id": officer, "entered_at": at},
                ),
                SecondFactor(person_id=me, nonce="secret-nonce", last_step=0, created_at=at),
            ]
        )
    desk = sign_in("陈晓")
    page = desk.get("/account/data", status=200)
    for words in ("29.5 学时", "0 学时、1.5 学时", "省平台登记", "24 学时", "二次验证"):
        assert words in page.words
    text = desk.get("/account/data.json", status=200).data.decode()
    assert "secret-nonce" not in text
    assert "周敏" not in text


def shown(name):
    return name not in HIDDEN and name not in ("previous", "digest") and not name.endswith("_id")
