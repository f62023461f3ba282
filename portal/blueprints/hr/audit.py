"""The event log as a page and as a file."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from flask import Response, request

from portal import hx
from portal.blueprints.hr import bp
from portal.deeds import DEEDS
from portal.forms.audit import OBJECTS, AuditForm
from portal.queries import events
from portal.queries.events import Wanted
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Hat
from portal.security import actor, clock, needs
from portal.services import audit_exports

_ROW = re.compile(r"[0-9]{1,9}")  # every row number a database column can hold, and no more


@bp.get("/audit")
@needs(Hat.HR, Hat.AUDIT)
def audit() -> Response:
    """Who did what, newest first, and the search."""
    form = AuditForm(request.args, deeds=DEEDS)
    valid = form.validate()
    before = request.args.get("before", "")
    rows = (
        events.page(actor(), _wanted(form), before=int(before) if _ROW.fullmatch(before) else None)
        if valid
        else ()
    )
    return hx.render(
        "hr/audit.html",
        status=200 if valid else 422,
        form=form,
        rows=rows[: events.PAGE],
        more=len(rows) > events.PAGE,
        deeds=DEEDS,
        objects=dict(OBJECTS),
    )


@bp.post("/audit/export")
@needs(Hat.HR, Hat.AUDIT, recent=True)
def audit_export() -> Response:
    """What the search finds, whole, as csv; the export is an event of its own."""
    form = AuditForm(request.form, deeds=DEEDS)
    if not form.validate():
        raise RuleBroken("查找条件有误，没有导出。请先更正查找条件。")
    data = audit_exports.export(
        actor(), _wanted(form), deeds=DEEDS, asked=urlencode(form.given), now=clock().now()
    )
    answer = Response(data, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="events-{clock().today()}.csv"'
    return answer


def _wanted(form: AuditForm) -> Wanted:
    return Wanted(
        actor=(form.q.data or "").strip(),
        action=form.action.data or "",
        object_type=form.kind.data or "",
        object_uuid=form.uuid,
        person=(form.person.data or "").strip(),
        since=form.since.value,
        until=form.until.value,
        text=(form.text.data or "").strip(),
    )
