"""The document of the machine interface: whatever is sent, the answer is one it names."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from machines import Program, record, token_for

from portal.extensions import limiter
from portal.rules.machines import Scope

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its own use of other libraries
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks as promises

EXAMPLES = 25
# That what the document forbids is refused whole is not promised: a bad record spoils itself alone.
PROMISES = [
    not_a_server_error,
    promises.status_code_conformance,
    promises.content_type_conformance,
    promises.response_schema_conformance,
]


@pytest.fixture
def document(app: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The document as it is served; here nobody counts requests."""
    monkeypatch.setattr(limiter, "enabled", False)
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(
    ("path", "method"),
    [("/api/v1/course-records", "POST"), ("/api/v1/standings", "GET")],
    ids=["course-records", "standings"],
)
def test_every_answer_is_one_the_document_names(app, people, document, path, method, mode):
    token = token_for(app, people, list(Scope))
    answered = set()

    @given(case=document[path][method].as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case: Any) -> None:
        answer = case.call(headers=_headers(token))
        answered.add(answer.status_code)
        case.validate_response(answer, checks=PROMISES)

    send()
    assert answered - {401}, "no request came past the gate"


def test_real_answers_are_those_the_document_describes(app, people, document):
    token = token_for(app, people, list(Scope))
    program = Program(app, token)
    program.send([record(1), record(2)])
    sent = {"records": [record(1), record(2, hours=3), record(3, username="20990001"), 7]}
    kind = {"media_type": "application/json"}
    for path, method, given_ in (
        ("/api/v1/course-records", "POST", {"body": sent, **kind}),
        ("/api/v1/course-records", "POST", {"body": {**sent, "on_change": "update"}, **kind}),
        ("/api/v1/standings", "GET", {"query": {"year": 2025, "limit": 3}}),
    ):
        case = document[path][method].Case(**given_)
        answer = case.call(headers=_headers(token))
        assert answer.status_code == 200
        case.validate_response(answer, checks=PROMISES)


def test_the_page_for_people_tells_the_same(client):
    page = client.get("/api/v1/docs", status=200)
    for word in ("报送课程记录", "courses:update", "year_not_covered", "record_id", "next_cursor"):
        assert word in page.words
