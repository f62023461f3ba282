"""HR's roles: one officer proposes, a second one confirms, nobody touches their own."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.models import Event, RoleProposal

GIVE = {"username": "20180006", "role": "hr", "change": "give"}


@pytest.fixture
def propose(app):
    """`propose(client)`: posts a proposal and returns its address."""

    def send(client, **change):
        client.post("/hr/roles", data={**GIVE, **change}, status=303)
        with app.app_context():
            uuid = db.session.scalars(select(RoleProposal.uuid).order_by(RoleProposal.id.desc())).first()
        return f"/hr/roles/{uuid}"

    return send


def test_a_role_is_given_once_a_second_officer_confirms(app, sign_in, propose):
    first, theirs = sign_in("周敏"), sign_in("何平", "person")
    address = propose(first)
    theirs.post("/hat", data={"hat": "hr"}, status=403)
    assert "待您确认" not in first.get("/hr/", status=200).words
    assert "有 1 项角色变更待您确认" in sign_in("孙悦").get("/hr/", status=200).words
    assert "另一位同事确认" in first.post(address, data={"action": "confirm"}, status=403).words
    sign_in("孙悦").post(address, data={"action": "confirm"}, status=303)
    theirs.post("/hat", data={"hat": "hr"}, status=303)
    theirs.get("/hr/roles", status=200)
    with app.app_context():
        assert {"role-proposed", "role-confirmed"} <= set(db.session.scalars(select(Event.action)))


def test_an_ended_role_shuts_the_open_session(sign_in, propose):
    auditor = sign_in("吴审")
    address = propose(sign_in("周敏"), username="20130010", role="auditor", change="end")
    auditor.get("/hr/audit", status=200)
    sign_in("孙悦").post(address, data={"action": "confirm"}, status=303)
    auditor.get("/hr/audit", status=302)


def test_nobody_touches_their_own_role(sign_in, propose):
    first = sign_in("周敏")
    first.post("/hr/roles", data={**GIVE, "username": "20050008", "change": "end"}, status=403)
    address = propose(first, username="20110009", change="end")
    assert "本人" in sign_in("孙悦").get("/hr/roles", status=200).words
    for action in ("confirm", "refuse"):
        refused = sign_in("孙悦").post(address, data={"action": action}, status=403)
        assert "不能变更自己的角色" in refused.words


def test_a_proposal_is_refused_or_withdrawn_once(sign_in, propose):
    first, second = sign_in("周敏"), sign_in("孙悦")
    address = propose(first)
    second.post(address, data={"action": "withdraw"}, status=403)
    second.post(address, data={"action": "refuse"}, status=303)
    second.post(address, data={"action": "confirm"}, status=409)
    address = propose(first)
    first.post(address, data={"action": "withdraw"}, status=303)
    first.post(address, data={"action": "withdraw"}, status=409)
    second.post(address, data={"action": "nonsense"}, status=422)
    words = second.get("/hr/roles", status=200).words
    assert "已退回" in words
    assert "已撤回" in words


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"username": "99999999"}, "没有工号为 99999999 的人员"),
        ({"username": "20110009"}, "孙悦已有“人事处”角色"),
        ({"change": "end"}, "何平没有“人事处”角色"),
        ({"username": ""}, "请填写工号"),
    ],
)
def test_a_refused_proposal_says_why(sign_in, change, sentence):
    assert sentence in sign_in("周敏").post("/hr/roles", data={**GIVE, **change}, status=422).words


def test_the_same_change_waits_only_once(sign_in, propose):
    propose(sign_in("周敏"))
    assert "已有一项变更待确认" in sign_in("孙悦").post("/hr/roles", data=GIVE, status=422).words


def test_both_ends_want_the_password_again(sign_in, propose, clock):
    first, second = sign_in("周敏"), sign_in("孙悦")
    address = propose(first)
    clock.move_to("2025-12-01T08:06:00+08:00")
    first.post("/hr/roles", data=GIVE, status=403)
    second.post(address, data={"action": "confirm"}, status=403)
