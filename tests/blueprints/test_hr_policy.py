"""HR reads the policy beside the notice; two confirm a reading; a candidate is tried on a past year."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text

from portal import jobs as runner
from portal.database import write_tx
from portal.extensions import db
from portal.models import Event, Job, PolicyConfirmation
from portal.queries.policy_confirmations import digest, readings
from portal.rules.policy import SHIPPED, shipped

TEXT = (SHIPPED / "sdsmu_2025.toml").read_text("utf-8")
POLICY = shipped().for_year(2025)
READING = next(one for one in POLICY.interpretations if one.id == "output_pool")
SAID = {"reading": READING.id, "seen": digest(READING)}


def say(client, action, status=303, **more):
    return client.post("/hr/policy/readings", data={**SAID, "action": action, **more}, status=status)


def state_of(page, reading=READING.id):
    return page.one(f"//div[@id='reading-{reading}']").get("data-state")


def changed(old, new):
    assert old in TEXT
    return TEXT.replace(old, new)


def upload(content, name="candidate.toml"):
    return (io.BytesIO(content.encode() if isinstance(content, str) else content), name)


@pytest.fixture
def tried(app, sign_in):
    """`tried(toml, year)`: sends the candidate, does the work, and returns the result's page."""

    def go(content, year=2025, client=None):
        client = client or sign_in("周敏")
        data = {"year": str(year), "file": upload(content)}
        answer = client.post("/hr/policy/compare", data=data, status=303)
        runner.run_all(app)
        return client, answer.headers["Location"], client.get(answer.headers["Location"], status=200)

    return go


def test_every_rule_stands_beside_its_quote_with_its_number_marked(sign_in):
    page = sign_in("周敏").get("/hr/policy", status=200)
    row = page.one("//tr[@data-rule='cap.day']")
    assert [one.text_content() for one in row.xpath(".//mark")] == ["8", "8"]
    assert "待人事处确认" in row.text_content()
    for one in (*POLICY.standards, *POLICY.caps, *POLICY.conditions, *POLICY.not_modelled):
        assert one.quote in page.words
    assert POLICY.sha256 in page.words
    for clause in POLICY.not_modelled:
        assert clause.reason in page.words


def test_a_reading_is_confirmed_by_a_second_officer_and_the_marks_follow(app, sign_in):
    first, second, staff = sign_in("周敏"), sign_in("孙悦"), sign_in("陈晓")
    amber = f"//*[@data-interpretation='{READING.id}' and @data-confirmed='no']"
    assert staff.get("/rules").all(amber)
    say(first, "propose", note="已请示分管校领导")
    assert state_of(first.get("/hr/policy")) == "proposed"
    assert staff.get("/rules").all(amber)
    assert "另一位同事" in say(first, "confirm", 403).words
    say(second, "confirm")
    page = second.get("/hr/policy")
    assert state_of(page) == "confirmed"
    assert "周敏、孙悦" in page.words
    assert "已请示分管校领导" in page.words
    assert not staff.get("/rules").all(amber)
    say(second, "confirm", 409)
    assert "写明原因" in say(first, "withdraw", 422).words
    say(first, "withdraw", note="省厅另有答复")
    assert state_of(second.get("/hr/policy")) == "open"
    assert staff.get("/rules").all(amber)
    with app.app_context():
        deeds = list(db.session.scalars(select(PolicyConfirmation.deed).order_by(PolicyConfirmation.step)))
        told = list(db.session.scalars(select(Event.action).where(Event.action.like("reading-%"))))
    assert deeds == ["propose", "confirm", "withdraw"]
    assert len(told) == 3


def test_a_proposal_is_refused_with_a_reason_or_withdrawn_by_its_own_officer(sign_in):
    first, second = sign_in("周敏"), sign_in("孙悦")
    say(first, "propose")
    say(second, "withdraw", 403)
    say(second, "refuse", 422)
    say(second, "refuse", note="应先请示")
    say(second, "propose")
    say(second, "withdraw")
    assert state_of(first.get("/hr/policy")) == "open"
    say(first, "propose", 404, reading="no_such_reading")
    say(first, "shout", 422)
    say(first, "propose", 422, note="x" * 501)


def test_a_confirmation_holds_for_its_wording_only(app, sign_in):
    say(sign_in("周敏"), "propose")
    say(sign_in("孙悦"), "confirm")
    other = READING.model_copy(update={"text": READING.text + "（修订）"})
    policy = POLICY.model_copy(update={"interpretations": (other,)})
    with app.app_context():
        assert [one.state for one in readings(POLICY) if one.interpretation.id == READING.id] == ["confirmed"]
        (found,) = readings(policy)
    assert found.state == "open"
    assert found.reworded
    assert "文字与您所见的不同" in say(sign_in("周敏"), "withdraw", 409, seen=digest(other), note="x").words


