"""Signing in and out, switching hats, one's own account."""

from __future__ import annotations

from uuid import UUID

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    request,
    session,
    url_for,
)

from portal import hx
from portal.blueprints.session_parts import EVERY_HAT, HOME, announce_reset, ask_code, put_on, slowed, wear
from portal.forms.logins import CodeForm, ConfirmForm, EmailForm, HatForm, LoginForm, PasswordForm
from portal.queries.accounts import email, live_sessions
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Hat
from portal.security import actor, clock, needs, public, who
from portal.services import codes, logins, mail, sessions
from portal.services.second_factors import CodeNeeded

bp = Blueprint("auth", __name__)


@bp.get("/")
@needs(*EVERY_HAT)
def root() -> Response:
    """The page the hat starts on."""
    return hx.go_to(HOME[actor().hat])


@bp.route("/login", methods=["GET", "POST"])
@public
def login() -> Response:
    """Sign in with a hat."""
    form = LoginForm(request.form)
    if request.method == "GET" or not form.validate():
        return _login_page(form, 200 if request.method == "GET" else 422)
    try:
        done = logins.sign_in(
            form.username.data or "",
            form.password.data or "",
            Hat(form.hat.data),
            now=clock().now(),
            today=clock().today(),
            address=request.remote_addr or "",
            agent=request.user_agent.string,
            replaces=session.get("_user_id", ""),
        )
    except RuleBroken as refused:
        return _login_page(form, 422, refused.message)
    except logins.TooManyAttempts as refused:
        return slowed(_login_page(form, 429, refused.message))
    if isinstance(done, logins.Half):
        return ask_code(done)
    session.clear()
    wear(done)
    announce_reset(form.username.data or "")
    return make_response(redirect(url_for(HOME[done.hat]), code=303))


@bp.route("/login/code", methods=["GET", "POST"])
@public
def code() -> Response:
    """Set a first or another password with a one-time code; signing in follows as always."""
    form = CodeForm(request.form)
    if request.method == "GET":
        return _code_page(form, 200)
    if not form.takes(username=form.username.data or "", school=_school()):
        return _code_page(form, 422)
    try:
        codes.redeem(
            form.username.data or "",
            form.code.data or "",
            form.new.data or "",
            now=clock().now(),
            address=request.remote_addr or "",
        )
    except RuleBroken as refused:
        return _code_page(form, 422, refused.message)
    except logins.TooManyAttempts as refused:
        return slowed(_code_page(form, 429, refused.message))
    session.clear()
    flash("密码已设置，原有的登录均已退出，请用新密码登录。", "success")
    return hx.go_to("auth.login")


@bp.post("/logout")
@needs(*EVERY_HAT)
def logout() -> Response:
    """End this session."""
    logins.sign_out(who(), now=clock().now())
    session.clear()
    answer = hx.go_to("auth.login")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@bp.post("/hat")
@needs(*EVERY_HAT)
def hat() -> Response:
    """Act in another capacity; the session gets a new number."""
    form = HatForm(request.form)
    if not form.validate():
        raise RuleBroken("请选择要切换的身份。")
    wanted = Hat(form.hat.data)
    try:
        return put_on(wanted)
    except CodeNeeded:
        session["hat_wanted"] = wanted.value
        return hx.go_to("second_factor.hat")


@bp.get("/account/sessions")
@bp.get("/account/password")
@bp.get("/account")
@needs(*EVERY_HAT)
def account() -> Response:
    """One's own account: record, password, sessions."""
    return _account_page(PasswordForm(), ConfirmForm())


@bp.post("/account/password")
@needs(*EVERY_HAT)
def password() -> Response:
    """Change the password; every session ends and the person signs in anew."""
    form = PasswordForm(request.form)
    if not form.takes(username=actor().username, name=actor().name, school=_school()):
        return _account_page(form, ConfirmForm(), 422)
    try:
        logins.change_password(who(), form.current.data or "", form.new.data or "", now=clock().now())
    except RuleBroken as refused:
        _explain(form, refused)
        return _account_page(form, ConfirmForm(), 422)
    except logins.TooManyAttempts as refused:
        form.current.errors = [refused.message]
        return _account_page(form, ConfirmForm(), 429)
    session.clear()
    flash("密码已修改，所有设备均已退出，请用新密码重新登录。", "success")
    return hx.go_to("auth.login")


@bp.post("/account/confirm")
@needs(*EVERY_HAT)
def confirm() -> Response:
    """Give the password again, so that weighty deeds are open for five minutes."""
    form = ConfirmForm(request.form)
    if not form.validate():
        return _account_page(PasswordForm(), form, 422)
    try:
        logins.confirm(who(), form.password.data or "", now=clock().now())
    except RuleBroken as refused:
        _explain(form, refused)
        return _account_page(PasswordForm(), form, 422)
    except logins.TooManyAttempts as refused:
        form.password.errors = [refused.message]
        return _account_page(PasswordForm(), form, 429)
    flash("密码已确认，5 分钟内可以进行需要确认的操作。", "success")
    return hx.go_to("auth.account")


@bp.post("/account/email")
@needs(*EVERY_HAT)
def address() -> Response:
    """Give, change or clear the address messages are mailed to."""
    form = EmailForm(request.form)
    if not form.validate():
        return _account_page(PasswordForm(), ConfirmForm(), 422, form)
    mail.set_address(actor(), form.email.data or "", now=clock().now())
    flash("邮箱已保存，新消息会同时发送到这个邮箱。" if form.email.data else "邮箱已清除。", "success")
    return hx.go_to("auth.account")


@bp.post("/account/notice")
@needs(*EVERY_HAT)
def dismiss_notice() -> Response:
    """The person has read that the password was reset."""
    codes.dismiss_notice(actor(), now=clock().now())
    session.pop("reset_notice", None)
    return hx.go_to("auth.root")


@bp.post("/account/sessions/<uuid:device>/end")
@needs(*EVERY_HAT)
def end_session(device: UUID) -> Response:
    """End one of one's own sessions; ending this one is signing out."""
    if sessions.end_one(who(), device, now=clock().now()):
        session.clear()
        return hx.go_to("auth.login")
    flash("该设备已退出登录。", "success")
    return hx.go_to("auth.account")


@bp.post("/account/sessions")
@bp.post("/account/sessions/end-others")
@needs(*EVERY_HAT)
def end_other_sessions() -> Response:
    """End every session of one's own but this one."""
    ended = sessions.end_others(who(), now=clock().now())
    flash(f"已让其他 {ended} 处登录退出。" if ended else "没有其他登录中的设备。", "success")
    return hx.go_to("auth.account")


def _login_page(form: LoginForm, status: int, problem: str = "") -> Response:
    return hx.render("auth/login.html", status=status, form=form, problem=problem)


def _code_page(form: CodeForm, status: int, problem: str = "") -> Response:
    return hx.render("auth/code.html", status=status, form=form, problem=problem)


def _school() -> str:
    return str(current_app.extensions["portal.settings"].school)


def _account_page(
    password_form: PasswordForm,
    confirm_form: ConfirmForm,
    status: int = 200,
    email_form: EmailForm | None = None,
) -> Response:
    return hx.render(
        "auth/account.html",
        status=status,
        password_form=password_form,
        confirm_form=confirm_form,
        email_form=email_form or EmailForm(email=email(actor())),
        mailing=bool(current_app.extensions["portal.settings"].smtp_host),
        sessions=live_sessions(actor()),
        current=who().login_id,
    )


def _explain(form: PasswordForm | ConfirmForm, refused: RuleBroken) -> None:
    for name, sentences in refused.fields.items():
        form[name].errors = sentences
