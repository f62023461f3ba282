"""One training filed for many people: the form, the list name by name, and what became of a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from flask import Response, flash, request, url_for

from portal import hx
from portal.blueprints.admin import bp
from portal.blueprints.staff.workspace import (
    BEHALF_TRUTHFUL,
    FILES,
    Desk,
    evidence_context,
    form_of,
    named_files,
    policies,
    policy,
    store,
    uploads,
)
from portal.forms.claims import ClaimForm
from portal.forms.group_filing import PeopleForm, uuids
from portal.queries import group_filing as queries
from portal.rules.explain import sentence
from portal.rules.filing import ClaimInput, submission_problems
from portal.rules.refusals import NotPermitted, RuleBroken
from portal.rules.vocabulary import Category, Evidence, Hat
from portal.security import actor, clock, needs
from portal.services import group_filing as services
from portal.services.evidence import taken_in
from portal.services.filing import Form

LISTS = FILES | {"person", "shown", "pick"}
REFUSED = "没有提交，请按各项提示更正。"
CHECK_FIRST = "还没有提交：请核对右侧名单，去掉不申报的人，再提交一次。"
REPEATED = "这份名单已经提交过，没有重复写入。"
UNKNOWN_DEED = "没有收到完整的表单，什么也没有提交。请返回上一页，刷新后重新填写。"


@bp.get("/grants/new")
@needs(Hat.UNIT, many=LISTS)
def group_new() -> Response:
    """An empty form; addresses may fill it."""
    form, given, people, _ = _read(request.args)
    form.forget_errors()
    return _show(form, given, people)


@bp.post("/grants/preview")
@needs(Hat.UNIT, many=LISTS)
def group_preview() -> Response:
    """The list, name by name, as the form stands; nothing is written."""
    form, given, people, _ = _read(request.form)
    return _show(form, given, people, fragment="admin/group_filing/_people.html")


@bp.post("/grants")
@needs(Hat.UNIT, many=LISTS)
def group_create() -> Response:
    """File the training for everybody ticked, or show the list (`action` = preview)."""
    if request.form.get("action") not in ("submit", "preview"):
        raise RuleBroken(UNKNOWN_DEED)
    form, given, people, wrong = _read(request.form)
    if request.form.get("action") == "preview":
        return _show(form, given, people)
    if wrong or people.errors:
        return _show(form, given, people, status=422, message=REFUSED)
    if not request.form.getlist("shown"):
        return _show(form, given, people, status=422, message=CHECK_FIRST)
    try:
        with taken_in(uploads(), store()) as intake:
            filed = services.submit_list(
                actor(),
                _ticks("person"),
                Form(given, intake, form.key),
                store(),
                policies(),
                now=clock().now(),
                today=clock().today(),
            )
    except RuleBroken as refused:
        form.explain(refused.fields)
        return _show(form, given, people, status=422, message=refused.message)
    flash(
        REPEATED if filed.repeated else f"已为 {filed.people} 人提交，由另一位平台管理员或人事处审核。",
        "success",
    )
    return hx.go_to("admin.group_show", group=filed.group)


@bp.get("/grants/<uuid:group>")
@needs(Hat.UNIT, Hat.HR)
def group_show(group: UUID) -> Response:
    """A list that was filed: where each claim stands."""
    return hx.render("admin/group_filing/list.html", rows=queries.filed_list(actor(), group), group=group)


def _read(sent: Any) -> tuple[ClaimForm, ClaimInput, PeopleForm, dict[str, list[str]]]:
    people = PeopleForm(sent)
    people.validate()
    form = form_of(None, sent, category=Category.TRAINING)
    form.truthful.label.text = BEHALF_TRUTHFUL
    given, wrong = form.read()
    return form, given, people, wrong


def _ticks(name: str) -> list[UUID]:
    try:
        return uuids(request.values.getlist(name))
    except ValueError:
        raise RuleBroken(UNKNOWN_DEED) from None


def _show(
    form: ClaimForm,
    given: ClaimInput,
    people: PeopleForm,
    *,
    status: int = 200,
    message: str = "",
    fragment: str = "admin/group_filing/_workspace.html",
) -> Response:
    acts_for = actor().acts_for
    if acts_for is None:
        raise NotPermitted("只有平台管理员可以按名单申报。")
    today = clock().today()
    ticked, shown = set(_ticks("person")), set(_ticks("shown"))
    present = named_files()
    names = people.usernames[: queries.LONGEST]
    picked = set(_ticks("pick"))
    lines = queries.lines(actor(), given, present, policies(), usernames=names, picked=picked, today=today)
    rules = policies().for_year(given.start.year) if given.start else policy()
    return hx.render(
        "admin/group_filing/form.html",
        fragment,
        status,
        desk=Desk(
            0,
            acts_for,
            actor().acts_for_name,
            ("admin.group_new", {}),
            url_for("admin.group_preview"),
            url_for("admin.group_create"),
            behalf="名单",
        ),
        form=form,
        people=people,
        picked=picked,
        claim=None,
        kept=False,
        key=str(uuid4()),
        message=message,
        given=given,
        policy=rules,
        lines=lines,
        shared=_shared(lines),
        cut=len(people.usernames) > queries.LONGEST,
        ticked=_ticked(lines, ticked, shown),
        everybody=queries.people_of_unit(actor()),
        problems=_problems(rules, given, present, today) if given.title else (),
        **evidence_context(form, ()),
    )


def _shared(lines: Sequence[queries.Line]) -> list[str]:
    """Sentences that hold for every name with a preview, to be said once; none for a list of one."""
    previews = [line.seen.preview for line in lines if line.seen and line.seen.preview]
    told = [[sentence(one) for one in preview.findings] for preview in previews]
    return [text for text in told[0] if all(text in other for other in told)] if len(told) > 1 else []


def _ticked(lines: Sequence[queries.Line], ticked: set[UUID], shown: set[UUID]) -> set[UUID]:
    """Who stays ticked: what was chosen before; of new names everybody without a look-alike."""
    able = [line for line in lines if line.fileable]
    return {
        line.person.uuid
        for line in able
        if line.person.uuid in ticked or (line.person.uuid not in shown and not line.doubled)
    }


def _problems(rules: Any, given: ClaimInput, present: set[Evidence], today: Any) -> list[str]:
    return [one.text for one in submission_problems(rules, given, present, today)]
