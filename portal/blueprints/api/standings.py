"""Standings as the title system asks for them."""

from __future__ import annotations

import base64
import binascii

from flask import Response, current_app, request
from pydantic import ValidationError

from portal.blueprints.api import answers, bp
from portal.forms.machines import StandingsQuestion, faults_of
from portal.machine_gate import machine as caller
from portal.problems import Problem
from portal.queries import machine_standings as queries
from portal.rules.amounts import show_hours
from portal.rules.machines import Scope
from portal.rules.policy import YearNotCovered
from portal.security import machine


@bp.get("/standings")
@machine(Scope.READ)
def standings() -> Response:
    """One year of everybody in the token's scope, by 工号, a page at a time."""
    asked = _question()
    try:
        found = queries.standings(
            caller(),
            asked.year,
            current_app.extensions["portal.policies"],
            unit=asked.unit,
            username=asked.username,
            after=_opened(asked.cursor) if asked.cursor else None,
            most=asked.limit,
        )
    except YearNotCovered:
        years = current_app.extensions["portal.policies"].years
        raise Problem(
            "year_not_covered", f"{asked.year} 年度没有认定规则。", [("year", f"{years[0]} 年起有规则。")]
        ) from None
    told = answers.StandingsAnswer(
        year=asked.year,
        people=[_person(one) for one in found.people],
        next_cursor=_closed(found.people[-1].username) if found.more else None,
    )
    return Response(told.model_dump_json(), mimetype="application/json")


def _question() -> StandingsQuestion:
    twice = [name for name, values in request.args.lists() if len(values) > 1]
    if twice:
        raise Problem("invalid", "同一个参数出现了两次。", [(name[:60], "只能出现一次。") for name in twice])
    try:
        return StandingsQuestion.model_validate(request.args.to_dict())
    except ValidationError as fault:
        raise Problem("invalid", "查询参数不正确。", faults_of(fault)) from None


def _person(one: queries.PersonStanding) -> answers.PersonYear:
    return answers.PersonYear(
        username=one.username,
        name=one.name,
        unit=answers.UnitName(code=one.unit_code, name=one.unit_name),
        subjects={name: show_hours(quarters) for name, quarters in one.subjects.items()},
        categories={name: show_hours(quarters) for name, quarters in one.categories.items()},
        total=show_hours(one.total),
        standards=[
            answers.Standard(
                subject=standard.subject,
                need=show_hours(standard.need),
                have=show_hours(standard.have),
                met=standard.met,
                changed=standard.changed,
            )
            for standard in one.standards
        ],
        met=one.met,
    )


def _closed(username: str) -> str:
    """A cursor: programs hand it back as it is and read nothing into it."""
    return base64.urlsafe_b64encode(username.encode()).decode().rstrip("=")


def _opened(cursor: str) -> str:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        text = ""
    if not text or not text.isprintable():
        raise Problem("invalid", "查询参数不正确。", [("cursor", "请使用上一页给出的 next_cursor。")])
    return text
