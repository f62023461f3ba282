"""The description of the machine interface: as OpenAPI for programs, as a page for people."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from flask import Response
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from portal import hx, problems
from portal.blueprints.api import answers, bp
from portal.forms.machines import CourseBatch, StandingsQuestion
from portal.rules.machines import Scope
from portal.security import public

REF = "#/components/schemas/{model}"
_IN_ORDER = (
    *("CourseBatch", "CourseRecord", "BatchAnswer", "Counts", "RecordResult", "RecordFields"),
    *("StandingsAnswer", "PersonYear", "UnitName", "Standard", "Problem", "FieldProblem"),
)
_EXAMPLE = """{"on_change": "report",
 "records": [
  {"platform": "山东开放大学", "record_id": "A-1", "username": "20120001", "title": "数字技术",
   "subject": "public", "hours": "1.5", "completed_on": "2025-11-03"}
 ]}"""
_REFUSALS = (400, 401, 403, 429, 500, 503)


@bp.get("/openapi.json")
@public
def openapi() -> Response:
    """The document, as OpenAPI 3.1."""
    return Response(_text(), mimetype="application/json")


@bp.get("/docs")
@public
def docs() -> Response:
    """The same for people, with every code a refusal may carry."""
    found = document()
    return hx.render(
        "api/docs.html",
        operations=[
            {"method": method.upper(), "path": path, **operation}
            for path, methods in found["paths"].items()
            for method, operation in methods.items()
        ],
        schemas=[(name, found["components"]["schemas"][name]) for name in _IN_ORDER],
        example=_EXAMPLE,
        codes=problems.CODES,
        Scope=Scope,
    )


@cache
def _text() -> str:
    return json.dumps(document(), ensure_ascii=False, indent=1)


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document, made from the models that read requests and write answers."""
    sent: tuple[type[BaseModel], ...] = (CourseBatch,)
    told: tuple[type[BaseModel], ...] = (answers.BatchAnswer, answers.StandingsAnswer, answers.Problem)
    _, found = models_json_schema(
        [
            *((model, "validation") for model in sent),
            *((model, "serialization") for model in told),
        ],
        ref_template=REF,
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "继续教育学时平台接口",
            "version": "1",
            "description": "供学习平台报送课程记录、供职称申报管理系统查询年度完成情况。",
        },
        "paths": {
            "/api/v1/course-records": {"post": _reporting()},
            "/api/v1/standings": {"get": _asking()},
        },
        "components": {
            "schemas": found["$defs"],
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "由人事处生成的接口令牌"}
            },
        },
        "security": [{"token": []}],
    }


def _reporting() -> dict[str, Any]:
    return {
        "operationId": "reportCourseRecords",
        "summary": "报送课程记录",
        "description": (
            "一批最多 5000 条，整批在一个事务中写入；同一平台的同一记录编号只计一次，重复报送不产生新记录。"
            "每条记录的结果按请求中的顺序给出。"
            "所需权限 courses:write；on_change 为 update 时还需 courses:update。"
        ),
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": REF.format(model="CourseBatch")}}},
        },
        "responses": {"200": _good("BatchAnswer", "整批已处理"), **_refused(*_REFUSALS, 413, 415, 422)},
    }


def _asking() -> dict[str, Any]:
    schema = StandingsQuestion.model_json_schema()
    return {
        "operationId": "listStandings",
        "summary": "查询年度完成情况",
        "description": (
            "按工号排列，一页一页取。学时为十进制文本。人事处为个人设定的学时要求体现在 need 和 changed 中。"
            "所需权限 standings:read。"
        ),
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": name in schema["required"],
                "description": of.get("description", ""),
                "schema": _query(of),
            }
            for name, of in schema["properties"].items()
        ],
        "responses": {"200": _good("StandingsAnswer", "一页人员"), **_refused(*_REFUSALS, 404, 422)},
    }


def _query(of: dict[str, Any]) -> dict[str, Any]:
    """A parameter's schema; in an address nothing can be null, it is left out."""
    chosen = next((one for one in of.get("anyOf", ()) if one.get("type") != "null"), of)
    return {name: value for name, value in chosen.items() if name not in ("title", "description")}


def _good(model: str, description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": REF.format(model=model)}}},
    }


def _refused(*statuses: int) -> dict[str, Any]:
    return {
        str(status): {
            "description": "、".join(title for at, title in problems.CODES.values() if at == status),
            "content": {problems.MEDIA_TYPE: {"schema": {"$ref": REF.format(model="Problem")}}},
        }
        for status in sorted(statuses)
    }
