"""Many claims of the queue decided in one go: a result page for a few, a job for more."""

from __future__ import annotations

from uuid import UUID

from flask import Response, request

from portal import hx
from portal.blueprints.admin import bp
from portal.blueprints.admin.claims import filters_of
from portal.blueprints.review_rows import policies
from portal.forms.decisions import ManyForm
from portal.queries import return_presets, review_choice, review_queue
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Hat
from portal.security import actor, clock, needs
from portal.services import review_batches
from portal.services.review_batches import Chosen, Order

_TICKED = frozenset({"ids"})
_STALE = "页面内容不完整，没有处理。请回到“学时审核”刷新后重试。"


@bp.post("/claims/decisions")
@needs(Hat.UNIT, Hat.HR, many=_TICKED)
def decide_many() -> Response:
    """Approve or return what is ticked, or all of the filter sent along (`all=1`)."""
    form = ManyForm(request.form)
    if form.action.data not in review_batches.WORDS:
        raise RuleBroken("没有处理任何申报。请勾选后按“批量通过”或“批量退回”。")
    filters = filters_of(form)
    now, today = clock().now(), clock().today()
    chosen = _all(form, filters) if form.all.data == "1" else _ticked()
    if form.action.data == "return" and form.preset.data and form.preset.data not in return_presets.offered():
        raise RuleBroken("所选退回原因已停用或改动，没有处理。请回到“学时审核”重新选择。")
    order = Order(form.action.data or "", form.words, chosen)
    if len(chosen) > review_batches.AT_ONCE:
        job = review_batches.enqueue(actor(), order, now=now, today=today)
        return hx.go_to("jobs.show", job=job)
    outcomes = review_batches.decide(actor(), order, policies=policies(), now=now, today=today)
    return hx.render(
        "admin/claims/decided.html",
        outcomes=outcomes,
        word=review_batches.WORDS[order.action],
        back={name: value for name, value in form.address().items() if name in _FILTERS},
    )


_FILTERS = frozenset({"status", "category", "unit", "scope", "q", "group", "waited", "sort"})


def _all(form: ManyForm, filters: review_queue.Filters) -> tuple[Chosen, ...]:
    try:
        until = review_queue.parse_page_key(form.until.data)[0] if form.until.data else None
    except ValueError:
        raise RuleBroken(_STALE) from None
    found = review_choice.decidable(
        actor(), filters, today=clock().today(), most=review_batches.MOST, until=until
    )
    return tuple(Chosen(uuid, version) for uuid, version in found)


def _ticked() -> tuple[Chosen, ...]:
    """Each claim once, in the version its row showed. Raises RuleBroken for what no row of ours wrote."""
    chosen = {}
    for text in request.form.getlist("ids"):
        version = request.form.get(f"version_{text}", "")
        if not (version.isascii() and version.isdigit() and len(version) <= 9):
            raise RuleBroken(_STALE)
        try:
            chosen[UUID(text)] = int(version)
        except ValueError:
            raise RuleBroken(_STALE) from None
    return tuple(Chosen(uuid, version) for uuid, version in chosen.items())
