"""Registrations, changes and transfers as services: what moves, what stays, who may, and races."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from campus import NOW, PASSWORD
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal.database import write_tx
from portal.extensions import db
from portal.models import Claim, Event, Grant, Person, PersonRequest, Unit
from portal.rules.refusals import Conflict, NotFound, NotPermitted, RuleBroken
from portal.services import passwords
from portal.services.filing import submit_saved
from portal.services.request_decisions import decide
from portal.services.requests import ask_change, register, withdraw_change, withdraw_registration

TODAY = date(2025, 12, 1)
FACTS = {
    "name": "林晚",
    "department": "护理教研室",
    "title_series": "高校教师",
    "title": "助教",
    "phone": "8462",
}
GOOD = "lantern-over-the-sea"


@pytest.fixture
def units(app) -> dict[str, Any]:
    with app.app_context():
        return dict(db.session.execute(select(Unit.name, Unit.uuid)).all())


@pytest.fixture
def registered(app, units) -> Callable[..., tuple[str, Any]]:
    """`registered("20250101")`: the code and the request's uuid."""

    def enter(username: str = "20250101", unit: str = "护理学院", **facts: str) -> tuple[str, Any]:
        with app.app_context():
            code = register(
                username,
                {**FACTS, **facts},
                unit=units[unit],
                password=GOOD,
                school="山东第二医科大学",
                now=NOW,
            )
            found = db.session.scalars(
                select(PersonRequest.uuid).order_by(PersonRequest.id.desc()).limit(1)
            ).one()
            return code, found

    return enter


@pytest.fixture
def asked(app, people, units) -> Callable[..., Any]:
    """`asked("陈晓", unit="基础医学院", title="教授")`: the request's uuid."""

    def enter(name: str = "陈晓", /, unit: str = "", **wanted: str) -> Any:
        who = people[name]
        current = {
            "name": name,
            "department": "教研室",
            "title_series": "高校教师",
            "title": "讲师",
            "phone": "",
        }
        with app.app_context():
            ask_change(
                people.actor(name, "person"),
                {**current, **wanted},
                unit=units[unit or who.unit_name],
                now=NOW,
            )
            return db.session.scalars(
                select(PersonRequest.uuid).order_by(PersonRequest.id.desc()).limit(1)
            ).one()

    return enter


@pytest.fixture
def decided(app, people) -> Callable[..., None]:
    def enter(name: str, uuid: Any, action: str = "approve", reason: str = "", version: int = 1) -> None:
        with app.app_context():
            decide(
                people.actor(name), uuid, action=action, reason=reason, version=version, now=NOW, today=TODAY
            )

    return enter


def row(app, uuid: Any) -> Any:
    with app.app_context():
        return db.session.execute(select(PersonRequest.__table__).where(PersonRequest.uuid == uuid)).one()


def person(app, username: str) -> Any:
    with app.app_context():
        return db.session.execute(select(Person.__table__).where(Person.username == username)).one_or_none()


def test_approval_makes_the_person_with_the_password_given_and_forgets_it_in_the_request(
    app, people, registered, decided
):
    _, uuid = registered()
    assert person(app, "20250101") is None
    assert row(app, uuid).password_hash
    decided("李静", uuid)
    made, request = person(app, "20250101"), row(app, uuid)
    assert (made.name, made.department, made.title, made.unit_id) == (
        "林晚",
        "护理教研室",
        "助教",
        people["李静"].unit_id,
    )
    assert "linwan" in made.search_key
    assert passwords.verify(made.password_hash, GOOD)
    assert (request.status, request.password_hash, request.person_id) == ("approved", None, made.id)


def test_a_registration_for_a_taken_number_goes_in_and_never_through(app, people, registered, decided):
    _, uuid = registered(people["陈晓"].username)
    with pytest.raises(RuleBroken, match="已有账号"):
        decided("李静", uuid)
    assert row(app, uuid).status == "pending"
    assert person(app, people["陈晓"].username).name == "陈晓"
    assert passwords.verify(person(app, people["陈晓"].username).password_hash, PASSWORD)
    decided("李静", uuid, "return", "与已有账号重复")
    assert row(app, uuid).password_hash is None


def test_of_two_registrations_for_one_number_only_one_goes_through(app, registered, decided):
    (_, first), (_, second) = registered(), registered()
    decided("李静", first)
    with pytest.raises(RuleBroken, match="已有账号"):
        decided("李静", second)


