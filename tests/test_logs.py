"""Log lines: JSON, one a record, with the request's id and without what people typed."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from flask import Flask
from strict import StrictClient

from portal import logs

one_database = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the portal's loggers write, through the servers' own formatter."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.formatter())
    root, request_log = logging.getLogger(), logging.getLogger("portal.request")
    root.addHandler(handler)
    request_log.setLevel(logging.INFO)
    yield out
    root.removeHandler(handler)
    request_log.setLevel(logging.NOTSET)


@one_database
def test_a_request_is_one_line_with_its_id_and_without_what_was_typed(
    app: Flask, client: StrictClient, lines: io.StringIO
) -> None:
    answer = client.post(
        "/login?secret=in-the-address",
        data={"username": "20120001", "password": "typed-in-secret", "hat": "person"},
        strict=False,
    )
    written = lines.getvalue()
    (line,) = [json.loads(text) for text in written.splitlines()]
    assert line["request_id"] == answer.headers["X-Request-ID"]
    assert (line["method"], line["rule"], line["status"]) == ("POST", "/login", answer.status_code)
    assert not any(word in written for word in ("typed-in-secret", "20120001", "in-the-address"))


def test_a_line_break_forges_no_second_line(lines: io.StringIO) -> None:
    logging.getLogger("portal").warning("odd name: %s", 'a\n{"event": "forged"}\x1b[31m')
    (line,) = lines.getvalue().splitlines()
    assert json.loads(line)["level"] == "warning"


@one_database
def test_a_fault_carries_its_traceback_and_the_id_shown_to_the_person(
    app: Flask, client: StrictClient, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("deep inside")

    broken.portal_rule = app.view_functions["health.healthz"].portal_rule  # type: ignore[attr-defined]
    monkeypatch.setitem(app.view_functions, "health.healthz", broken)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = client.get("/healthz", strict=False)
    found = [json.loads(text) for text in lines.getvalue().splitlines()]
    fault = next(line for line in found if line["level"] == "error")
    assert answer.status_code == 500
    assert fault["request_id"] == answer.headers["X-Request-ID"]
    assert fault["request_id"] in answer.text
    assert "deep inside" in fault["exception"]
    assert "deep inside" not in answer.text
