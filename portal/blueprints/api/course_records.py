"""Course records as the learning platforms report them."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, request
from pydantic import ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from portal.blueprints.api import answers, bp
from portal.forms.machines import MOST_BYTES, BadJSON, CourseBatch, CourseRecord, Faults, faults_of, read_json
from portal.machine_gate import machine as caller
from portal.problems import Problem
from portal.rules.machines import Scope
from portal.rules.vocabulary import Subject
from portal.security import clock, machine
from portal.services import course_batches
from portal.services.course_batches import Reported, Result


@bp.post("/course-records")
@machine(Scope.WRITE)
def course_records() -> Response:
    """Take a batch in: every record once by platform and record id, all in one transaction."""
    batch = _batch()
    replaces = batch.on_change == "update"
    if replaces and not caller().may(Scope.UPDATE):
        raise Problem(
            "scope_missing",
            f"on_change 为 update 需要“{Scope.UPDATE.label}”（{Scope.UPDATE.value}）权限，请联系人事处。",
        )
    taken = course_batches.receive(
        caller(),
        [_reported(one) for one in batch.records],
        replaces=replaces,
        policies=current_app.extensions["portal.policies"],
        now=clock().now(),
        today=clock().today(),
    )
    told = answers.BatchAnswer(
        batch=taken.batch,
        counts=answers.Counts(**taken.counts),
        results=[_result(index, one) for index, one in enumerate(taken.results)],
    )
    return Response(told.model_dump_json(), mimetype="application/json")


def _batch() -> CourseBatch:
    if request.mimetype != "application/json":
        raise Problem("unsupported_media_type", "Content-Type 应为 application/json。")
    if request.args:
        raise Problem("invalid", "这个地址没有查询参数。", [(name[:60], "请删去。") for name in request.args])
    request.max_content_length = MOST_BYTES
    try:
        sent: Any = read_json(request.get_data(cache=False))
    except RequestEntityTooLarge:
        raise Problem("too_large") from None
    except BadJSON as fault:
        raise Problem("bad_json", str(fault)) from None
    try:
        return CourseBatch.model_validate(sent)
    except ValidationError as fault:
        raise Problem("invalid", "批次的结构不正确，没有写入任何记录。", faults_of(fault)) from None


def _reported(record: CourseRecord | Faults) -> Reported:
    if isinstance(record, Faults):
        return Reported(record.record_id, problems=record.problems)
    facts = {
        "record_id": record.record_id,
        "username": record.username,
        "name": record.name,
        "platform": record.platform or "",
        "title": record.title,
        "subject": Subject(record.subject).label,
        "hours": str(record.hours),
        "date": record.completed_on,
    }
    return Reported(record.record_id, facts)


def _result(index: int, one: Result) -> answers.RecordResult:
    return answers.RecordResult(
        index=index,
        record_id=one.record_id,
        status=one.status,
        id=one.uuid,
        stored=answers.RecordFields(**one.stored) if one.stored else None,
        sent=answers.RecordFields(**one.sent) if one.sent else None,
        problems=[answers.FieldProblem(field=field, reason=reason) for field, reason in one.problems],
    )
