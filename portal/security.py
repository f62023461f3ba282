"""The gate every request passes: who is asking, from where, in which hat; and the headers that go back."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, request, session
from flask_login import AnonymousUserMixin, UserMixin, current_user
from flask_wtf.csrf import CSRFError, validate_csrf
from wtforms.validators import ValidationError

from portal import hx, machine_gate
from portal.clock import Clock
from portal.extensions import login_manager
from portal.queries.logins import SignedIn, signed_in
from portal.rules.access import Actor
from portal.rules.machines import Scope
from portal.rules.refusals import Conflict, NotPermitted
from portal.rules.vocabulary import Hat
from portal.services.logins import token_hash

View = TypeVar("View", bound=Callable[..., Any])

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
RECENT = timedelta(minutes=5)
IDLE = {Hat.PERSON: timedelta(minutes=30), Hat.UNIT: timedelta(minutes=30)}
IDLE_STRICT, ABSOLUTE, ABSOLUTE_STRICT = timedelta(minutes=15), timedelta(hours=10), timedelta(hours=4)
MANY_PARTS = 2_000  # of a form with ticks
RENEW_AFTER = 60  # seconds between renewals of the idle mark in the cookie

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "object-src 'none'"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a route asks: one of the hats (none: public), how fresh the password, which fields may repeat.

    `files` are those among them that hold files. With a `scope` it is for programs: a token that has it,
    and neither a session nor a form's token.
    """

    hats: tuple[Hat, ...]
    recent: bool = False
    many: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    scope: Scope | None = None


def needs(
    *hats: Hat,
    recent: bool = False,
    many: frozenset[str] = frozenset(),
    files: frozenset[str] = frozenset(),
) -> Callable[[View], View]:
    """Let only these hats in; `recent` asks for the password within the last five minutes.

    `many` are fields that may be sent to this view more than once, as ticks are; `files` are fields that
    may hold several files.
    """

    def mark(view: View) -> View:
        view.portal_rule = Rule(hats, recent, many, files)  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Let everybody in, signed in or not."""
    view.portal_rule = Rule(())  # type: ignore[attr-defined]
    return view


def machine(scope: Scope) -> Callable[[View], View]:
    """Let programs in whose bearer token has the scope, and nobody by a session; so many a minute."""

    def mark(view: View) -> View:
        guarded: View = machine_gate.limited(view)
        guarded.portal_rule = Rule((), scope=scope)  # type: ignore[attr-defined]
        return guarded

    return mark


class User(UserMixin):
    """Flask-Login's view of a live session."""

    def __init__(self, who: SignedIn, token: str) -> None:
        self.who = who
        self.token = token

    def get_id(self) -> str:
        return self.token


def clock() -> Clock:
    """The clock of this app."""
    return current_app.extensions["portal.clock"]


def who() -> SignedIn:
    """The live session behind this request; only valid behind `needs`."""
    return current_user.who


def actor() -> Actor:
    """Who is acting; only valid behind `needs`."""
    return current_user.who.actor


def show_to_nobody() -> None:
    """Answer the rest of this request as if nobody was signed in; the session stays as it is.

    For faults of the database: the page that tells of one must not ask it who is asking.
    """
    g._login_user = AnonymousUserMixin()  # where Flask-Login keeps it during a request


def register(app: Flask) -> None:
    """Attach the loader, the gate and the headers."""
    login_manager.session_protection = None  # our own session row decides, not a hash of the browser's name
    login_manager.anonymous_user = AnonymousUserMixin
    login_manager.user_loader(_load)
    app.before_request(_name_request)
    app.before_request(_gate)
    app.after_request(_headers)


def _load(token: str) -> User | None:
    found = signed_in(token_hash(token), clock().today(), address=request.remote_addr or "")
    if found is None or _worn_out(found):
        return None
    g.acting = found.actor
    return User(found, token)