@pytest.mark.parametrize(("name", "told"), [("王\U000f1234", "无法印在证书上"), ("\U0001f600", "\U0001f600")])
def test_a_name_no_face_can_print_is_refused_with_the_character(app, registered, asked, name, told):
    with pytest.raises(RuleBroken) as refused:
        registered(name=name)
    assert told in refused.value.fields["name"][0]
    assert name[-1] in refused.value.fields["name"][0]
    with pytest.raises(RuleBroken) as refused:
        asked("陈晓", name=name)
    assert name[-1] in refused.value.fields["name"][0]
    with app.app_context():
        assert db.session.scalars(select(PersonRequest.id)).all() == []


@pytest.mark.parametrize("name", ["欧阳䶮", "𠮷田", "买买提·阿不都热合曼"])
def test_hard_names_go_in(app, registered, decided, name):
    _, uuid = registered(name=name)
    decided("李静", uuid)
    assert person(app, "20250101").name == name


def test_the_applicant_takes_it_back_once(app, registered, decided):
    code, uuid = registered()
    with app.app_context():
        withdraw_registration(code, now=NOW)
        with pytest.raises(Conflict):
            withdraw_registration(code, now=NOW)
        with pytest.raises(NotFound):
            withdraw_registration("A" * 16, now=NOW)
    assert (row(app, uuid).status, row(app, uuid).password_hash) == ("withdrawn", None)
    with pytest.raises(Conflict):
        decided("李静", uuid)


def test_an_approved_change_is_the_record_and_refreshes_the_search(app, people, asked, decided):
    uuid = asked("陈晓", name="陈小小", title="副教授")
    assert row(app, uuid).before == {"name": "陈晓", "title": "讲师"}
    assert person(app, people["陈晓"].username).name == "陈晓"
    decided("王芳", uuid)
    now = person(app, people["陈晓"].username)
    assert (now.name, now.title, now.department) == ("陈小小", "副教授", "教研室")
    assert "chenxiaoxiao" in now.search_key


def test_a_change_is_decided_by_the_own_unit_and_a_transfer_by_the_receiving_one(asked, decided):
    change, transfer = asked("陈晓", title="副教授"), asked("陈晓", unit="基础医学院")
    with pytest.raises(NotFound):
        decided("赵磊", change)
    with pytest.raises(NotFound):
        decided("李静", transfer)
    decided("李静", change)
    decided("赵磊", transfer)


def test_a_transfer_takes_along_what_waits_and_leaves_what_was_decided(app, people, filing, asked, decided):
    waiting = filing.claim("陈晓", "training", "pending")
    done = filing.claim("陈晓", "publication", "approved")
    back = filing.claim("陈晓", "achievement", "returned")
    other = filing.claim("刘洋", "training", "pending")
    change, transfer = asked("陈晓", title="副教授"), asked("陈晓", unit="基础医学院")
    decided("赵磊", transfer)
    old, new = people["陈晓"].unit_id, people["赵磊"].unit_id
    with app.app_context():
        units = dict(db.session.execute(select(Claim.id, Claim.unit_id)).all())
        details = db.session.scalars(select(Event.details).where(Event.action == "transfer-approved")).one()
    assert units == {waiting.id: new, done.id: old, back.id: old, other.id: old}
    assert person(app, people["陈晓"].username).unit_id == new
    assert row(app, change).unit_id == new
    assert details["claims"] == 1
    decided("赵磊", change)
    assert person(app, people["陈晓"].username).title == "副教授"


def test_an_admin_who_moves_away_is_admin_no_more_at_once(app, sign_in, people, asked, decided):
    client = sign_in("李静")
    client.get("/admin/claims", status=200)
    decided("赵磊", asked("李静", unit="基础医学院"))
    client.get("/admin/claims", status=302)
    with app.app_context():
        grant = db.session.scalars(
            select(Grant.valid_until).where(Grant.person_id == people["李静"].id)
        ).one()
    assert grant < TODAY


def test_a_record_that_moved_on_is_not_overwritten(app, people, asked, decided):
    uuid = asked("陈晓", title="副教授")
    with app.app_context(), write_tx() as session:
        session.execute(update(Person).where(Person.id == people["陈晓"].id).values(title="教授"))
    with pytest.raises(RuleBroken, match="职称已另有变更"):
        decided("李静", uuid)
    assert person(app, people["陈晓"].username).title == "教授"


def test_nobody_decides_their_own(app, asked, decided):
    uuid = asked("李静", title="教授")
    with pytest.raises(NotPermitted):
        decided("李静", uuid)
    with pytest.raises(IntegrityError), app.app_context(), write_tx() as session:
        session.execute(
            update(PersonRequest)
            .where(PersonRequest.uuid == uuid)
            .values(status="approved", decided_at=NOW, decider_id=PersonRequest.person_id)
        )
    decided("王芳", uuid)


