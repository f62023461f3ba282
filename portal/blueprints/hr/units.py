"""HR keeps units: the list with late papers, one unit, its admins, and the annex sheets."""

from __future__ import annotations

from datetime import date
from typing import TypeVar
from uuid import UUID

from flask import Response, flash, request

from portal import hx
from portal.blueprints.annex_parts import annex_sheets
from portal.blueprints.hr import bp
from portal.forms import PortalForm
from portal.forms.units import AppointForm, DeadlineForm, EndForm, NameForm, PaperForm, PhoneForm, UnitForm
from portal.queries import units as queries
from portal.rules.refusals import RuleBroken
from portal.rules.vocabulary import Hat
from portal.security import RECENT, actor, clock, needs, who
from portal.services import appointments
from portal.services import units as services

SHOWN_YEARS = 5
Form = TypeVar("Form", bound=PortalForm)


@bp.get("/units")
@needs(Hat.HR)
def units() -> Response:
    """Every unit with admins and papers of a year."""
    return _list(UnitForm(mark="new"), None)


@bp.post("/units")
@needs(Hat.HR, recent=True)
def units_add() -> Response:
    """A new unit."""
    form = UnitForm(request.form, mark="new")
    if not form.validate():
        return _list(form, None, 422)
    try:
        made = services.add(
            actor(), name=form.name.value, code=(form.code.data or "").strip(), now=clock().now()
        )
    except RuleBroken as refused:
        return _list(_told(form, refused), None, 422)
    flash(f"已新增{form.name.value}，请任命 1-2 名平台管理员。", "success")
    return hx.go_to("hr.units_show", unit=made)


@bp.post("/units/deadline")
@needs(Hat.HR)
def units_deadline() -> Response:
    """Another last day for the annex papers of the year shown."""
    form = DeadlineForm(request.form, mark="year")
    if not form.validate() or form.due_on.value is None:
        return _list(UnitForm(mark="new"), form, 422)
    try:
        services.set_deadline(actor(), year=_year(), due_on=form.due_on.value, now=clock().now())
    except RuleBroken as refused:
        return _list(UnitForm(mark="new"), _told(form, refused), 422)
    flash(f"{_year()} 年附件2 截止日期已设为 {form.due_on.value}。", "success")
    return hx.go_to("hr.units", year=_year())


@bp.get("/units/annex.pdf")
@needs(Hat.HR)
def units_annexes() -> Response:
    """The sheets of all open units in one file."""
    today = clock().today()
    found = queries.offices(today, today.year, queries.deadline(today.year))
    sheets = [(office.unit.name, office.admins) for office in found if office.unit.closed_at is None]
    return annex_sheets(sheets, file="annex-2")


@bp.get("/units/<uuid:unit>")
@needs(Hat.HR)
def units_show(unit: UUID) -> Response:
    """One unit."""
    return _page(unit)


@bp.get("/units/<uuid:unit>/annex.pdf")
@needs(Hat.UNIT, Hat.HR)
def units_annex(unit: UUID) -> Response:
    """The unit's sheet, for HR and for its own admins."""
    found = queries.visible(actor(), unit)
    admins = queries.admins_of(found.id, clock().today())
    return annex_sheets([(found.name, admins)], file=f"annex-2-{found.code}")


@bp.post("/units/<uuid:unit>/name")
@needs(Hat.HR, recent=True)
def units_rename(unit: UUID) -> Response:
    """Another name."""
    form = NameForm(request.form, mark="rename")
    if not form.validate():
        return _page(unit, form)
    try:
        services.rename(actor(), unit, name=form.name.value, now=clock().now())
    except RuleBroken as refused:
        return _page(unit, _told(form, refused))
    flash("单位名称已修改；已生成的证书仍显示原名称。", "success")
    return hx.go_to("hr.units_show", unit=unit)


@bp.post("/units/<uuid:unit>/close")
@needs(Hat.HR, recent=True)
def units_close(unit: UUID) -> Response:
    """Close the unit, or show who has to be moved first."""
    try:
        services.close(actor(), unit, now=clock().now(), today=clock().today())
    except RuleBroken as refused:
        return _page(unit, problem=refused.message)
    flash("单位已关闭，平台管理员的任职同时结束。", "success")
    return hx.go_to("hr.units_show", unit=unit)


@bp.post("/units/<uuid:unit>/reopen")
@needs(Hat.HR, recent=True)
def units_reopen(unit: UUID) -> Response:
    """Open the unit again."""
    services.reopen(actor(), unit, now=clock().now())
    flash("单位已恢复，请任命 1-2 名平台管理员。", "success")
    return hx.go_to("hr.units_show", unit=unit)


