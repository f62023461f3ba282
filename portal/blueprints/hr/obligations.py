"""学时要求: what single people owe in a year instead of the notice's figures."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from uuid import UUID

from flask import Response, flash, request, send_file

from portal import hx
from portal.blueprints.hr import bp
from portal.blueprints.staff.workspace import policies, store, uploads
from portal.forms.years import ObligationEndForm, ObligationForm
from portal.queries import obligations as queries
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Hat, ObligationKind
from portal.security import actor, clock, needs
from portal.services import obligations as services
from portal.services.evidence import taken_in


@bp.get("/obligations")
@needs(Hat.HR)
def obligations() -> Response:
    """Every obligation that holds, newest first."""
    text = "".join(sign for sign in request.args.get("q", "") if sign.isprintable()).strip()[:60]
    year = _number(request.args.get("year", ""), 4)
    rows = queries.listed(actor(), year=year, search=text, before=_number(request.args.get("before", ""), 9))
    return hx.render(
        "hr/obligations/list.html",
        rows=rows[: queries.PAGE],
        more=rows[queries.PAGE - 1].id if len(rows) > queries.PAGE else None,
        search=text,
        year=year,
        policy=policies().for_year(clock().today().year),
        ObligationKind=ObligationKind,
    )


@bp.get("/obligations/<uuid:person>")
@needs(Hat.HR)
def obligations_show(person: UUID) -> Response:
    """One person's obligations, past ones too, and the form for another."""
    return _page(person)


@bp.post("/obligations/<uuid:person>")
@needs(Hat.HR, recent=True)
def obligations_set(person: UUID) -> Response:
    """Set what the person owes in a year."""
    form = _form(request.form)
    valid = form.validate()
    year, public, professional = form.year.value, form.public.value, form.professional.value
    if not valid or year is None or public is None or professional is None:
        return _page(person, form, status=422)
    try:
        with taken_in(uploads()[:1], store()) as intake:
            services.set_figures(
                actor(),
                person,
                year,
                kind=ObligationKind(form.kind.data),
                public=public,
                professional=professional,
                reason=form.reason.value,
                intake=intake,
                policies=policies(),
                now=clock().now(),
            )
    except RuleBroken as refused:
        form.told(refused.fields)
        file_faults = refused.fields.get("evidence_material", [])
        return _page(person, form, status=422, file_faults=file_faults)
    flash(f"{year} 年度的学时要求已保存，完成情况已重新计算。", "success")
    return hx.go_to("hr.obligations_show", person=person)


@bp.post("/obligations/<uuid:person>/end")
@needs(Hat.HR, recent=True)
def obligations_end(person: UUID) -> Response:
    """Let the notice's figures hold again."""
    form = ObligationEndForm(request.form)
    if not form.validate() or form.year.value is None:
        raise RuleBroken("请填写恢复通知规定的原因，不超过 200 个字符。")
    year = form.year.value
    services.end(actor(), person, year, reason=form.reason.value, policies=policies(), now=clock().now())
    flash(f"{year} 年度已恢复通知规定的学时，完成情况已重新计算。", "success")
    return hx.go_to("hr.obligations_show", person=person)


@bp.get("/obligations/<uuid:obligation>/file")
@needs(Hat.PERSON, Hat.UNIT, Hat.HR, Hat.AUDIT)
def obligations_file(obligation: UUID) -> Response:
    """The proof, as a download."""
    row = queries.file_of(actor(), obligation)
    with store().open(str(row.uuid)) as kept:
        content = kept.read()
    answer = send_file(
        BytesIO(content), mimetype=row.media_type, as_attachment=True, download_name=row.name, max_age=0
    )
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _number(text: str, most: int) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= most else None


def _form(formdata: Any = None) -> ObligationForm:
    form = ObligationForm(formdata, data={"year": str(clock().today().year)})
    form.year.years = (policies().years.start, clock().today().year + 1)
    return form


def _page(
    person: UUID,
    form: ObligationForm | None = None,
    *,
    status: int = 200,
    file_faults: list[str] | None = None,
) -> Response:
    found = queries.history(actor(), person)
    return hx.render(
        "hr/obligations/show.html",
        status=status,
        found=found,
        form=form or _form(),
        file_faults=file_faults or [],
        policy=policies().for_year(clock().today().year),
        ObligationKind=ObligationKind,
    )