def _worn_out(found: SignedIn) -> bool:
    """Idle or absolute limit passed, or an officer's session carried elsewhere.

    The idle mark rides in the signed cookie, so reading never writes.
    """
    now = clock().now()
    hat = found.actor.hat
    strict = hat in (Hat.HR, Hat.AUDIT)
    here = ((request.remote_addr or "")[:64], request.user_agent.string[:200])
    if strict and here != (found.address, found.agent):
        return True  # an officer's cookie in another browser or place is signed in with anew
    if now - found.created_at > (ABSOLUTE_STRICT if strict else ABSOLUTE):
        return True
    idle = now.timestamp() - session.get("seen", 0)
    if idle > IDLE.get(hat, IDLE_STRICT).total_seconds():
        return True
    if idle > RENEW_AFTER and request.headers.get("X-Background") != "1":
        session["seen"] = int(now.timestamp())
    return False


def _name_request() -> None:
    g.request_id = secrets.token_hex(8)


def _gate() -> Response | None:
    _readable()
    if request.endpoint is None or request.endpoint == "static":
        return None
    view = current_app.view_functions[request.endpoint]
    rule: Rule | None = getattr(view, "portal_rule", None)
    if rule is None:
        abort(403)
    if rule.scope is not None:  # a browser sends no bearer token by itself, so nothing can be forged
        machine_gate.admit(rule.scope)
        return None
    if rule.many:
        request.max_form_parts = MANY_PARTS
    if request.method not in SAFE:
        _same_origin()
        _token()
    if rule.hats:
        if not current_user.is_authenticated:
            return hx.sign_in_first()
        _hat(rule)
    hx.single_values(allow=rule.many | rule.files)
    return _second_factor_first() if rule.hats else None


def _readable() -> None:
    """Bytes in the address that are no text would fail wherever it is first read."""
    try:
        request.query_string.decode()
    except UnicodeDecodeError:
        abort(400)


def _hat(rule: Rule) -> None:
    found = who()
    if found.actor.hat not in rule.hats:
        others = [hat.label for hat in rule.hats if hat in found.actor.hats]
        if others:
            raise NotPermitted(f"当前身份是“{found.actor.hat.label}”。请先切换为“{others[0]}”身份再进入。")
        raise NotPermitted()
    if rule.recent and clock().now() - found.confirmed_at > RECENT:
        raise NotPermitted("这项操作需要在 5 分钟内确认过密码。请在“账号”页确认密码后重试。")


def _second_factor_first() -> Response | None:
    """Where the hat must have a second factor, nothing but the account is open without one."""
    found = who()
    required = current_app.extensions["portal.settings"].require_second_factor
    own = (request.endpoint or "").startswith(("auth.", "second_factor."))
    if found.actor.hat.value not in required or found.second_factor or own:
        return None
    return hx.go_to("second_factor.show")


def _same_origin() -> None:
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)
    origin = request.headers.get("Origin")
    if origin is None:
        return
    settings = current_app.extensions["portal.settings"]
    base = urlsplit(settings.base_url)
    if origin not in (f"{base.scheme}://{base.netloc}", request.host_url.rstrip("/")):
        abort(403)


def _token() -> None:
    given = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token")
    try:
        validate_csrf(given)
    except ValidationError as fault:
        if _from_before_switch(given):
            raise Conflict(
                "您已在另一个页面切换了身份，本页仍是切换前的内容，没有保存。请刷新页面后继续。"
            ) from None
        raise CSRFError(str(fault)) from None


def _from_before_switch(given: str | None) -> bool:
    try:
        validate_csrf(given, token_key="csrf_before")  # noqa: S106  (a session key, not a secret)
    except ValidationError:
        return False
    return True


def _headers(answer: Response) -> Response:
    answer.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers.setdefault("Referrer-Policy", "same-origin")
    answer.headers.setdefault("X-Frame-Options", "DENY")
    answer.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    answer.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    answer.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if request.endpoint != "static":
        answer.headers.setdefault("Cache-Control", "no-store")
    if current_app.extensions["portal.settings"].secure:
        answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    answer.headers["X-Request-ID"] = g.get("request_id", "")
    return answer
