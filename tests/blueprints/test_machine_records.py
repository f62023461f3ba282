"""Course records reported by programs: each once, all or nothing, and never beyond the token."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from machines import PLATFORM, Program, record, token_for
from sqlalchemy import func, select

from portal import jobs
from portal.extensions import db
from portal.models import CourseRecord, Event, ImportBatch, PersonYear, Unit
from portal.rules.machines import Scope

BOTH = (Scope.WRITE, Scope.UPDATE)
KILLED = """
import os, signal, sys
from machines import Program, record
from portal import create_app
from portal.clock import parse_today, FixedClock
from portal.config import Settings
from portal.services import events
app = create_app(Settings.model_validate_json(sys.argv[1]))
app.extensions["portal.clock"] = FixedClock(parse_today("2025-12-01"))
events.record = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
Program(app, sys.argv[2]).send([record(number) for number in range(300)])
"""


@pytest.fixture
def platform(app, people):
    return Program(app, token_for(app, people, BOTH))


def stored(app):
    with app.app_context():
        return db.session.execute(
            select(func.count(CourseRecord.id), func.coalesce(func.sum(CourseRecord.quarters), 0))
        ).one()


def test_each_record_gets_its_own_answer(app, people, platform):
    found = platform.send(
        [
            record(1),
            record(2, hours=1.5, name="陈晓", subject="professional"),
            record(3, username="20990001"),
            record(4, hours="1.3"),
            record(5, completed_on="2025-02-30"),
            record(6, name="别人"),
            record(7, subject="both"),
            {**record(8), "note": "x"},
            "not an object",
            record(1, hours="4"),
            record(9, completed_on="2026-01-01"),
        ]
    )
    statuses = [one["status"] for one in found["results"]]
    assert statuses == ["created", "created", *["invalid"] * 9]
    assert found["counts"] == {"created": 2, "unchanged": 0, "updated": 0, "conflict": 0, "invalid": 9}
    fields = [[fault["field"] for fault in one["problems"]] for one in found["results"][2:]]
    assert fields == [
        *(["username"], ["hours"], ["completed_on"], ["name"], ["subject"], ["note"], [""], ["record_id"]),
        ["completed_on"],
    ]
    assert stored(app) == (2, 8 + 6)
    with app.app_context():
        year = db.session.scalars(select(PersonYear)).one()
        assert (year.person_id, year.public, year.professional) == (people["陈晓"].id, 8, 6)
        event = db.session.scalars(select(Event).where(Event.action == "courses-received")).one()
        assert event.details["counts"] == found["counts"]


def test_a_record_that_differs_is_told_and_changed_only_when_asked(app, platform):
    first = platform.send([record(1), record(2)])["results"]
    changed = [record(1, hours="3", title="数据安全"), record(2)]
    told = platform.send(changed)
    assert [one["status"] for one in told["results"]] == ["conflict", "unchanged"]
    assert told["results"][0]["stored"] == {
        "username": None, "title": "数字技术", "subject": None, "hours": "2", "completed_on": None
    }  # fmt: skip
    assert told["results"][0]["sent"]["hours"] == "3"
    assert told["batch"] is None
    assert stored(app) == (2, 16)
    again = platform.send(changed, on_change="update")
    assert [one["status"] for one in again["results"]] == ["updated", "unchanged"]
    assert again["results"][0]["id"] == first[0]["id"]
    assert stored(app) == (2, 20)
    assert platform.send(changed, on_change="update")["batch"] is None


def test_hr_sees_a_batch_of_a_program_and_takes_it_back(app, platform, sign_in):
    batch = platform.send([record(1), record(2, username="20990001")])["batch"]
    office = sign_in("周敏")
    page = office.get(f"/hr/imports/courses/{batch}", status=200)
    assert "接口报送（学习平台）" in page.words
    assert "20990001" in page.words
    office.post(f"/hr/imports/courses/{batch}/undo", status=303)
    jobs.run_all(app)
    assert stored(app) == (0, 0)
    assert platform.send([record(1)])["counts"]["created"] == 1


def test_a_token_reaches_no_further_than_its_scope(app, people, filing):
    reader = Program(app, token_for(app, people, [Scope.READ]))
    assert reader.send([record()], 403)["code"] == "scope_missing"
    writer = Program(app, token_for(app, people, [Scope.WRITE]))
    assert writer.send([record()], 403, on_change="update")["code"] == "scope_missing"
    assert writer.standings(403, year=2025)["code"] == "scope_missing"
    one = Program(app, token_for(app, people, BOTH, platform=PLATFORM))
    without = record(1)
    del without["platform"]
    found = one.send([without, record(2, platform="蟹壳云学")])
    assert [each["status"] for each in found["results"]] == ["created", "invalid"]
    with app.app_context():
        nursing = db.session.scalars(select(Unit.uuid).where(Unit.name == "护理学院")).one()
    unit = Program(app, token_for(app, people, BOTH, unit=nursing))
    other = next(one for one in people if one.unit_name != "护理学院")
    Program(app, token_for(app, people, BOTH)).send([record(3, username=other.username)])
    found = unit.send([record(4, username=other.username), record(3), record(5)], on_change="update")
    assert [each["status"] for each in found["results"]] == ["invalid", "invalid", "created"]
    assert "不在人员名册" in found["results"][0]["problems"][0]["reason"]
    assert found["results"][1]["stored"] is None


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_json"),
        (b"{", 400, "bad_json"),
        (b"\xff\xfe", 400, "bad_json"),
        (b'{"records": [NaN]}', 400, "bad_json"),
        (b'{"records": [{"hours": -Infinity}]}', 400, "bad_json"),
        (b'{"records": [{"hours": ' + b"9" * 5000 + b"}]}", 400, "bad_json"),
        (b'{"records": [{"hours": 1, "hours": 2}]}', 400, "bad_json"),
        (b"[" * 100_000, 400, "bad_json"),
        (b"[]", 422, "invalid"),
        (b"null", 422, "invalid"),
        (b'{"records": []}', 422, "invalid"),
        (b'{"records": {}}', 422, "invalid"),
        (b'{"records": [1], "on_change": "overwrite"}', 422, "invalid"),
        (b'{"records": [1], "mode": 1}', 422, "invalid"),
        (json.dumps({"records": [1] * 5001}).encode(), 422, "invalid"),
        (b'{"records": ["' + b"x" * (8 * 1024 * 1024) + b'"]}', 413, "too_large"),
    ],
    ids=lambda value: str(value)[:30],
)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_request_that_is_no_batch_is_refused_whole(app, platform, body, status, code):
    assert platform.body(body, status)["code"] == code
    assert stored(app) == (0, 0)


def test_text_and_numbers_no_database_can_keep_spoil_their_record_alone(app, platform):
    bad = [
        *('"\\u0000"', '"\\ud800"', '"a\\u202eb"', '"\\u0007"', '""', "null", "[]", "{}", "true", "1"),
        '"' + "长" * 61 + '"',
    ]
    good = json.dumps(record(0))[1:-1]
    rows = [f"{{{good.replace(json.dumps('R00000'), value)}}}" for value in bad]
    rows += [
        f"{{{json.dumps(record(number))[1:-1].replace(json.dumps('2'), value)}}}"
        for number, value in enumerate(
            ("1e400", "1e-400", "1E+999999999", "99999999999999999999", "-2", "0", "true", '"NaN"', '"２"'),
            100,
        )
    ]
    found = platform.body(f'{{"records": [{", ".join(rows)}, {json.dumps(record(999))}]}}', 200)
    assert [one["status"] for one in found["results"]] == ["invalid"] * len(rows) + ["created"]
    assert stored(app) == (1, 8)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_another_kind_of_content_is_refused(app, platform):
    body = json.dumps({"records": [record()]})
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        assert platform.body(body, 415, content_type=kind)["code"] == "unsupported_media_type"
    platform.body(body, 200, content_type="application/json; charset=utf-8")


def test_the_same_batch_sent_ten_times_at_once_counts_once(app, people):
    token = token_for(app, people, BOTH)
    batch = [record(number) for number in range(40)]
    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(lambda _: Program(app, token).send(batch)["counts"], range(10)))
    assert stored(app) == (40, 320)
    assert sum(one["created"] for one in found) == 40
    assert sum(one["unchanged"] for one in found) == 360


def test_five_thousand_records_are_one_batch(app, people, platform):
    names = [one.username for one in people]
    batch = [record(number, names[number % len(names)]) for number in range(5000)]
    assert platform.send(batch)["counts"]["created"] == 5000
    assert platform.send(batch)["counts"]["unchanged"] == 5000
    assert stored(app) == (5000, 40_000)
    with app.app_context():
        assert db.session.scalar(select(func.count(ImportBatch.id))) == 1
        assert db.session.scalar(select(func.sum(PersonYear.public))) == 40_000


@pytest.mark.skipif(os.name == "nt", reason="kills a process as Unix does")
def test_a_batch_whose_process_is_killed_leaves_nothing_and_is_sent_again(app, people, settings):
    token = token_for(app, people, BOTH)
    path = os.pathsep.join(sys.path)
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, settings.model_dump_json(), token],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        check=False,
    )
    assert ended.returncode == -9, ended.stderr.decode()
    assert stored(app) == (0, 0)
    found = Program(app, token).send([record(number) for number in range(300)])
    assert found["counts"]["created"] == 300
