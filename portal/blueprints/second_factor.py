"""The authenticator app: added, asked for, removed; and reset for a colleague who lost it."""

from __future__ import annotations

from uuid import UUID

import segno
from flask import Blueprint, Response, current_app, flash, make_response, redirect, request, session, url_for

from portal import hx
from portal.blueprints.session_parts import EVERY_HAT, HOME, announce_reset, factor_key, put_on, slowed, wear
from portal.forms.logins import SecondForm
from portal.queries import second_factors as queries
from portal.rules import one_time
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Hat
from portal.security import RECENT, actor, clock, needs, public, who
from portal.services import second_factors, second_steps
from portal.services.attempts import TooManyAttempts
from portal.services.logins import Half

bp = Blueprint("second_factor", __name__)


@bp.route("/login/second", methods=["GET", "POST"])
@public
def login() -> Response:
    """The second step of signing in."""
    half = _half()
    if half is None:
        session.pop("half", None)
        return hx.go_to("auth.login")
    form = SecondForm(request.form)
    if request.method == "GET" or not form.validate():
        return _ask(form, "second_factor.login", 200 if request.method == "GET" else 422)
    try:
        opened = second_steps.finish(
            half,
            form.code.data or "",
            now=clock().now(),
            today=clock().today(),
            address=request.remote_addr or "",
            agent=request.user_agent.string,
            replaces=session.get("_user_id", ""),
            key=factor_key(),
        )
    except (RuleBroken, TooManyAttempts) as refused:
        return _refused(form, "second_factor.login", refused)
    session.clear()
    wear(opened)
    announce_reset(half.username)
    return make_response(redirect(url_for(HOME[opened.hat]), code=303))


@bp.route("/hat/second", methods=["GET", "POST"])
@needs(*EVERY_HAT)
def hat() -> Response:
    """The second step of putting on an admin's or officer's hat."""
    wanted = session.get("hat_wanted")
    if wanted is None:
        return hx.go_to("auth.root")
    form = SecondForm(request.form)
    if request.method == "GET" or not form.validate():
        return _ask(form, "second_factor.hat", 200 if request.method == "GET" else 422)
    try:
        return put_on(Hat(wanted), form.code.data or "")
    except (RuleBroken, TooManyAttempts) as refused:
        return _refused(form, "second_factor.hat", refused)


@bp.get("/account/second-factor")
@needs(*EVERY_HAT)
def show() -> Response:
    """Whether an app is asked for, and how to add or remove one."""
    return _page()


@bp.post("/account/second-factor/begin")
@needs(*EVERY_HAT, recent=True)
def begin() -> Response:
    """Show a new secret, this once."""
    secret = second_factors.begin(actor(), now=clock().now(), key=factor_key())
    school = current_app.extensions["portal.settings"].school
    address = one_time.address(secret, username=actor().username, issuer=f"{school}继续教育")
    text = one_time.as_text(secret)
    return hx.render(
        "auth/second_factor_new.html",
        form=SecondForm(),
        qr=segno.make(address, error="m").svg_data_uri(scale=4, border=2),
        secret=" ".join(text[at : at + 4] for at in range(0, len(text), 4)),
    )


@bp.post("/account/second-factor/confirm")
@needs(*EVERY_HAT, recent=True)
def confirm() -> Response:
    """The app shows the right code: from now on it is asked for. The recovery codes are shown this once."""
    form = SecondForm(request.form)
    if not form.validate():
        return hx.render("auth/second_factor_new.html", status=422, form=form, qr="", secret="")
    try:
        codes = second_factors.confirm(actor(), form.code.data or "", now=clock().now(), key=factor_key())
    except RuleBroken as refused:
        form.code.errors = refused.fields["code"]
        return hx.render("auth/second_factor_new.html", status=422, form=form, qr="", secret="")
    return hx.render("auth/second_factor_codes.html", codes=[f"{one[:5]}-{one[5:]}" for one in codes])


@bp.post("/account/second-factor/remove")
@needs(*EVERY_HAT, recent=True)
def remove() -> Response:
    """Ask for the app no more, once it has shown a last code."""
    form = SecondForm(request.form)
    if not form.validate():
        return _page(form, 422)
    try:
        second_factors.remove(actor(), form.code.data or "", now=clock().now(), key=factor_key())
    except RuleBroken as refused:
        form.code.errors = refused.fields["code"]
        return _page(form, 422)
    except TooManyAttempts as refused:
        form.code.errors = [refused.message]
        return slowed(_page(form, 429))
    flash("二次验证已停用，今后凭密码登录。", "success")
    return hx.go_to("second_factor.show")


@bp.post("/hr/people/<uuid:person>/second-factor/reset")
@needs(Hat.HR, recent=True)
def reset(person: UUID) -> Response:
    """Take a colleague's lost app away."""
    name = second_factors.reset(actor(), person, now=clock().now())
    flash(f"{name}的二次验证已重置，凭密码即可登录，请提醒其重新启用。", "success")
    return hx.go_to("admin.person", person=person)


def _half() -> Half | None:
    """The sign-in this browser began, while it may still be finished."""
    kept = session.get("half")
    if not isinstance(kept, dict) or kept["until"] < clock().now().timestamp():
        return None
    return Half(kept["username"], Hat(kept["hat"]), kept["mark"])


def _ask(form: SecondForm, step: str, status: int = 200, problem: str = "") -> Response:
    return hx.render("auth/second_step.html", status=status, form=form, step=step, problem=problem)


def _refused(form: SecondForm, step: str, refused: RuleBroken | TooManyAttempts) -> Response:
    if isinstance(refused, TooManyAttempts):
        return slowed(_ask(form, step, 429, refused.message))
    form.code.errors = [refused.message]
    return _ask(form, step, 422)


def _page(form: SecondForm | None = None, status: int = 200) -> Response:
    required = current_app.extensions["portal.settings"].require_second_factor
    return hx.render(
        "auth/second_factor.html",
        status=status,
        form=form or SecondForm(),
        own=queries.own(actor()),
        required=actor().hat.value in required,
        confirmed=clock().now() - who().confirmed_at <= RECENT,
    )
