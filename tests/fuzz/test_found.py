"""Requests that once broke something, sent again on each database; `make fuzz` prints new ones."""

from __future__ import annotations

import json
from pathlib import Path

from fuzz.calls import from_json
from fuzz.door import Answer, Door
from fuzz.driver import play
from fuzz.world import World

FOUND = Path(__file__).parents[1] / "data" / "fuzz_found.jsonl"


def test_what_once_broke_something_breaks_nothing(world: World) -> None:
    door, again = Door(world), []
    cases = [json.loads(line) for line in FOUND.read_text("utf-8").splitlines()]
    assert cases, f"{FOUND.name} holds the requests that once broke something"
    with door.watched():
        for case in cases:
            calls = [from_json(call) for call in case["visit"]]
            told = [str(came) for came in play(world, door, calls) if not isinstance(came, Answer)]
            again += [f"{case['why']}\n  {one}" for one in told]
    assert not again, "\n".join(again)
