"""Logs as one JSON object a line, each with the id of its request; no form bodies, no names."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from pathlib import Path
from time import perf_counter
from typing import Any

import structlog
from flask import Flask, Response, g, has_request_context, request

from portal.config import BadSettings, Settings
from portal.log_files import DailyFiles

_LOG = logging.getLogger("portal.request")


def configure(settings: Settings | None = None, *, requests: bool = True) -> None:
    """Write what the process logs to stderr or the settings' files, each request or only what went wrong.

    For servers alone. Raises BadSettings when the log files cannot be written.
    """
    handler = _handler(settings)
    handler.setFormatter(formatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    _LOG.setLevel(logging.INFO if requests else logging.WARNING)


def _handler(settings: Settings | None) -> logging.Handler:
    if settings is None or not settings.log_file:
        return logging.StreamHandler(sys.stderr)
    file = Path(settings.log_file)
    try:
        return DailyFiles(file, days=settings.log_days, room=settings.log_megabytes * 1024 * 1024)
    except OSError as fault:
        raise BadSettings(f"PORTAL_LOG_FILE: {file.parent} cannot be written ({fault.strerror})") from fault


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
    acting = g.get("acting")  # set by the gate, so that a public page asks the database nothing more
    return {
        "method": request.method,
        "rule": request.url_rule.rule if request.url_rule else None,
        "status": answer.status_code,
        "person": acting.person_id if acting else None,  # a number of ours; the name is in no line
        "hat": acting.hat.value if acting else None,
        "milliseconds": round((perf_counter() - g.get("started", perf_counter())) * 1000, 1),
    }


def _request_id(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if has_request_context():
        event["request_id"] = g.get("request_id", "")
    return event
