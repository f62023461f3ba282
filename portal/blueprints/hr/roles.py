"""HR's and the auditors' roles: proposed by one officer, confirmed by another."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, request

from portal import hx
from portal.blueprints.hr import bp
from portal.forms.units import RoleDecisionForm, RoleForm
from portal.queries import roles as queries
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Hat, Role
from portal.security import RECENT, actor, clock, needs, who
from portal.services import roles as services

DONE = {
    "confirm": "角色变更已确认，即时生效。",
    "refuse": "角色变更已退回。",
    "withdraw": "角色变更已撤回。",
}


@bp.get("/roles")
@needs(Hat.HR)
def roles() -> Response:
    """Who holds which role, and what waits for a second officer."""
    return _page(RoleForm(mark="role"))


@bp.post("/roles")
@needs(Hat.HR, recent=True)
def roles_propose() -> Response:
    """Ask for a role to be given or ended."""
    form = RoleForm(request.form, mark="role")
    if not form.validate():
        return _page(form, 422)
    try:
        name = services.propose(
            actor(),
            username=form.username.value,
            role=Role(form.role.data),
            gives=form.change.data == "give",
            now=clock().now(),
            today=clock().today(),
        )
    except RuleBroken as refused:
        for field, sentences in refused.fields.items():
            form[field].errors = sentences
        return _page(form, 422)
    flash(f"已提交{name}的角色变更，待人事处另一位同事确认后生效。", "success")
    return hx.go_to("hr.roles")


@bp.post("/roles/<uuid:proposal>")
@needs(Hat.HR, recent=True)
def roles_decide(proposal: UUID) -> Response:
    """Confirm or refuse a colleague's proposal, or withdraw one's own."""
    form = RoleDecisionForm(request.form)
    if not form.validate():
        raise RuleBroken(form.action.errors[0])
    now, today = clock().now(), clock().today()
    if form.action.data == "confirm":
        services.confirm(actor(), proposal, now=now, today=today)
    elif form.action.data == "refuse":
        services.refuse(actor(), proposal, now=now, today=today)
    else:
        services.withdraw(actor(), proposal, now=now)
    flash(DONE[form.action.data or ""], "success")
    return hx.go_to("hr.roles")


def _page(form: RoleForm, status: int = 200) -> Response:
    return hx.render(
        "hr/roles.html",
        status=status,
        form=form,
        holders=queries.holders(clock().today()),
        proposals=queries.proposals(),
        Role=Role,
        confirmed=clock().now() - who().confirmed_at <= RECENT,
    )
