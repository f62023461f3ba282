"""Everything held on oneself, and on nobody else, without secrets."""

import json
import re
from datetime import datetime
from zoneinfo import ZoneInfo

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
    Login,
    Message,
    Obligation,
    Person,
    PersonRequest,
    PersonYear,
    YearReopening,
)
from portal.own_words import label
from portal.queries.own_data import HIDDEN

HELD = {
    model.__tablename__
    for model in (
        *(Absence, Certificate, Claim, Code, CourseRecord, Event),
        *(EvidenceFile, Grant, Login, Message, Obligation, Person, PersonRequest, PersonYear, YearReopening),
    )
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
                for name in (column.name for column in table.columns if shown(column.name)):
                    assert re.search("[\u4e00-\u9fff]", label("claims", name)), (table.name, name)


def shown(name):
    return name not in HIDDEN and name not in ("previous", "digest") and not name.endswith("_id")
