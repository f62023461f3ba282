"""One's own record: what the school keeps, asking for a change or a transfer, and what became of it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash, request

from portal import hx
from portal.forms.people import RecordForm
from portal.queries import requests as queries
from portal.rules.records import FIELDS, REGION
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Hat
from portal.security import actor, clock, needs
from portal.services import requests as services

bp = Blueprint("record", __name__, url_prefix="/account/record")

EVERY_HAT = tuple(Hat)


@bp.get("")
@needs(*EVERY_HAT)
def show() -> Response:
    """The record, the form to ask for another one, and every request so far."""
    return _page(None)


@bp.post("")
@needs(*EVERY_HAT)
def ask() -> Response:
    """Ask for a change; with another unit it is a transfer."""
    typed = RecordForm(request.form, units=_units())
    if not typed.validate():
        return _page(typed, 422)
    try:
        services.ask_change(actor(), typed.facts, unit=typed.unit_id, now=clock().now())
    except RuleBroken as refused:
        for name, sentences in refused.fields.items():
            typed[name].errors = sentences
        return _page(typed, 422, "" if refused.fields else refused.message)
    flash("变更申请已提交，审核通过前仍按原信息办理，学时申报不受影响。", "success")
    return hx.go_to("record.show")


@bp.post("/<uuid:change>/withdraw")
@needs(*EVERY_HAT)
def withdraw(change: UUID) -> Response:
    """Take one's own request back."""
    services.withdraw_change(actor(), change, now=clock().now())
    flash("变更申请已撤回。", "success")
    return hx.go_to("record.show")


def _units() -> list[tuple[str, str]]:
    return [(str(unit.uuid), unit.name) for unit in queries.open_units()]


def _page(typed: RecordForm | None, status: int = 200, problem: str = "") -> Response:
    record = queries.record(actor())
    if typed is None:
        values = {field: getattr(record, field) for field in FIELDS if field != "unit"}
        typed = RecordForm(None, units=_units(), data={**values, "unit": str(record.unit_uuid)})
    return hx.render(
        "account/record.html",
        status=status,
        record=record,
        form=typed,
        problem=problem,
        region=REGION,
        requests=queries.own(actor(), today=clock().today()),
    )