def test_the_rules_page_tells_who_decides_and_by_when(sign_in):
    page = sign_in("陈晓").get("/rules", status=200)
    assert "本单位平台管理员审核" in page.words
    assert "申报到 2025-12-31" in page.one("//dl[@data-year='2025']").text_content()


def test_the_database_keeps_what_was_confirmed(app, sign_in):
    say(sign_in("周敏"), "propose")
    for deed in ("UPDATE policy_confirmations SET note = 'x'", "DELETE FROM policy_confirmations"):
        with app.app_context(), pytest.raises(Exception, match="append-only"), write_tx() as session:
            session.execute(text(deed))


def test_marks_stand_on_the_standing_page_of_earlier_years(sign_in):
    staff = sign_in("陈晓")
    assert "待人事处确认" in staff.get("/standing?year=2024").words
    early = next(one for one in POLICY.interpretations if one.id == "years_before")
    for client, action in ((sign_in("周敏"), "propose"), (sign_in("孙悦"), "confirm")):
        say(client, action, reading=early.id, seen=digest(early))
    assert "待人事处确认" not in staff.get("/standing?year=2024").words


@pytest.mark.parametrize(
    ("day", "state"), [("2026-10-01", None), ("2026-10-02", "soon"), ("2026-11-02", "past")]
)
def test_hr_is_reminded_when_the_policy_wants_looking_at(sign_in, clock, day, state):
    clock.move_to(day)
    for address in ("/hr/policy", "/hr/"):
        found = [one.get("data-review") for one in sign_in("周敏").get(address).all("//*[@data-review]")]
        assert found == ([state] if state else [])


def test_a_trial_lists_whoever_would_differ_and_writes_nothing(app, sign_in, filing, tried):
    filing.met("刘洋")
    for number in range(3):
        filing.claim("陈晓", "publication", "approved", title=f"论文{number}")
    with app.app_context():
        before = [list(map(repr, db.session.execute(text(f"SELECT * FROM {name}")))) for name in KEPT]  # noqa: S608
    candidate = changed("max = 30", "max = 20").replace("不超过30学时", "不超过20学时")
    client, address, page = tried(candidate)
    assert "1 人的结果会不同" in page.words
    row = page.one("//tr[@data-person='20120001']").text_content()
    assert "30 → 20" in " ".join(row.split())
    assert not page.all("//tr[@data-person='20150002']")
    with app.app_context():
        after = [list(map(repr, db.session.execute(text(f"SELECT * FROM {name}")))) for name in KEPT]  # noqa: S608
        job = db.session.scalars(select(Job.uuid)).one()
    assert after == before
    book = client.get(f"/jobs/{job}/result?file=differences.xlsx", status=200)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book.data)).get_sheet_by_index(0).to_python()
    assert rows[1][0] == "20120001"
    assert rows[1][6:9] == [30.0, 20.0, -10.0]
    assert "没有人员" in client.get(f"{address}?page=7", status=200).words


KEPT = ("claims", "person_years", "certificates", "course_records")


def test_who_would_lose_their_year_comes_first(filing, tried):
    filing.met("刘洋")
    candidate = changed("min = 60", "min = 80").replace("不少于60学时", "不少于80学时")
    _, _, page = tried(candidate)
    assert "1 人由达标变为未达标" in page.words
    assert "达标 → 未达标" in " ".join(page.one("//tr[@data-person='20150002']").text_content().split())


def test_an_equal_candidate_changes_nobody(filing, tried):
    filing.met("刘洋")
    _, _, page = tried(changed("from_year = 2021", "from_year = 2026"))
    assert "没有人会不同" in page.words


def test_a_candidate_may_extend_the_one_in_force(filing, tried):
    filing.met("刘洋")
    lower = '[[standard]]\nsubject = "professional"\nmin = 90\nquote = "不少于90学时"\n'
    _, _, page = tried(f'extends = "sdsmu-2025"\nid = "next"\nfrom_year = 2027\n{lower}')
    assert "1 人由达标变为未达标" in page.words


