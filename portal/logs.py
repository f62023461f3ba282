"""Logs as one JSON object a line, each with the id of its request; no form bodies, no names."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from time import perf_counter
from typing import Any

import structlog
from flask import Flask, Response, g, has_request_context, request

_LOG = logging.getLogger("portal.request")


def configure(*, requests: bool = True) -> None:
    """Write what the process logs to stderr, each request or only what went wrong; for servers alone."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    _LOG.setLevel(logging.INFO if requests else logging.WARNING)


def formatter() -> logging.Formatter:
    """Turns any record of the standard library into one line of JSON."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _request_id,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


def register(app: Flask) -> None:
    """Log one line per request: the rule it matched (never the address with its values), status, time."""

    @app.before_request
    def _start() -> None:
        g.started = perf_counter()

    @app.after_request
    def _note(answer: Response) -> Response:
        if request.endpoint != "static":
            _LOG.info("request", extra=_facts(answer))
        return answer


def _facts(answer: Response) -> dict[str, Any]:
    return {
        "method": request.method,
        "rule": request.url_rule.rule if request.url_rule else None,
        "status": answer.status_code,
        "milliseconds": round((perf_counter() - g.get("started", perf_counter())) * 1000, 1),
    }


def _request_id(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if has_request_context():
        event["request_id"] = g.get("request_id", "")
    return event