def test_hr_decides_anywhere_but_not_their_own(asked, decided):
    decided("周敏", asked("陈晓", title="副教授"))
    own = asked("周敏", title="教授")
    with pytest.raises(NotPermitted):
        decided("周敏", own)
    decided("孙悦", own)


def test_one_request_of_a_kind_waits_at_a_time(app, people, asked, decided):
    first = asked("陈晓", title="副教授")
    with pytest.raises(RuleBroken, match="信息变更"):
        asked("陈晓", title="教授")
    asked("陈晓", unit="基础医学院")
    with app.app_context():
        with pytest.raises(NotFound):
            withdraw_change(people.actor("刘洋"), first, now=NOW)
        withdraw_change(people.actor("陈晓"), first, now=NOW)
        with pytest.raises(Conflict):
            withdraw_change(people.actor("陈晓"), first, now=NOW)
    asked("陈晓", title="教授")


def test_nothing_changed_is_nothing_to_ask(app, asked):
    with pytest.raises(RuleBroken, match="相同"):
        asked("陈晓")


def test_a_closed_unit_takes_nobody(app, units, registered, asked, decided):
    _, uuid = registered(unit="临床医学院")
    with app.app_context(), write_tx() as session:
        session.execute(update(Unit).where(Unit.name == "临床医学院").values(closed_at=NOW))
    try:
        with pytest.raises(RuleBroken, match="已经停用"):
            decided("周敏", uuid)
        with pytest.raises(RuleBroken) as refused:
            registered("20250102", unit="临床医学院")
        assert "unit" in refused.value.fields
        with pytest.raises(RuleBroken):
            asked("陈晓", unit="临床医学院")
    finally:
        with app.app_context(), write_tx() as session:
            session.execute(update(Unit).values(closed_at=None))


def test_two_admins_at_once_and_only_one_decides(app, people, registered):
    requests = [registered(f"202502{n:02}")[1] for n in range(10)]

    def attempt(name: str, uuid: Any) -> str:
        with app.app_context():
            try:
                decide(people.actor(name), uuid, action="approve", reason="", version=1, now=NOW, today=TODAY)
            except Conflict:
                return "overtaken"
            return "decided"

    with ThreadPoolExecutor(4) as pool:
        for uuid in requests:
            outcomes = [
                run.result()
                for run in [pool.submit(attempt, name, uuid) for name in ("李静", "王芳", "周敏", "孙悦")]
            ]
            assert sorted(outcomes) == ["decided", "overtaken", "overtaken", "overtaken"]
    with app.app_context():
        events = db.session.scalars(select(Event.id).where(Event.action == "registration-approved")).all()
    assert len(events) == 10


def test_an_unfit_password_is_refused_before_anything_is_written(app, units):
    with app.app_context(), pytest.raises(RuleBroken) as refused:
        register(
            "20250101", FACTS, unit=units["护理学院"], password="20250101-and-more", school="校", now=NOW
        )
    assert "工号" in refused.value.fields["password"][0]
    with app.app_context():
        assert db.session.scalars(select(PersonRequest.id)).all() == []


def test_a_claim_sent_while_its_author_moves_ends_in_the_new_unit(app, people, filing, asked):
    policies = app.extensions["portal.policies"]
    for home, away in (("护理学院", "基础医学院"), ("基础医学院", "护理学院")) * 4:
        claim = filing.claim("陈晓", "publication", "returned")
        uuid = asked("陈晓", unit=away)

        def send(claim: Any = claim) -> None:
            with app.app_context():
                submit_saved(
                    people.actor("陈晓"), claim.uuid, version=None, policies=policies, now=NOW, today=TODAY
                )

        def move(uuid: Any = uuid) -> None:
            with app.app_context():
                decide(
                    people.actor("周敏"), uuid, action="approve", reason="", version=1, now=NOW, today=TODAY
                )

        with ThreadPoolExecutor(2) as pool:
            for run in [pool.submit(deed) for deed in (send, move)]:
                run.result()
        with app.app_context():
            units = db.session.execute(
                select(Claim.unit_id, Person.unit_id, Unit.name)
                .join(Person, Person.id == Claim.person_id)
                .join(Unit, Unit.id == Person.unit_id)
                .where(Claim.uuid == claim.uuid)
            ).one()
        assert units == (units[1], units[1], away), home
