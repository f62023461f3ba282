"""The policy as HR reads it: every rule beside the words of the notice, and readings to confirm."""

from __future__ import annotations

from flask import Response, flash, request

from portal import hx
from portal.blueprints.hr import bp
from portal.blueprints.staff.workspace import policies
from portal.forms.policy_confirmations import ReadingForm
from portal.queries import policy_confirmations as queries
from portal.rules import policy_words
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Hat
from portal.security import RECENT, actor, clock, needs, who
from portal.services import policy_confirmations as services

VERBS = {
    "propose": (services.propose, "已提请确认，待人事处另一位同事复核。"),
    "confirm": (services.confirm, "已复核并确认，各页面不再标为待确认。"),
    "refuse": (services.refuse, "已退回。"),
    "withdraw": (services.withdraw, "已撤回，各页面重新标为待确认。"),
}


@bp.get("/policy")
@needs(Hat.HR)
def policy() -> Response:
    """The policy in force in a year."""
    return _page(_year(request.args.get("year", "")))


@bp.post("/policy/readings")
@needs(Hat.HR, recent=True)
def policy_reading() -> Response:
    """Say something about a reading the notice leaves open."""
    year = _year(request.form.get("year", ""))
    form = ReadingForm(request.form)
    problem = ""
    if not form.validate():
        problem = next(iter(form.errors.values()))[0]
    else:
        verb, told = VERBS[form.action.data or ""]
        try:
            verb(
                actor(),
                policies().for_year(year),
                form.reading.data or "",
                seen=form.seen.data or "",
                note=form.words,
                now=clock().now(),
            )
        except RuleBroken as refused:
            problem = refused.message
        else:
            flash(told, "success")
            return hx.go_to("hr.policy", year=year, _anchor=f"reading-{form.reading.data}")
    faults = {"reading": form.reading.data, "text": problem, "note": form.note.data or ""}
    return _page(year, 422, faults)


def _year(text: str) -> int:
    asked = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else 0
    return asked if asked in policies().years else clock().today().year


def _page(year: int, status: int = 200, faults: dict[str, str | None] | None = None) -> Response:
    chosen = policies().for_year(year)
    return hx.render(
        "hr/policy/page.html",
        status=status,
        year=year,
        policy=chosen,
        groups=(
            ("达标要求", policy_words.standard_lines(chosen)),
            ("怎样计学时", policy_words.category_lines(chosen)),
            ("上限", policy_words.cap_lines(chosen)),
            ("证明材料", policy_words.evidence_lines(chosen)),
            ("等级", policy_words.level_lines(chosen)),
            (
                "提交与证书",
                (
                    *(policy_words.Line("", "提交条件", one.text, one.quote) for one in chosen.conditions),
                    policy_words.Line(
                        "",
                        f"《{chosen.certificate.title}》",
                        "各科目均达标后可以打印",
                        chosen.certificate.quote,
                    ),
                ),
            ),
        ),
        readings=queries.readings(chosen),
        digest=queries.digest,
        review_due=policy_words.review_due(policies().policies, clock().today()),
        faults=faults,
        confirmed=clock().now() - who().confirmed_at <= RECENT,
    )
