"""年度日程: the dates of each year, and years opened again for single people."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, request

from portal import hx
from portal.blueprints.hr import bp
from portal.blueprints.staff.workspace import policies
from portal.forms.years import ReopeningForm, YearDatesForm
from portal.queries import calendar as queries
from portal.rules.calendar import NEAR, Calendar, Phase
from portal.rules.refusals import NotFound, RuleBroken
from portal.rules.vocabulary import Hat
from portal.security import actor, clock, needs
from portal.services import calendar as services

SHOWN = 5  # years back, besides the next one


@bp.get("/years")
@needs(Hat.HR)
def years() -> Response:
    """Every year with its dates and what still waits."""
    today = clock().today()
    found = queries.for_hr(actor(), _shown())
    return hx.render("hr/years/list.html", years=found, today=today, Phase=Phase, near=NEAR)


@bp.get("/years/<int:year>")
@needs(Hat.HR)
def years_show(year: int) -> Response:
    """One year: its dates to change, and the people for whom it is open again."""
    return _page(year)


@bp.post("/years/<int:year>")
@needs(Hat.HR, recent=True)
def years_set(year: int) -> Response:
    """Other dates for the year."""
    form = YearDatesForm(request.form)
    valid = form.validate()
    days = (form.open_until.value, form.grace_until.value, form.review_until.value)
    if not valid or days[0] is None or days[1] is None or days[2] is None:
        return _page(year, dates=form, status=422)
    try:
        services.set_year(
            actor(),
            Calendar(_known(year), days[0], days[1], days[2]),
            reason=form.reason.value,
            accepted=bool(form.accepted.data),
            seen=form.seen.data or "",
            now=clock().now(),
            today=clock().today(),
        )
    except RuleBroken as refused:
        form.told(refused.fields)
        return _page(year, dates=form, status=422)
    flash(f"{year} 年度的日程已保存。", "success")
    return hx.go_to("hr.years_show", year=year)


@bp.post("/years/<int:year>/reopenings")
@needs(Hat.HR, recent=True)
def years_reopen(year: int) -> Response:
    """Open the year again for one person."""
    form = ReopeningForm(request.form)
    valid = form.validate()
    first, last = form.files_until.value, form.review_until.value
    if not valid or first is None or last is None:
        return _page(year, again=form, status=422)
    try:
        name = services.reopen(
            actor(),
            _known(year),
            form.username.value,
            files_until=first,
            review_until=last,
            reason=form.reason.value,
            now=clock().now(),
            today=clock().today(),
        )
    except RuleBroken as refused:
        form.told(refused.fields)
        return _page(year, again=form, status=422)
    flash(f"已为{name}重新开放 {year} 年度，补报到 {first}。", "success")
    return hx.go_to("hr.years_show", year=year)


@bp.post("/years/reopenings/<uuid:reopening>/end")
@needs(Hat.HR, recent=True)
def years_end_reopening(reopening: UUID) -> Response:
    """Take a reopening back."""
    year = services.end_reopening(actor(), reopening, now=clock().now())
    flash("重新开放已结束。", "success")
    return hx.go_to("hr.years_show", year=year)


def _shown() -> list[int]:
    this = clock().today().year
    return [year for year in range(this + 1, this - SHOWN, -1) if year in policies().years]


def _known(year: int) -> int:
    if year not in _shown():
        raise NotFound
    return year


def _page(
    year: int, *, dates: YearDatesForm | None = None, again: ReopeningForm | None = None, status: int = 200
) -> Response:
    (found,) = queries.for_hr(actor(), [_known(year)])
    if dates is None:
        calendar = found.calendar
        held = {
            name: getattr(calendar, name).isoformat()
            for name in ("open_until", "grace_until", "review_until")
        }
        dates = YearDatesForm(data=held)
    return hx.render(
        "hr/years/show.html",
        status=status,
        found=found,
        dates=dates,
        again=again or ReopeningForm(),
        reopenings=queries.reopenings(actor(), year),
        today=clock().today(),
    )
