"""退回原因: what reviewers pick from when they return a claim."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, request

from portal import hx
from portal.blueprints.hr import bp
from portal.forms.return_presets import LONGEST, PresetChangeForm, PresetForm
from portal.queries import return_presets as queries
from portal.rules.refusals import Conflict, RuleBroken
from portal.rules.vocabulary import Category, Hat
from portal.security import actor, clock, needs
from portal.services import return_presets as services


@bp.get("/presets")
@needs(Hat.HR)
def presets() -> Response:
    """Every category with its reasons."""
    return _page()


@bp.post("/presets")
@needs(Hat.HR)
def presets_add() -> Response:
    """Offer another reason."""
    form = PresetForm(request.form)
    if not form.validate():
        return _page(form, status=422)
    try:
        services.add(actor(), Category(form.category.data), form.text.value, now=clock().now())
    except RuleBroken as refused:
        form.text.errors = [*form.text.errors, *refused.fields.get("text", [refused.message])]
        return _page(form, status=422)
    flash("退回原因已新增，审核人现在就能选用。", "success")
    return hx.go_to("hr.presets")


@bp.post("/presets/<uuid:preset>")
@needs(Hat.HR)
def presets_change(preset: UUID) -> Response:
    """Reword, move, retire or restore one."""
    form = PresetChangeForm(request.form)
    if not form.validate():
        told = [sentence for sentences in form.errors.values() for sentence in sentences]
        return _page(status=422, problem="".join(told))
    try:
        _change(preset, form)
    except RuleBroken as refused:
        return _page(status=422, problem=refused.message)
    except Conflict as refused:
        return _page(status=409, problem=refused.message)
    return hx.go_to("hr.presets")


def _change(preset: UUID, form: PresetChangeForm) -> None:
    who, seen, now = actor(), form.seen, clock().now()
    match form.action.data:
        case "reword":
            services.reword(who, preset, form.text.value, version=seen, now=now)
        case "retire":
            services.retire(who, preset, version=seen, now=now)
        case "restore":
            services.restore(who, preset, version=seen, now=now)
        case direction:
            services.move(who, preset, up=direction == "up", version=seen, now=now)


def _page(form: PresetForm | None = None, *, status: int = 200, problem: str = "") -> Response:
    return hx.render(
        "hr/presets/list.html",
        status=status,
        groups=queries.for_hr(actor()),
        form=form or PresetForm(),
        longest=LONGEST,
        problem=problem,
    )
