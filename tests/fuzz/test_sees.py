"""The fuzzer sees what it is there for: a route that fails, and one that breaks what must hold."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import request
from sqlalchemy import text

from fuzz.asked import Asked, Field
from fuzz.calls import as_json, from_json
from fuzz.door import Answer, Door
from fuzz.driver import play, run
from fuzz.world import World
from portal.database import write_tx

ADDRESS, INBOX = "auth.address", "messages.inbox"
FORM = Asked("owner", "POST", "/account/email", (Field("email", "text", ("a@b.example",)),))
BUDGET, SEED = 400, 7


def fails() -> str:
    """As code does that takes every text for a plain one."""
    request.form.get("email", "").encode("ascii")
    return ""


def miscounts() -> str:
    """Hours out of nothing, past every service."""
    with write_tx() as session:
        session.execute(text("UPDATE person_years SET professional = professional + 4"))
    return ""


def tells() -> str:
    """What a debugging page would."""
    return "Traceback (most recent call last)"


PLANTS = [
    (ADDRESS, fails, "status 500", ""),
    (ADDRESS, miscounts, "doctor", "hours"),
    (INBOX, miscounts, "reading wrote", INBOX),
    (INBOX, tells, "tells its insides", INBOX),
]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("endpoint", "view", "promise", "where"), PLANTS, ids=lambda value: getattr(value, "__name__", value)
)
def test_a_planted_fault_is_found_and_narrowed_down(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    endpoint: str,
    view: Callable[[], str],
    promise: str,
    where: str,
) -> None:
    view.portal_rule = world.app.view_functions[endpoint].portal_rule  # type: ignore[attr-defined]
    monkeypatch.setitem(world.app.view_functions, endpoint, view)
    only = frozenset({endpoint})
    report = run(world, [FORM], backend="sqlite", budget=BUDGET, start=SEED, only=only, sought=promise)
    found = [one for one in report.found.values() if one.fault.promise == promise]
    assert found, f"{view.__doc__} {report}"
    assert where in found[0].fault.where
    assert len(found[0].calls) == 1, found[0]
    again = from_json(as_json(found[0].calls[0]))
    door = Door(world)
    with door.watched():
        signs = {came.sign for came in play(world, door, [again]) if not isinstance(came, Answer)}
    assert found[0].fault.sign in signs, "a case read back must show the fault again"


def test_an_untouched_route_shows_nothing(world: World) -> None:
    report = run(world, [FORM], backend="", budget=40, start=SEED, only=frozenset({ADDRESS}))
    assert not report.found, report
