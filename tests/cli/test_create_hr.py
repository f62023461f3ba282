"""`portal create-hr`: no default account; a code that sets a password."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from portal import create_app, lifecycle
from portal.cli import main
from portal.config import Settings
from portal.extensions import db
from portal.models import Event, Grant, Person, Unit


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty instance."""
    monkeypatch.delenv("PORTAL_DATABASE_URL", raising=False)
    lifecycle.create(tmp_path)
    return tmp_path


def run(instance: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["create-hr", *arguments, "--instance", str(instance)])


def table(instance: Path, model: Any) -> list[Any]:
    app = create_app(Settings(instance=instance))
    with app.app_context():
        found = list(db.session.scalars(select(model)))
        db.session.expunge_all()
        db.session.remove()
        db.engine.dispose()
    return found


def code_in(result: Result) -> str:
    assert result.exit_code == 0, result.output
    found = re.search(r"一次性代码：([A-Z2-7]{10})\n", result.output)
    assert found, result.output
    return found[1]


def test_the_first_officer_signs_in_with_the_code(instance: Path) -> None:
    code = code_in(run(instance, "20050008", "--name", "周敏", "--unit", "人事处"))
    (person,), (unit,) = table(instance, Person), table(instance, Unit)
    assert (person.name, person.password_hash, unit.name, unit.code) == ("周敏", None, "人事处", "RSC")
    assert [grant.role for grant in table(instance, Grant)] == ["hr"]
    assert [event.action for event in table(instance, Event)] == ["hr-created"]
    client = create_app(Settings(instance=instance, testing=True)).test_client()
    page = client.get("/login/code").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    secret = "lantern over the quiet sea"
    form = {"csrf_token": token[1], "username": "20050008", "code": code, "new": secret, "again": secret}
    assert client.post("/login/code", data=form).status_code == 303
    page = client.get("/login").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    form = {"csrf_token": token[1], "username": "20050008", "password": secret, "hat": "hr"}
    assert client.post("/login", data=form).headers["Location"] == "/hr/"


def test_somebody_known_keeps_their_record_and_gets_another_code(instance: Path) -> None:
    first = code_in(run(instance, "20050008", "--name", "周敏", "--unit", "人事处"))
    again = run(instance, "20050008", "--name", "别的名字")
    assert code_in(again) != first
    assert "已是人事处人员" in again.output
    assert [person.name for person in table(instance, Person)] == ["周敏"]
    assert len(table(instance, Grant)) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["20050008"], "请同时给出 --name"),
        (["2005 0008", "--name", "周敏", "--unit", "人事处"], "工号由 2 至 32 位"),
        (["20050008", "--name", "周\U0002ffff", "--unit", "人事处"], "证书字库中没有的字"),
    ],
)
def test_what_is_refused_writes_nothing(instance: Path, arguments: list[str], sentence: str) -> None:
    result = run(instance, *arguments)
    assert result.exit_code == 1
    assert sentence in result.output
    assert table(instance, Person) == []
    assert table(instance, Unit) == []


def test_an_instance_without_tables_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORTAL_DATABASE_URL", raising=False)
    assert "portal init" in run(tmp_path, "1", "--name", "周敏", "--unit", "人事处").output
