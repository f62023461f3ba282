"""What the two steps of signing in and of changing hats share: the browser's part of a session."""

from __future__ import annotations

from dataclasses import asdict

from flask import Response, current_app, request, session

from portal import hx
from portal.config import key
from portal.presentation import stamp
from portal.queries.accounts import reset_notice
from portal.rules.vocabulary import Hat
from portal.security import clock, who
from portal.services import logins
from portal.services.attempts import WINDOW

EVERY_HAT = tuple(Hat)
HOME = {Hat.PERSON: "staff.standing", Hat.UNIT: "admin.claims", Hat.HR: "hr.home", Hat.AUDIT: "hr.audit"}
HALF_LASTS = 300  # seconds between the password and the app's code


def put_on(hat: Hat, code: str | None = None) -> Response:
    """Act in the hat from now on. Raises what `logins.switch_hat` does."""
    opened = logins.switch_hat(
        who(),
        hat,
        now=clock().now(),
        today=clock().today(),
        agent=request.user_agent.string,
        code=code,
        key=factor_key(),
    )
    before, notice = session.get("csrf_token"), session.get("reset_notice")
    session.clear()
    if notice:
        session["reset_notice"] = notice
    if before:
        session["csrf_before"] = before  # a page opened under the old hat is told so, instead of acting
    wear(opened)
    return hx.go_to(HOME[opened.hat])


def ask_code(half: logins.Half) -> Response:
    """Remember how far the sign-in came, in the signed cookie, and ask for the app's code."""
    session["half"] = {**asdict(half), "until": int(clock().now().timestamp()) + HALF_LASTS}
    return hx.go_to("second_factor.login")


def slowed(answer: Response) -> Response:
    """Say after how many seconds a refused guesser may try again: the window of attempts.WINDOW."""
    answer.headers["Retry-After"] = str(int(WINDOW.total_seconds()))
    return answer


def factor_key() -> bytes:
    """The instance's key that second factors hang on."""
    return key(current_app.extensions["portal.settings"], "second-factor")


def announce_reset(username: str) -> None:
    """The notice rides in the signed cookie until dismissed, so pages need not ask for it."""
    found = reset_notice(username.strip())
    if found:
        issuer = found.issuer or "系统管理员"
        session["reset_notice"] = f"密码于 {stamp(found.redeemed_at)} 由{issuer}发放的一次性代码重置"


def wear(opened: logins.Opened) -> None:
    """Let the browser carry the session."""
    session.permanent = True
    session["seen"] = int(clock().now().timestamp())
    session["_user_id"] = opened.token  # the name Flask-Login reads; its login_user would read the row again
