"""HR prints the certificates of a year for a unit or the school; the work goes on in the background."""

from __future__ import annotations

from flask import Response, flash, request

from portal import hx
from portal.blueprints.hr import bp
from portal.blueprints.staff.workspace import policies
from portal.forms.certificate_batches import BatchForm
from portal.queries import certificate_batches as queries
from portal.rules.vocabulary import Hat
from portal.security import RECENT, actor, clock, needs, who
from portal.services import certificate_batches as services

YEARS = 5


@bp.get("/certificates/batches")
@needs(Hat.HR)
def certificate_batches() -> Response:
    """The form, and the latest batches with their progress."""
    return _page(_form())


@bp.post("/certificates/batches")
@needs(Hat.HR, recent=True)
def certificate_batches_start() -> Response:
    """Queue a batch."""
    form = _form()
    if not form.validate():
        return _page(form, 422)
    services.start(
        actor(),
        form.year.data,
        unit=form.unit.data,
        issue=form.issue.data,
        form=form.form.data,
        policies=policies(),
        now=clock().now(),
    )
    flash("已开始打印，可以离开本页；完成后在这里下载。", "success")
    return hx.go_to("hr.certificate_batches")


def _form() -> BatchForm:
    form = BatchForm(request.form)
    today = clock().today()
    years = [year for year in range(today.year, today.year - YEARS, -1) if year in policies().years]
    form.offer(years, queries.units(actor()), services.FORMS)
    return form


def _page(form: BatchForm, status: int = 200) -> Response:
    return hx.render(
        "hr/certificate_batches.html",
        status=status,
        form=form,
        batches=queries.recent(actor()),
        confirmed=clock().now() - who().confirmed_at <= RECENT,
    )
