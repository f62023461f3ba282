"""The fault harness in small: a real server killed while people work keeps what it promised."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator

import pytest
from faults.deeds import Review
from faults.killing import kill_during
from faults.more_deeds import Submit
from faults.school import School, build
from faults.server import Server, free_port


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory, cheap_passwords: None) -> Iterator[School]:
    made = build(tmp_path_factory.mktemp("faults") / "instance")
    yield made
    made.close()


class FewReviews(Review):
    """Work for a moment only."""

    stock_size = 16


@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by signals here")
def test_what_was_acknowledged_survives_being_killed(school: School) -> None:
    server = Server(school.settings.instance, free_port(), processes=2)
    try:
        server.start()
        results = [
            kill_during(school, server, deed(school), 2, random.Random(7))  # noqa: S311
            for deed in (Submit, FewReviews)
        ]
    finally:
        server.stop()
    assert [one.faults for one in results] == [[], []]
    assert all(one.acknowledged for one in results)


def test_the_harness_sees_a_promise_that_was_broken(school: School) -> None:
    reviewed, filed = FewReviews(school), Submit(school)
    reviewed.stock()
    reviewed.promised[reviewed.laid[0]] = "approved"
    filed.ordered.add("a-form")
    filed.keys.add("a-form")
    assert len(reviewed.faults(final=True)) == 1
    assert len(filed.faults(final=True)) == 1
