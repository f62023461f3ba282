"""The only module that knows htmx: page or fragment, and redirects that work for both."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, abort, make_response, redirect, render_template, request, url_for

from portal.extensions import htmx  # noqa: F401  (binds request.htmx)


def wants_fragment() -> bool:
    """Whether the answer is swapped into a page; a boosted or history request wants the whole page."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def render(page: str, fragment: str | None = None, status: int = 200, **context: Any) -> Response:
    """The fragment for a swap, the page otherwise; caches are told that the answer depends on it."""
    template = fragment if fragment is not None and wants_fragment() else page
    answer = make_response(render_template(template, **context), status)
    answer.vary.add("HX-Request")
    return answer


def trigger(answer: Response, event: str, **detail: Any) -> Response:
    """Let the page know what happened, in a past-tense domain word; header values stay ASCII."""
    answer.headers["HX-Trigger"] = json.dumps({event: detail}, ensure_ascii=True)
    return answer


def go_to(endpoint: str, **values: Any) -> Response:
    """Send the browser to an endpoint of ours (never to an address from outside)."""
    address = url_for(endpoint, **values)
    if wants_fragment():
        answer = make_response("", 200)
        answer.headers["HX-Redirect"] = address
    else:
        answer = make_response(redirect(address, code=303))
    answer.vary.add("HX-Request")
    return answer


def now_at(answer: Response, endpoint: str, **values: Any) -> Response:
    """Let the browser's address become that of an endpoint of ours, without going there."""
    answer.headers["HX-Replace-Url"] = url_for(endpoint, **values)
    return answer


def sign_in_first() -> Response:
    """For somebody signed out: never a login page inside a row."""
    address = url_for("auth.login")
    if request.headers.get("HX-Request") == "true":
        answer = make_response("", 401)
        answer.headers["HX-Redirect"] = address
    else:
        answer = make_response(redirect(address, code=302))
    answer.vary.add("HX-Request")
    return answer


def single_values(*, allow: frozenset[str] = frozenset()) -> None:
    """Refuse a field given twice (422): which of the two was meant is not ours to guess."""
    for source in (request.args, request.form, request.files):
        if any(len(values) > 1 for name, values in source.lists() if name not in allow):
            abort(422, description="同一个字段提交了两次，请刷新页面后重新填写。")
