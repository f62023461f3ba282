"""Many claims of the queue decided in one go: a result in each row for a few, a job for more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from flask import Response, request
from werkzeug.datastructures import MultiDict

from portal import hx
from portal.blueprints.admin import bp
from portal.blueprints.admin.claims import filters_of, queue_parts
from portal.blueprints.review_rows import policies
from portal.forms.decisions import ManyForm, QueueForm
from portal.queries import jobs as job_queries
from portal.queries import return_presets, review_choice, review_queue
from portal.queries.review_filters import Filters
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Hat
from portal.security import actor, clock, needs
from portal.services import review_batches
from portal.services.review_batches import Chosen, Order, Outcome

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
    back = {name: value for name, value in form.address().items() if name in _FILTERS}
    if len(chosen) > review_batches.AT_ONCE:
        job = review_batches.enqueue(actor(), order, now=now, today=today)
        if not hx.wants_fragment():
            return hx.go_to("jobs.show", job=job)
        return hx.render(
            "jobs/show.html",
            "admin/claims/_under_way.html",
            job=job_queries.job(actor(), job),
            back=back,
        )
    outcomes = review_batches.decide(actor(), order, policies=policies(), now=now, today=today)
    word = review_batches.WORDS[order.action]
    if not hx.wants_fragment():
        return hx.render("admin/claims/decided.html", outcomes=outcomes, word=word, back=back)
    return _in_place(outcomes, word, back, filters)


_FILTERS = frozenset({"status", "category", "unit", "scope", "q", "group", "waited", "sort", "after"})


def _in_place(outcomes: Sequence[Outcome], word: str, back: dict[str, str], filters: Filters) -> Response:
    """The queue again, what was handled where it stood, each row with what became of it."""
    parts = queue_parts(QueueForm(MultiDict(back)), filters)
    rows = review_choice.beside(
        actor(),
        parts["queue"],
        [one.uuid for one in outcomes],
        policies(),
        newest_first=filters.newest_first,
        today=clock().today(),
    )
    parts["queue"] = replace(parts["queue"], rows=rows)
    shown = {row.claim.uuid for row in rows}
    return hx.render(
        "admin/claims/decided.html",
        "admin/claims/_decided_many.html",
        **parts,
        results={one.uuid: one for one in outcomes},
        rowless=[one for one in outcomes if one.uuid not in shown],
        word=word,
    )


def _all(form: ManyForm, filters: Filters) -> tuple[Chosen, ...]:
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
