"""The unit's overview: who is met, and who is short by how much."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app, flash, request

from portal import hx
from portal.blueprints.admin import bp
from portal.forms.decisions import OverviewForm
from portal.queries import review
from portal.queries.calendar import near_for_reviewers
from portal.queries.overview import overview
from portal.rules.policy import PolicySet
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Hat, Subject
from portal.security import actor, clock, needs
from portal.services import reminders

SHOWN_YEARS = 5


@bp.get("/standing")
@needs(Hat.UNIT, Hat.HR)
def standing() -> Response:
    """Everybody of the unit in one year."""
    form, year, chosen = _read(request.args)
    policy = _policies().for_year(year)
    return hx.render(
        "admin/standing/overview.html",
        "admin/standing/_overview.html",
        form=form,
        year=year,
        deadlines=near_for_reviewers(_years()[:3], clock().today()),
        need={subject: policy.standard(subject).quarters for subject in Subject},
        overview=overview(
            actor(),
            policy,
            year,
            unit=chosen,
            only=form.show.data or "",
            search=(form.q.data or "").strip(),
            sort=form.sort.data or "",
        ),
    )


@bp.post("/standing/remind")
@needs(Hat.UNIT, Hat.HR, many=frozenset({"person"}))
def standing_remind() -> Response:
    """Remind those ticked, or everybody short (`whom` = all), at most once a day each."""
    _, year, chosen = _read(request.form)
    whom = None if request.form.get("whom") == "all" else _ticked()
    done = reminders.remind(
        actor(),
        _policies().for_year(year),
        year,
        unit=chosen,
        people=whom,
        now=clock().now(),
    )
    words = f"已提醒 {done.told} 人。" if done.told else "没有发出提醒。"
    if done.rested:
        words += f"{done.rested} 人今天已经提醒过，没有重复提醒。"
    flash(words, "success" if done.told else "warning")
    kept = ("unit", "show", "sort", "q")
    values = {name: request.form[name] for name in kept if request.form.get(name)}
    return hx.go_to("admin.standing", year=year, **values)


def _policies() -> PolicySet:
    return current_app.extensions["portal.policies"]


def _years() -> list[int]:
    this_year = clock().today().year
    years = range(this_year, this_year - SHOWN_YEARS, -1)
    return [year for year in years if year in _policies().years]


def _read(sent: Any) -> tuple[OverviewForm, int, UUID | None]:
    """Raises RuleBroken for what no filter of ours wrote."""
    form = OverviewForm(
        sent, years=_years(), units=[(str(unit.uuid), unit.name) for unit in review.units(actor())]
    )
    if not form.validate():
        raise RuleBroken("筛选条件无法识别。请从“本单位情况”菜单重新进入。")
    return form, int(form.year.data), UUID(form.unit.data) if form.unit.data else None


def _ticked() -> list[UUID]:
    try:
        chosen = [UUID(text) for text in request.form.getlist("person")]
    except ValueError:
        raise RuleBroken("勾选的人员无法识别。请刷新页面后重新勾选。") from None
    if not chosen:
        raise RuleBroken("没有勾选任何人。请先勾选要提醒的人员，或选择“提醒全部未达标人员”。")
    return chosen
