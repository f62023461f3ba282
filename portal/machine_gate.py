"""The gate of the machine interface: a bearer token and nothing else lets a program in."""

from __future__ import annotations

import re
from typing import Any

from flask import current_app, g, request

from portal.extensions import limiter
from portal.problems import Problem
from portal.queries.tokens import presented
from portal.rules.machines import Machine, Scope
from portal.services import tokens

_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,200}")


def admit(scope: Scope) -> None:
    """Let the request in when its token is live and has the scope; raises Problem otherwise.

    Cookies are not looked at: whoever is signed in in a browser is nobody here.
    """
    token = _bearer()
    if token is None:
        raise Problem("token_missing", "请在 Authorization 请求头中提供令牌：Bearer <令牌>。")
    today = current_app.extensions["portal.clock"].today()
    found = presented(tokens.digest_of(token), today, address=request.remote_addr or "")
    if found is None:
        raise Problem("token_unknown", "令牌不正确，请核对或向人事处索取新令牌。")
    if found.fault:
        words = {"revoked": "令牌已由人事处停用。", "expired": "令牌已过有效期。"}
        raise Problem(f"token_{found.fault}", words[found.fault] + "请向人事处索取新令牌。")
    if not found.machine.may(scope):
        raise Problem("scope_missing", f"这个令牌没有“{scope.label}”（{scope.value}）权限，请联系人事处。")
    g.machine = found.machine


def machine() -> Machine:
    """The program that asks; only valid behind `security.machine`."""
    return g.machine


def _bearer() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and _TOKEN.fullmatch(token) else None


def _whose() -> str:
    """The token's digest, or the address of whoever shows none."""
    token = _bearer()
    return tokens.digest_of(token) if token else request.remote_addr or ""


_by_token = limiter.shared_limit("120 per minute", scope="machine-token", key_func=_whose)
_by_address = limiter.shared_limit("1200 per minute", scope="machine-address")


def limited(view: Any) -> Any:
    """At most so many requests a minute by one token, and from one address whatever tokens it tries."""
    return _by_token(_by_address(view))
