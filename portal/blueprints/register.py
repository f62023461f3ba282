"""Registration: the public form, its progress behind a secret code, taking it back."""

from __future__ import annotations

import re

from flask import Blueprint, Response, current_app, flash, request

from portal import hx
from portal.extensions import limiter
from portal.forms.people import RegistrationForm
from portal.queries import requests as queries
from portal.rules.passwords import HINT
from portal.rules.records import REGION
from portal.rules.refusals import Conflict, NotFound, RuleBroken
from portal.security import clock, public
from portal.services import requests as services

bp = Blueprint("register", __name__)

SENDING_LIMIT = "10 per minute; 100 per hour"
READING_LIMIT = "30 per minute"
_CODE = re.compile(f"[A-Z2-7]{{{services.CODE_LENGTH}}}")


@bp.get("/register")
@public
@limiter.limit(READING_LIMIT)
def form() -> Response:
    """The empty form; a typed progress code leads to its page."""
    if typed := request.args.get("code", "").strip():
        return _progress(typed)
    return _page(_form(None))


@bp.post("/register")
@public
@limiter.limit(SENDING_LIMIT)
def send() -> Response:
    """Take the registration in; the answer is the same whether the 工号 has an account or not."""
    typed = _form(request.form)
    if not typed.validate():
        return _page(typed, 422)
    try:
        code = services.register(
            typed.username.data or "",
            typed.facts,
            unit=typed.unit_id,
            password=typed.password.data or "",
            school=current_app.extensions["portal.settings"].school,
            now=clock().now(),
        )
    except RuleBroken as refused:
        for name, sentences in refused.fields.items():
            typed[name].errors = sentences
        return _page(typed, 422)
    return hx.go_to("register.progress", code=code)


@bp.get("/register/<code>")
@public
@limiter.limit(READING_LIMIT)
def progress(code: str) -> Response:
    """Where a registration stands."""
    return _progress(code)


@bp.post("/register/<code>/withdraw")
@public
@limiter.limit(SENDING_LIMIT)
def withdraw(code: str) -> Response:
    """The applicant takes the registration back."""
    clean = _clean(code)
    if clean is None:
        raise NotFound()
    try:
        services.withdraw_registration(clean, now=clock().now())
    except Conflict as late:
        return _progress(clean, late.message)
    flash("注册申请已撤回。", "success")
    return hx.go_to("register.progress", code=clean)


def _form(given: object) -> RegistrationForm:
    return RegistrationForm(given, units=((str(unit.uuid), unit.name) for unit in queries.open_units()))


def _page(typed: RegistrationForm, status: int = 200, *, unknown: bool = False) -> Response:
    return hx.render(
        "register/form.html", status=status, form=typed, unknown=unknown, region=REGION, password_hint=HINT
    )


def _progress(typed: str, problem: str = "") -> Response:
    """Unknown and malformed codes get the same answer."""
    code = _clean(typed)
    found = queries.by_code(services.code_hash(code), today=clock().today()) if code else None
    if code is None or found is None:
        return _page(_form(None), 404, unknown=True)
    return hx.render(
        "register/progress.html",
        status=409 if problem else 200,
        found=found,
        code=code,
        grouped=" ".join(code[at : at + 4] for at in range(0, len(code), 4)),
        problem=problem,
    )


def _clean(typed: str) -> str | None:
    code = re.sub(r"[\s-]", "", typed[:80]).upper()
    return code if _CODE.fullmatch(code) else None
