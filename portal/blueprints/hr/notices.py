"""通知与方案: what HR publishes, to whom, and who has read it."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, request

from portal import hx
from portal.blueprints.hr import bp
from portal.blueprints.hr.paging import asked
from portal.forms.notices import NoticeDeedForm, NoticeForm, PreviewForm
from portal.markdown import to_html
from portal.queries import notice_desk as queries
from portal.rules.refusals import Conflict, RuleBroken
from portal.rules.vocabulary import Hat, NoticeKind
from portal.security import actor, clock, needs
from portal.services import notices as services

_TICKS = frozenset({"units"})


@bp.get("/notices")
@needs(Hat.HR)
def notices() -> Response:
    """Every notice in every state, the latest made first."""
    _, before = asked()
    lines = queries.everything(actor(), before)
    return hx.render(
        "hr/notices/list.html",
        lines=lines[: queries.PAGE],
        more=lines[queries.PAGE - 1].row.id if len(lines) > queries.PAGE else None,
        first=before is None,
        today=clock().today(),
    )


@bp.get("/notices/new")
@needs(Hat.HR)
def notices_new() -> Response:
    """An empty form."""
    form = NoticeForm(data={"version": "0"})
    form.show_days(clock().today(), None)
    return _form(form)


@bp.post("/notices")
@needs(Hat.HR, many=_TICKS)
def notices_add() -> Response:
    """Keep a draft."""
    form = _sent()
    if not form.validate():
        return _form(form, status=422)
    try:
        made = services.add(actor(), _draft(form), now=clock().now())
    except RuleBroken as refused:
        form.told(refused.fields)
        return _form(form, status=422)
    flash("草稿已保存，发布前没有人能看到。", "success")
    return hx.go_to("hr.notices_show", notice=made)


@bp.post("/notices/preview")
@needs(Hat.HR, many=_TICKS)
def notices_preview() -> Response:
    """What the text will look like, as everybody will see it."""
    form = PreviewForm(request.form)
    fits = form.validate()
    return hx.render(
        "hr/notices/preview.html",
        "hr/notices/_preview.html",
        status=200 if fits else 422,
        form=form,
        made=to_html(form.body.data or "") if fits else None,
    )


@bp.get("/notices/<uuid:notice>")
@needs(Hat.HR)
def notices_show(notice: UUID) -> Response:
    """One with its text, its state and how each unit has read it."""
    return _page(notice)


@bp.post("/notices/<uuid:notice>")
@needs(Hat.HR)
def notices_decide(notice: UUID) -> Response:
    """Publish or withdraw it."""
    form = NoticeDeedForm(request.form)
    if not form.validate():
        return _page(notice, status=422, problem="请选择要做的操作。")
    who, seen, now = actor(), form.seen, clock().now()
    try:
        if form.action.data == "publish":
            services.publish(who, notice, version=seen, tell=bool(form.tell.data), now=now)
            flash("已发布。", "success")
        else:
            services.withdraw(who, notice, version=seen, now=now)
            flash("已撤回，这条通知不再显示。", "success")
    except RuleBroken as refused:
        return _page(notice, status=422, problem=refused.message)
    except Conflict as refused:
        return _page(notice, status=409, problem=refused.message)
    return hx.go_to("hr.notices_show", notice=notice)


@bp.get("/notices/<uuid:notice>/edit")
@needs(Hat.HR)
def notices_edit(notice: UUID) -> Response:
    """The form filled in."""
    found = queries.whole(actor(), notice)
    row = found.notice
    data = {
        **{name: getattr(row, name) for name in ("kind", "subject", "title", "body", "version")},
        "units": [str(unit) for unit in found.units],
    }
    form = NoticeForm(data=data)
    form.show_days(row.first_day, row.last_day)
    return _form(form, found)


@bp.post("/notices/<uuid:notice>/edit")
@needs(Hat.HR, many=_TICKS)
def notices_save(notice: UUID) -> Response:
    """Keep the changes."""
    found = queries.whole(actor(), notice)
    form = _sent()
    if not form.validate():
        return _form(form, found, status=422)
    try:
        services.edit(
            actor(),
            notice,
            _draft(form),
            version=form.seen,
            again=bool(form.again.data),
            now=clock().now(),
        )
    except RuleBroken as refused:
        form.told(refused.fields)
        return _form(form, queries.whole(actor(), notice), status=422)
    except Conflict as refused:
        return _form(form, queries.whole(actor(), notice), status=409, problem=refused.message)
    flash("修改已保存。", "success")
    return hx.go_to("hr.notices_show", notice=notice)


def _sent() -> NoticeForm:
    form = NoticeForm(request.form)
    form.offer([(str(unit.uuid), unit.name) for unit in queries.units(actor())])
    return form


def _draft(form: NoticeForm) -> services.Draft:
    return services.Draft(
        kind=NoticeKind(form.kind.data),
        subject=form.subject.data,
        title=form.title.value,
        body=(form.body.data or "").replace("\r\n", "\n").strip(),
        first_day=form.first_day.value,  # type: ignore[arg-type]
        last_day=form.last_day.value,
        units=tuple(UUID(unit) for unit in form.units.data or ()),
    )


def _form(
    form: NoticeForm, found: queries.Whole | None = None, *, status: int = 200, problem: str = ""
) -> Response:
    form.offer([(str(unit.uuid), unit.name) for unit in queries.units(actor())])
    return hx.render("hr/notices/form.html", status=status, form=form, found=found, problem=problem)


def _page(notice: UUID, *, status: int = 200, problem: str = "") -> Response:
    found = queries.whole(actor(), notice)
    unit = request.args.get("unit", type=UUID)
    chosen = queries.unit_readership(actor(), found.notice, unit) if unit else None
    return hx.render(
        "hr/notices/show.html",
        status=status,
        found=found,
        notice=found.notice,
        chosen=chosen,
        today=clock().today(),
        problem=problem,
    )
