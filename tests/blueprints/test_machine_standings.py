"""Standings for programs: the figures of the portal, a page at a time, within the token's scope."""

from __future__ import annotations

import pytest
from campus import NOW
from machines import Program, record, token_for
from sqlalchemy import select

from portal.extensions import db
from portal.models import Unit
from portal.rules.machines import Scope
from portal.rules.policy import shipped
from portal.rules.vocabulary import ObligationKind
from portal.services import evidence, obligations


@pytest.fixture
def reader(app, people):
    return Program(app, token_for(app, people, [Scope.READ]))


def person(found, username="20120001"):
    return next(one for one in found["people"] if one["username"] == username)


def test_figures_are_those_of_the_standing_page(app, people, filing, reader):
    filing.met("陈晓")
    found = person(reader.standings(year=2025))
    assert found["met"] is True
    assert found["name"] == "陈晓"
    assert found["unit"]["name"] == "护理学院"
    assert [(one["subject"], one["need"], one["met"], one["changed"]) for one in found["standards"]] == [
        ("public", "30", True, False),
        ("professional", "60", True, False),
    ]
    assert sum(float(hours) for hours in found["categories"].values()) == float(found["total"])
    nobody = person(reader.standings(year=2025), people["刘洋"].username)
    assert (nobody["total"], nobody["subjects"], nobody["met"]) == (
        "0",
        {"public": "0", "professional": "0"},
        False,
    )


def test_what_hr_set_for_one_person_is_what_they_need(app, people, reader):
    Program(app, token_for(app, people, [Scope.WRITE])).send([record(1, hours="15")])
    with app.app_context(), evidence.taken_in([], app.extensions["portal.store"]) as intake:
        obligations.set_figures(
            people.actor("周敏"),
            people["陈晓"].uuid,
            2025,
            kind=ObligationKind.LEAVE,
            public=60,
            professional=0,
            reason="病假",
            intake=intake,
            policies=shipped(),
            now=NOW,
        )
    found = reader.standings(year=2025)
    assert person(found)["standards"][0] == {
        "subject": "public", "need": "15", "have": "15", "met": True, "changed": True
    }  # fmt: skip
    assert person(found)["met"] is True
    assert "病假" not in str(found)


def test_pages_together_hold_everybody_once(people, reader):
    seen, cursor = [], None
    while True:
        page = reader.standings(year=2025, limit=4, **({"cursor": cursor} if cursor else {}))
        seen += [one["username"] for one in page["people"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        assert len(page["people"]) == 4
    assert seen == sorted(one.username for one in people)


def test_a_token_of_a_unit_sees_that_unit_alone(app, people, reader):
    with app.app_context():
        code, uuid = db.session.execute(select(Unit.code, Unit.uuid).where(Unit.name == "护理学院")).one()
        other = db.session.scalars(select(Unit.code).where(Unit.code != code)).first()
    mine = {one.username for one in people if one.unit_name == "护理学院"}
    narrow = Program(app, token_for(app, people, [Scope.READ], unit=uuid))
    for asked in (narrow.standings(year=2025), reader.standings(year=2025, unit=code)):
        assert {one["username"] for one in asked["people"]} == mine
    assert narrow.standings(404, year=2025, unit=other)["code"] == "not_found"
    assert reader.standings(404, year=2025, unit="NOWHERE")["code"] == "not_found"
    stranger = next(one for one in people if one.unit_name != "护理学院")
    assert narrow.standings(year=2025, username=stranger.username)["people"] == []
    assert [one["name"] for one in narrow.standings(year=2025, username="20120001")["people"]] == ["陈晓"]


@pytest.mark.parametrize(
    "query",
    [
        *(
            "",
            "year=x",
            "year=2025&year=2024",
            "year=2025&units=A",
            "year=2025&limit=0",
            "year=2025&limit=501",
        ),
        *(
            "year=2025&limit=501",
            "year=9999999999999999999",
            "year=2025&username=%00",
            "year=2025&cursor=%F0%A0%AE%B7",
        ),
        *("year=2025&cursor=____", "year=2025&unit=x'", "year=1900", "year=2025&username=a%20b"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(reader, query):
    assert reader.standings(422, query=query or "limit=1")["errors"]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_unknown_places_are_problems_too(app, reader):
    for where, method, status in (("/api/v1/nowhere", "GET", 404), ("/api/v1/standings", "DELETE", 405)):
        answer = reader.client.open(where, method=method, headers=reader.headers)
        assert answer.status_code == status
        assert answer.mimetype == "application/problem+json"
