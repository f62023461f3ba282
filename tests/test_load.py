"""The load driver in small: three people at a real server, and an answer that is wrong is told as wrong."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from faults.school import School, build, password

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from load import checks, run
from load.report import tables
from load.scenarios import Scenario

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are looked at as Linux shows them")

FEW = Scenario("few", "three people", "sqlite", 3, 1.0, rush=True, pace=0.0)
LONGEST = 60.0  # seconds; a machine with nothing else to do takes three


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory, cheap_passwords: None) -> Iterator[School]:
    made = build(tmp_path_factory.mktemp("load") / "instance")
    made.waiting(10)
    yield made
    made.close()


class Ill(BaseHTTPRequestHandler):
    """A server that is there and does nothing else."""

    def do_GET(self) -> None:
        self.send_error(500)

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def ill_server() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Ill) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_people_work_at_a_real_server_and_every_promise_is_looked_up(school: School, tmp_path: Path) -> None:
    found = run.measure(FEW, school, LONGEST, tmp_path, password=password(), deeds=2)
    assert found["faults"] == []
    assert found["errors"] == 0
    assert found["kinds"]["sign in"]["statuses"] == {"303": 3}
    assert {"live preview", "opened row"} <= set(found["kinds"])
    assert found["promised"] > 0
    assert found["memory"]["peak"] > 50
    assert "| few: three people | sqlite | 3 |" in tables([found], "a machine")


def test_an_answer_that_is_wrong_is_told(ill_server: int, tmp_path: Path) -> None:
    seat = {"part": "visitor", "username": "", "name": "", "password": "", "hat": "", "address": "10.1.0.1"}
    day = {
        "port": ill_server,
        "seats": [seat],
        "forms": {},
        "codes": [],
        "year": 2025,
        "rush": False,
        "deeds": 0,
    }
    found = run.drive({**day, "pace": 1.0, "levels": [(1, 1.0)]}, tmp_path)
    assert found["errors"] == found["requests"] > 0
    assert found["wrongs"][0].startswith("sign-in page: answered 500")


def test_a_promise_that_was_not_kept_is_told(school: School) -> None:
    claim = str(school.waiting(1)[0])
    since = checks.last_event(school)
    told = checks.broken_promises(school, [("claim-approved", claim, "")], since, unanswered=0)
    assert told == [f"{claim}: claim-approved was promised and is not there"]
