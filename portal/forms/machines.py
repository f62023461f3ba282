"""What programs send: the shape of a batch of course records and of a question about standings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, NoReturn

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)

MOST_RECORDS = 5000
MOST_BYTES = 8 * 1024 * 1024

_Hours = Annotated[
    str | int | Decimal,
    WithJsonSchema({"type": ["string", "number"], "pattern": r"^[0-9]{1,3}(\.[05])?$"}),
]


class BadJSON(ValueError):
    """The body is no JSON we take; the message says where and why, in Chinese."""


@dataclass(frozen=True, slots=True)
class Faults:
    """Stands in a batch for a record whose shape is wrong: (field, reason) of each fault."""

    record_id: str | None
    problems: list[tuple[str, str]]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class CourseRecord(_Sent):
    """One finished course as the learning platform knows it."""

    platform: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = Field(
        default=None, description="学习平台；令牌限定了平台时可以省略"
    )
    record_id: Annotated[str, StringConstraints(min_length=1, max_length=60)] = Field(
        description="学习平台的记录编号，在平台内唯一，重复报送时保持不变"
    )
    username: Annotated[str, StringConstraints(min_length=1, max_length=32)] = Field(description="工号")
    name: Annotated[str, StringConstraints(max_length=60)] = Field(
        default="", description="姓名；填写时须与名册一致"
    )
    title: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(description="课程名称")
    subject: Literal["public", "professional"] = Field(
        description="科目类型：public 公需科目，professional 专业科目"
    )
    hours: _Hours = Field(description="学时，大于 0，0.5 的倍数，最多 500；字符串或数字")
    completed_on: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")] = Field(
        description="完成日期", json_schema_extra={"format": "date"}
    )


def _apart(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """A record of the wrong shape spoils itself alone, not the batch."""
    try:
        return read(value)
    except ValidationError as fault:
        given = value.get("record_id") if isinstance(value, dict) else None
        told = given if isinstance(given, str) and given.isprintable() and len(given) <= 60 else None
        return Faults(told, faults_of(fault))


class CourseBatch(_Sent):
    """At most 5,000 records; the whole batch is one transaction."""

    on_change: Literal["report", "update"] = Field(
        default="report",
        description="已有记录内容不同时：report 只报告差异，update 以本次为准（须有 courses:update 权限）",
    )
    records: list[Annotated[CourseRecord, WrapValidator(_apart)]] = Field(
        min_length=1, max_length=MOST_RECORDS, description="课程记录，1 至 5,000 条"
    )


class StandingsQuestion(BaseModel):
    """Whose standings of which year."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    year: Annotated[int, Field(ge=1, le=9999, description="年度")]
    unit: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{1,15}$")] | None = Field(
        default=None, description="单位代码"
    )
    username: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,32}$")] | None = Field(
        default=None, description="工号"
    )
    cursor: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{2,64}$")] | None = Field(
        default=None, description="上一页的 next_cursor"
    )
    limit: Annotated[int, Field(ge=1, le=500)] = Field(default=200, description="每页人数")


def read_json(body: bytes) -> Any:
    """The value a body tells. Raises BadJSON; a number that is none and a key told twice are refused."""
    try:
        return json.loads(
            body.decode("utf-8"),
            parse_float=Decimal,
            parse_constant=_no_constant,
            object_pairs_hook=_single_keys,
        )
    except UnicodeDecodeError:
        raise BadJSON("不是 UTF-8 编码。") from None
    except json.JSONDecodeError as fault:
        raise BadJSON(f"第 {fault.lineno} 行第 {fault.colno} 列不是合法的 JSON。") from None
    except RecursionError:
        raise BadJSON("嵌套过深。") from None
    except BadJSON:
        raise
    except (ValueError, ArithmeticError):
        raise BadJSON("有超出范围的数字。") from None


def faults_of(fault: ValidationError) -> list[tuple[str, str]]:
    """(field, reason in Chinese) of everything that is wrong, each field once."""
    found: dict[str, str] = {}
    for one in fault.errors(include_url=False, include_input=False):
        field = str(one["loc"][0]) if one["loc"] else ""
        found.setdefault(_printable(field), _reason(one["type"], one.get("ctx") or {}))
    return list(found.items())


def _reason(kind: str, context: Mapping[str, Any]) -> str:
    match kind:
        case "missing":
            return "缺少这个字段。"
        case "extra_forbidden":
            return "没有这个字段，请删去或检查拼写。"
        case "string_too_short":
            return "不能为空。"
        case "string_too_long":
            return f"超过 {context['max_length']} 个字符。"
        case "too_short":
            return f"至少 {context['min_length']} 条。"
        case "too_long":
            return f"最多 {context['max_length']} 条，请分批报送。"
        case "literal_error":
            return f"应为 {context['expected']}。"
        case "string_pattern_mismatch":
            return "格式不正确。"
        case "string_unicode":
            return "含有不能保存的字符。"
        case "string_type":
            return "应为字符串。"
        case "list_type":
            return "应为数组。"
        case "model_type" | "model_attributes_type":
            return "应为 JSON 对象。"
        case "greater_than_equal" | "less_than_equal":
            return f"超出范围（{context.get('ge', context.get('le'))}）。"
        case _:
            return "类型或取值不正确。"


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)[:60]


def _no_constant(name: str) -> NoReturn:
    raise BadJSON(f"{name} 不是数字。")


def _single_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadJSON("同一个对象里有重复的字段名。")
    return found
