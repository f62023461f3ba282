"""Tokens of the machine interface: who may report and ask, and until when."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import Response, flash, request

from portal import hx
from portal.blueprints.hr import bp
from portal.forms.tokens import TokenForm
from portal.queries import tokens as queries
from portal.queries.requests import open_units
from portal.rules.machines import Scope
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Hat
from portal.security import RECENT, actor, clock, needs, who
from portal.services import tokens as services

_USUAL = timedelta(days=180)  # offered as the last day
_FIELD = {"scopes": "write"}  # where the page tells what is wrong with all ticks together


@bp.get("/tokens")
@needs(Hat.HR)
def tokens() -> Response:
    """Every token, and the form for another one."""
    return _page(TokenForm(expires_on=(clock().today() + _USUAL).isoformat()))


@bp.post("/tokens")
@needs(Hat.HR, recent=True)
def tokens_create() -> Response:
    """Make a token, shown in this answer and never again."""
    form = TokenForm(request.form)
    form.offer(open_units())
    if not form.validate():
        return _page(form, status=422)
    assert form.expires_on.value is not None  # noqa: S101  (validated above)
    try:
        token = services.create(
            actor(),
            form.name.value,
            form.scopes,
            expires_on=form.expires_on.value,
            platform=form.platform.value or None,
            unit=form.chosen,
            now=clock().now(),
            today=clock().today(),
        )
    except RuleBroken as refused:
        for field, sentences in refused.fields.items():
            form[_FIELD.get(field, field)].errors = sentences
        return _page(form, status=422)
    return _page(TokenForm(expires_on=(clock().today() + _USUAL).isoformat()), token=token)


@bp.post("/tokens/<uuid:token>/end")
@needs(Hat.HR, recent=True)
def tokens_revoke(token: UUID) -> Response:
    """End a token at once."""
    services.revoke(actor(), token, now=clock().now())
    flash("令牌已停用，即时生效。", "success")
    return hx.go_to("hr.tokens")


def _page(form: TokenForm, *, status: int = 200, token: str = "") -> Response:
    form.offer(open_units())
    return hx.render(
        "hr/tokens.html",
        status=status,
        form=form,
        tokens=queries.tokens(actor()),
        token_value=token,
        today=clock().today(),
        Scope=Scope,
        confirmed=clock().now() - who().confirmed_at <= RECENT,
    )
