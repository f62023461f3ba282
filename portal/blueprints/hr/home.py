"""HR's first pages: the school in one year and in five, how fast claims are decided, and by whom."""

from __future__ import annotations

from datetime import datetime

from flask import Response, request

from portal import hx
from portal.blueprints.hr import bp
from portal.blueprints.staff.workspace import policies
from portal.clock import SHANGHAI
from portal.queries import oversight, review_pace, second_looks
from portal.rules.policy_words import review_due
from portal.rules.vocabulary import Hat
from portal.security import actor, clock, needs

SHOWN = 5  # years


@bp.get("/")
@needs(Hat.HR)
def home() -> Response:
    """Met, nearly and short, unit by unit."""
    year = _year()
    policy = policies().for_year(year)
    found = oversight.school(actor(), policy, year)
    line = f"{found.waiting} 项申报待审核" if found.waiting else "没有待审核的申报"
    return hx.render(
        "hr/home.html",
        heading=f"{year} 年度总览",
        line=f"{line}。只计已审核通过的学时；人事处核定过要求的人员按核定的学时计。",
        year=year,
        years=_years(),
        school_year=found,
        nearly=oversight.NEARLY,
        waiting=second_looks.waiting(actor(), policy),
        review_due=review_due(policies().policies, clock().today()),
    )


@bp.get("/oversight/years")
@needs(Hat.HR)
def home_years() -> Response:
    """Five years side by side."""
    span = _years()[::-1]
    units = oversight.over_years(actor(), span)
    columns = [(str(year), sum(unit.met[year] for unit in units)) for year in span]
    return hx.render(
        "hr/oversight/years.html",
        heading="五年情况",
        line=f"{span[0]} 至 {span[-1]} 年，按现在的人员和单位统计。",
        span=span,
        units=units,
        people=sum(unit.people for unit in units),
        every=sum(unit.every for unit in units),
        columns=columns,
        told="，".join(f"{year} 年 {count} 人" for year, count in columns),
    )


@bp.get("/oversight/pace")
@needs(Hat.HR)
def home_pace() -> Response:
    """How long claims wait and took."""
    year = _year()
    units = review_pace.pace(actor(), _period(year), clock().now())
    return hx.render(
        "hr/oversight/pace.html",
        heading="审核时效",
        line="从最近一次提交到审核，按 24 小时为一天计；单位是受理申报的单位。",
        year=year,
        years=_years(),
        units=units,
        waiting=review_pace.whole([unit.waiting for unit in units]),
        decided=review_pace.whole([unit.decided for unit in units]),
    )


@bp.get("/oversight/reviewers")
@needs(Hat.HR)
def home_reviewers() -> Response:
    """Reviewers who approve each other."""
    year = _year()
    return hx.render(
        "hr/oversight/reviewers.html",
        heading="互相审核",
        line=f"{year} 年提交的申报中，互相审核通过对方申报的人员。",
        year=year,
        years=_years(),
        pairs=review_pace.each_other(actor(), _period(year)),
    )


def _years() -> list[int]:
    """Years that can be shown, this one first."""
    this_year = clock().today().year
    return [year for year in range(this_year, this_year - SHOWN, -1) if year in policies().years]


def _year() -> int:
    asked = request.args.get("year", type=int)
    return asked if asked is not None and asked in policies().years else clock().today().year


def _period(year: int) -> tuple[datetime, datetime]:
    return datetime(year, 1, 1, tzinfo=SHANGHAI), datetime(year + 1, 1, 1, tzinfo=SHANGHAI)
