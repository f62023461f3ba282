"""A program with a token, as the tests of the machine interface use it."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date
from typing import Any

from campus import NOW, People
from flask import Flask
from werkzeug.test import TestResponse

from portal.rules.machines import Scope
from portal.services import tokens

PLATFORM = "山东开放大学"
LAST_DAY = date(2026, 5, 31)


def record(number: int = 1, username: str = "20120001", **other: Any) -> dict[str, Any]:
    """A good record of 陈晓's."""
    told = {"platform": PLATFORM, "record_id": f"R{number:05d}", "username": username, "title": "数字技术"}
    return {**told, "subject": "public", "hours": "2", "completed_on": "2025-06-01", **other}


class Program:
    """Sends requests with a token and nothing else."""

    def __init__(self, app: Flask, token: str | None) -> None:
        self.client = app.test_client(use_cookies=False)
        self.headers = {"Authorization": f"Bearer {token}"} if token is not None else {}

    def send(self, records: Any, status: int = 200, **batch: Any) -> Any:
        """Report records; the answer's JSON."""
        return self.body(json.dumps({"records": records, **batch}), status)

    def body(self, body: str | bytes, status: int, content_type: str = "application/json") -> Any:
        """Send these very bytes."""
        return told(
            self.client.post(
                "/api/v1/course-records", data=body, content_type=content_type, headers=self.headers
            ),
            status,
        )

    def standings(self, status: int = 200, query: str = "", **asked: Any) -> Any:
        """Ask for standings; the answer's JSON."""
        where = "/api/v1/standings" + (f"?{query}" if query else "")
        return told(
            self.client.get(where, query_string=None if query else asked, headers=self.headers), status
        )


def told(answer: TestResponse, status: int) -> Any:
    """The JSON of an answer of this status; a refusal is a whole problem, and nothing sets a cookie."""
    assert answer.status_code == status, answer.text
    assert "Set-Cookie" not in answer.headers
    found = json.loads(answer.data)
    if status != 200:
        assert answer.mimetype == "application/problem+json"
        assert found["status"] == status
        assert found["detail"].endswith("。")
        assert found["type"] == f"/api/v1/docs#{found['code']}"
    return found


def token_for(app: Flask, people: People, scopes: Collection[Scope], **limits: Any) -> str:
    """A live token with these scopes, made by HR."""
    limits.setdefault("expires_on", LAST_DAY)
    with app.app_context():
        return tokens.create(people.actor("周敏"), "学习平台", scopes, now=NOW, today=NOW.date(), **limits)