def test_other_subjects_are_said_to_be_beyond_comparing(filing, tried):
    filing.met("刘洋")
    third = (
        '[[standard]]\nsubject = "ethics"\nlabel = "师德"\nmin = 5\nquote = "师德5学时"\n\n[category.course]'
    )
    _, _, page = tried(changed("[category.course]", third))
    assert "科目“师德”" in page.words
    assert "是否达标不能比较" in page.words
    assert "没有人会不同" in page.words
    gone = changed('subject = "public"', 'subject = "ethics"')
    gone = gone.replace('["public", "professional"]', '["ethics", "professional"]')
    gone = gone.replace('"standard.public", ', "")
    _, _, page = tried(gone)
    row = page.one("//tr[@data-person='20150002']").text_content()
    assert "不能按新规则计算" in row
    assert "不能比较" in row


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (changed("max = 8", "max = 9"), "请改回引文中的数"),
        (changed("max = 8", "max = 8\nqoute = 1"), "是否应为“quote”"),
        ("id = [", "不是合法的 TOML"),
        (b"\xff\xfe\x00", "文件不是 UTF-8"),
        ('extends = "nobody"', "找不到规则“nobody”"),
        ("a = " + "[" * 5000 + "]" * 5000, "层次过深"),
        ("\n".join(f"[[cap]]\nid = 'c{n}'" for n in range(2000)), "条目过多"),
        ("a" * (256 * 1024 + 1), "256 KB"),
    ],
)
def test_a_faulty_candidate_is_told_and_nothing_is_queued(app, sign_in, content, sentence):
    data = {"year": "2025", "file": upload(content)}
    page = sign_in("周敏").post("/hr/policy/compare", data=data, status=422)
    assert sentence in page.words
    with app.app_context():
        assert db.session.scalars(select(Job.id)).all() == []


def test_the_notice_is_compared_when_it_comes_along(sign_in):
    data = {"year": "2025", "file": upload(TEXT), "notice": upload("另一份通知。", "notice.txt")}
    page = sign_in("周敏").post("/hr/policy/compare", data=data, status=422)
    assert "SHA-256" in page.words
    assert len(page.all("//li[@data-fault]")) > 5


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"year": "2025"}, "请选择规则文件"),
        ({"year": "2031", "file": TEXT}, ""),
        ({"year": "2025", "file": None}, "不是 .toml 文件"),
    ],
)
def test_a_wrong_year_or_file_is_refused(sign_in, data, sentence):
    sent = dict(data)
    if "file" in sent:
        sent["file"] = upload(sent["file"]) if sent["file"] else upload("x", "rules.docx")
    assert sentence in sign_in("周敏").post("/hr/policy/compare", data=sent, status=422).words


def test_an_interrupted_trial_goes_on_where_it_stood(app, filing, tried, monkeypatch):
    from portal.queries import policy_comparisons as queries

    monkeypatch.setattr(queries, "AT_ONCE", 3)
    filing.met("陈晓")
    filing.met("何平")
    looked: list[int] = []
    whole = queries.compared

    def broken(trial, after) -> Iterator:
        looked.append(after)
        if len(looked) == 3:
            with (runner_folder(app) / "differences.part").open("ab") as part:
                part.write(b'{"torn')
            raise ConnectionError("the power failed")
        return whole(trial, after)

    monkeypatch.setattr(queries, "compared", broken)
    candidate = changed("min = 60", "min = 80").replace("不少于60学时", "不少于80学时")
    client, address, _ = tried(candidate)
    with app.app_context(), write_tx() as session:
        job = session.scalars(select(Job)).one()
        assert job.state == "failed"
        job.state, job.finished_at = "queued", None
    runner.run_all(app)
    page = client.get(address, status=200)
    assert "2 人由达标变为未达标" in page.words
    assert looked[2] == looked[3]


def runner_folder(app):
    return next((app.extensions["portal.settings"].instance / "jobs").glob("*/candidate.toml")).parent


def test_a_trial_is_not_found_among_other_jobs(app, sign_in, people):
    from campus import NOW

    from portal.services import jobs

    with app.app_context(), write_tx() as session:
        other = jobs.enqueue(session, people.actor("周敏"), "test", {}, title="别的", now=NOW)
    sign_in("周敏").get(f"/hr/policy/compare/{other}", status=404)


def test_the_command_tells_the_same(app, settings, filing, tmp_path, monkeypatch):
    from click.testing import CliRunner

    from portal.cli.policy import policy_group

    filing.met("刘洋")
    monkeypatch.setattr("portal.create_app", lambda _settings: app)
    file, out = tmp_path / "next.toml", tmp_path / "out.xlsx"
    file.write_text(changed("min = 60", "min = 80").replace("不少于60学时", "不少于80学时"), "utf-8")
    arguments = ["compare", str(file), "--year", "2025", "--out", str(out)]
    found = CliRunner().invoke(policy_group, [*arguments, "--instance", str(settings.instance)])
    assert found.exit_code == 2, found.output
    assert "20150002 刘洋 护理学院：达标 → 未达标" in found.output
    rows = CalamineWorkbook.from_path(out).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[1:]] == ["20150002"]
    wrong = CliRunner().invoke(
        policy_group, ["compare", str(file), "--year", "1999", "--instance", str(settings.instance)]
    )
    assert wrong.exit_code == 1
    assert "不能对 1999 年度试算" in wrong.output


def test_a_rule_a_reading_is_about_must_exist(tmp_path):
    from portal.rules.policy_check import file_faults

    file = tmp_path / "policy.toml"
    file.write_text(changed('about = ["cap.day"]', 'about = ["cap.dya"]'), "utf-8")
    (fault,) = file_faults(file, None)
    assert "没有规则“cap.dya”" in str(fault)