@bp.post("/units/<uuid:unit>/admins")
@needs(Hat.HR, recent=True)
def units_appoint(unit: UUID) -> Response:
    """Appoint an admin, or hand over to one."""
    form = AppointForm(request.form, mark="appoint")
    if not form.validate() or form.since.value is None:
        return _page(unit, form)
    try:
        name = appointments.appoint(
            actor(),
            unit,
            username=form.username.value,
            desk_phone=(form.desk_phone.data or "").strip(),
            since=form.since.value,
            instead_of=form.replaced,
            now=clock().now(),
            today=clock().today(),
        )
    except RuleBroken as refused:
        return _page(unit, _told(form, refused))
    flash(f"已任命{name}，自 {form.since.value} 起生效。", "success")
    return hx.go_to("hr.units_show", unit=unit)


@bp.post("/units/<uuid:unit>/admins/end")
@needs(Hat.HR, recent=True)
def units_end(unit: UUID) -> Response:
    """End an appointment."""
    form = EndForm(request.form)
    if not form.validate() or form.chosen is None:
        return _page(unit, problem=_first(form))
    last_day = form.last_day.value
    try:
        name = appointments.end(
            actor(), unit, form.chosen, last_day=last_day, now=clock().now(), today=clock().today()
        )
    except RuleBroken as refused:
        return _page(unit, problem=refused.message)
    flash(f"{name}的任职{f'到 {last_day} 为止' if last_day else '已结束，即时生效'}。", "success")
    return hx.go_to("hr.units_show", unit=unit)


@bp.post("/units/<uuid:unit>/admins/phone")
@needs(Hat.HR)
def units_phone(unit: UUID) -> Response:
    """Another desk phone of an admin."""
    form = PhoneForm(request.form)
    if not form.validate() or form.chosen is None:
        return _page(unit, problem=_first(form))
    phone, now, today = (form.desk_phone.data or "").strip(), clock().now(), clock().today()
    name = appointments.change_phone(actor(), unit, form.chosen, desk_phone=phone, now=now, today=today)
    flash(f"{name}的座机号已改为 {phone}，请重新打印附件2。", "success")
    return hx.go_to("hr.units_show", unit=unit)


@bp.post("/units/<uuid:unit>/paper")
@needs(Hat.HR)
def units_paper(unit: UUID) -> Response:
    """Note that the unit's paper came in, or take the note back."""
    form = PaperForm(request.form)
    year, now, today = _year(), clock().now(), clock().today()
    if not form.validate():
        return _page(unit, problem=_first(form))
    if form.action.data == "remove":
        services.remove_paper(actor(), unit, year=year, now=now)
        flash("已取消收到纸质表的记录。", "success")
    else:
        received = form.received_on.value or today
        try:
            services.receive_paper(actor(), unit, year=year, received_on=received, now=now, today=today)
        except RuleBroken as refused:
            return _page(unit, problem=next(iter(refused.fields.values()))[0])
        flash(f"已登记 {received} 收到纸质表。", "success")
    if request.form.get("back") == "list":
        return hx.go_to("hr.units", year=year)
    return hx.go_to("hr.units_show", unit=unit, year=year)


def _list(form: UnitForm, deadline_form: DeadlineForm | None, status: int = 200) -> Response:
    year, today = _year(), clock().today()
    due = queries.deadline(year)
    return hx.render(
        "hr/units/list.html",
        status=status,
        year=year,
        years=_years(today),
        due=due,
        today=today,
        offices=queries.offices(today, year, due),
        form=form,
        deadline_form=deadline_form or DeadlineForm(data={"due_on": due.isoformat()}, mark="year"),
        confirmed=_confirmed(),
    )


def _page(unit: UUID, refused: PortalForm | None = None, *, problem: str = "") -> Response:
    year, today = _year(), clock().today()
    due = queries.deadline(year)
    office = queries.office(unit, today, year, due)
    appoint = (
        refused
        if isinstance(refused, AppointForm)
        else AppointForm(data={"since": today.isoformat()}, mark="appoint")
    )
    appoint.offer([admin for admin in office.admins if admin.person_id != actor().person_id])
    return hx.render(
        "hr/units/show.html",
        status=422 if refused is not None or problem else 200,
        year=year,
        due=due,
        today=today,
        office=office,
        unit=office.unit,
        history=queries.appointments(office.unit.id),
        people=queries.people_of(office.unit.id),
        name_form=refused
        if isinstance(refused, NameForm)
        else NameForm(data={"name": office.unit.name}, mark="rename"),
        appoint_form=appoint,
        problem=problem,
        confirmed=_confirmed(),
    )


def _year() -> int:
    asked = request.values.get("year", "")
    today = clock().today()
    return int(asked) if asked in {str(year) for year in _years(today)} else today.year


def _years(today: date) -> list[int]:
    return list(range(today.year, today.year - SHOWN_YEARS, -1))


def _confirmed() -> bool:
    """Whether the password was given recently enough for the weighty deeds of these pages."""
    return clock().now() - who().confirmed_at <= RECENT


def _told(form: Form, refused: RuleBroken) -> Form:
    for name, sentences in refused.fields.items():
        form[name].errors = sentences
    return form


def _first(form: PortalForm) -> str:
    return str(next(text for texts in form.errors.values() for text in texts))
