"""Thousands of requests nobody well-meaning sends: nothing breaks, nothing is told, nobody gets in.

`make fuzz` asks many more than the ordinary tests, from a seed of its own, and measures.
"""

from __future__ import annotations

import os
import random

import pytest

from fuzz.asked import Asked, harvest
from fuzz.driver import run
from fuzz.world import World

ORDINARY, SEED = 600, 20251201
MOST_WORK = 1.0  # seconds of processor for one request; looked at by `make fuzz` alone
_ASKED: list[tuple[Asked, ...]] = []


@pytest.fixture
def asked(world: World) -> tuple[Asked, ...]:
    """The forms of the pages; things go by name in them, so that one reading serves both databases."""
    if not _ASKED:
        _ASKED.append(harvest(world))
    return _ASKED[0]


def test_no_request_breaks_a_promise(
    world: World, asked: tuple[Asked, ...], backend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = os.environ.get("FUZZ", "")
    budget = int(told or ORDINARY)
    seed = int(os.environ.get("FUZZ_SEED") or (random.randrange(10**9) if told else SEED))  # noqa: S311

    def tell(line: str) -> None:
        if told:
            with capsys.disabled():
                print(line, flush=True)

    tell(f"\nfuzzing on {backend}: {budget} requests, seed {seed}")
    limit = MOST_WORK if told else None
    report = run(world, asked, backend=backend, budget=budget, start=seed, limit=limit, tell=tell)
    tell(str(report))
    assert not report.found, f"\n{report}\n  mend: the fault in portal/, then keep its line as a case"
    assert report.sent >= budget
    assert {200, 303, 403, 404, 422} <= set(report.statuses), report.statuses


def test_every_route_with_a_form_is_asked_with_it(world: World, asked: tuple[Asked, ...]) -> None:
    seen = {(one.method, one.to.partition("{")[0]) for one in asked}
    for method, where in (
        ("POST", "/claims"),
        ("GET", "/admin/claims"),
        ("POST", "/admin/claims/"),
        ("POST", "/admin/claims/decisions"),
        ("POST", "/hr/imports"),
        ("POST", "/hr/claims/"),
        ("POST", "/register"),
        ("POST", "/verify/file"),
    ):
        assert (method, where) in seen, f"{method} {where}: no page asks for it any more"
    assert {"file", "date", "select", "checkbox", "hidden"} <= {
        field.type for one in asked for field in one.fields
    }
