"""The unit's admins among themselves: who they are, who is away, and the annex sheet."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, request

from portal import hx
from portal.blueprints.admin import bp
from portal.forms.units import AbsenceForm
from portal.queries import absences as queries
from portal.queries import units
from portal.rules.refusals import NotFound, RuleBroken
from portal.rules.vocabulary import Hat
from portal.security import actor, clock, needs
from portal.services import absences as services


@bp.get("/absence")
@needs(Hat.UNIT)
def absence() -> Response:
    """The unit's admins, and one's own absences."""
    return _page(AbsenceForm())


@bp.post("/absence")
@needs(Hat.UNIT)
def absence_mark() -> Response:
    """Mark oneself absent for some days."""
    form = AbsenceForm(request.form)
    if not form.validate() or form.first_day.value is None or form.last_day.value is None:
        return _page(form, 422)
    try:
        services.mark(
            actor(),
            first_day=form.first_day.value,
            last_day=form.last_day.value,
            note=form.note.value,
            now=clock().now(),
            today=clock().today(),
        )
    except RuleBroken as refused:
        for field, sentences in refused.fields.items():
            form[field].errors = sentences
        return _page(form, 422)
    flash("请假已登记。期间由本单位另一位平台管理员审核；无人在岗时由人事处审核。", "success")
    return hx.go_to("admin.absence")


@bp.post("/absence/<uuid:absence>/end")
@needs(Hat.UNIT)
def absence_end(absence: UUID) -> Response:
    """Back at work, or the absence was a mistake."""
    services.end(actor(), absence, now=clock().now())
    flash("请假已结束，您可以继续审核。", "success")
    return hx.go_to("admin.absence")


def _page(form: AbsenceForm, status: int = 200) -> Response:
    acts_for, today = actor().acts_for, clock().today()
    if acts_for is None:
        raise NotFound
    admins = units.admins_of(acts_for, today)
    return hx.render(
        "admin/absence.html",
        status=status,
        form=form,
        today=today,
        unit=units.acting_unit(actor()),
        admins=admins,
        absences=queries.own(actor(), today),
        nobody=all(admin.away_until is not None for admin in admins),
    )
