"""The unit's overview: who is met, and who is short by how much."""

from __future__ import annotations

from uuid import UUID

from flask import Response, current_app, request

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

SHOWN_YEARS = 5


@bp.get("/standing")
@needs(Hat.UNIT, Hat.HR)
def standing() -> Response:
    """Everybody of the unit in one year."""
    hx.single_values()
    policies: PolicySet = current_app.extensions["portal.policies"]
    this_year = clock().today().year
    years = [year for year in range(this_year, this_year - SHOWN_YEARS, -1) if year in policies.years]
    form = OverviewForm(
        request.args, years=years, units=[(str(unit.uuid), unit.name) for unit in review.units(actor())]
    )
    if not form.validate():
        raise RuleBroken("筛选条件无法识别。请从“本单位情况”菜单重新进入。")
    year = int(form.year.data)
    policy = policies.for_year(year)
    chosen = UUID(form.unit.data) if form.unit.data else None
    return hx.render(
        "admin/standing/overview.html",
        "admin/standing/_overview.html",
        form=form,
        year=year,
        deadlines=near_for_reviewers(years[:3], clock().today()),
        need={subject: policy.standard(subject).quarters for subject in Subject},
        overview=overview(actor(), policy, year, unit=chosen, only=form.show.data or ""),
    )
