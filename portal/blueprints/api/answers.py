"""What the machine interface answers, as the document describes it. Hours are decimal texts."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Hours = Annotated[str, Field(pattern=r"^-?[0-9]+(\.(25|5|75))?$", examples=["7.5"])]
SubjectName = Literal["public", "professional"]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldProblem(_Answer):
    """One thing that is wrong, and where."""

    field: str = Field(description="字段；空表示整条")
    reason: str = Field(description="原因，供人阅读")


class Problem(_Answer):
    """A refusal as of RFC 9457; programs go by `code`, people read `detail`."""

    type: str = Field(description="代码的说明所在")
    title: str = Field(description="代码的含义")
    status: int = Field(description="HTTP 状态")
    detail: str = Field(description="这一次为什么，供人阅读")
    code: str = Field(description="代码，供程序判断")
    errors: list[FieldProblem] = Field(description="各字段的问题")
    request_id: str = Field(description="请求编号，查日志用")


class RecordFields(_Answer):
    """Those of a record's fields that differ."""

    username: str | None = Field(default=None, description="工号")
    title: str | None = Field(default=None, description="课程名称")
    subject: str | None = Field(default=None, description="科目类型")
    hours: Hours | None = Field(default=None, description="学时")
    completed_on: str | None = Field(default=None, description="完成日期")


class RecordResult(_Answer):
    """What became of one record: the answers stand in the order of the request."""

    index: int = Field(description="在 records 中的位置，从 0 起")
    record_id: str | None = Field(description="学习平台的记录编号")
    status: Literal["created", "unchanged", "updated", "conflict", "invalid"] = Field(
        description="新增、无变化、已更新、与原有内容不同（未写入）、有问题（未写入）"
    )
    id: UUID | None = Field(description="本平台的记录编号")
    stored: RecordFields | None = Field(description="conflict、updated：原有内容中不同的字段")
    sent: RecordFields | None = Field(description="conflict、updated：本次报送中不同的字段")
    problems: list[FieldProblem] = Field(description="invalid：各字段的问题")


class Counts(_Answer):
    """How many records met each fate."""

    created: int = Field(description="新增")
    unchanged: int = Field(description="已有，无变化")
    updated: int = Field(description="已有，以本次为准更新")
    conflict: int = Field(description="与原有内容不同，没有写入")
    invalid: int = Field(description="有问题，没有写入")


class BatchAnswer(_Answer):
    """The whole batch was taken in as told here, in one transaction."""

    batch: UUID | None = Field(description="写入了内容时，人事处“课程导入”中的批次编号")
    counts: Counts = Field(description="各种结果的条数")
    results: list[RecordResult] = Field(description="每条记录的结果，与请求同序")


class UnitName(_Answer):
    """A unit."""

    code: str = Field(description="单位代码")
    name: str = Field(description="单位名称")


class Standard(_Answer):
    """One subject against what is needed; `changed` when HR set another figure for this person."""

    subject: SubjectName = Field(description="科目类型")
    need: Hours = Field(description="要求的学时")
    have: Hours = Field(description="计入的学时")
    met: bool = Field(description="是否达标")
    changed: bool = Field(description="要求是否由人事处单独核定")


class PersonYear(_Answer):
    """One person's year; of the categories those that occur."""

    username: str = Field(description="工号")
    name: str = Field(description="姓名")
    unit: UnitName = Field(description="用人单位")
    subjects: dict[str, Hours] = Field(description="各科目计入的学时")
    categories: dict[str, Hours] = Field(description="各类别计入的学时，只列出有学时的类别")
    total: Hours = Field(description="计入的学时合计")
    standards: list[Standard] = Field(description="各科目与要求对照")
    met: bool = Field(description="年度是否达标")


class StandingsAnswer(_Answer):
    """A page of people in the order of their 工号; null as `next_cursor` means that it is the last."""

    year: int = Field(description="年度")
    people: list[PersonYear] = Field(description="一页人员，按工号排列")
    next_cursor: str | None = Field(description="取下一页时用；null 表示没有下一页")
