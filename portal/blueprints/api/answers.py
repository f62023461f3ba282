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

    field: str
    reason: str


class Problem(_Answer):
    """A refusal as of RFC 9457; programs go by `code`, people read `detail`."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem]
    request_id: str


class RecordFields(_Answer):
    """Those of a record's fields that differ."""

    username: str | None = None
    title: str | None = None
    subject: str | None = None
    hours: Hours | None = None
    completed_on: str | None = None


class RecordResult(_Answer):
    """What became of one record: the answers stand in the order of the request."""

    index: int = Field(description="在 records 中的位置，从 0 起")
    record_id: str | None
    status: Literal["created", "unchanged", "updated", "conflict", "invalid"]
    id: UUID | None = Field(description="本平台的记录编号")
    stored: RecordFields | None = Field(description="conflict、updated：原有内容中不同的字段")
    sent: RecordFields | None = Field(description="conflict、updated：本次报送中不同的字段")
    problems: list[FieldProblem]


class Counts(_Answer):
    """How many records met each fate."""

    created: int
    unchanged: int
    updated: int
    conflict: int
    invalid: int


class BatchAnswer(_Answer):
    """The whole batch was taken in as told here, in one transaction."""

    batch: UUID | None = Field(description="写入了内容时，人事处“课程导入”中的批次编号")
    counts: Counts
    results: list[RecordResult]


class UnitName(_Answer):
    """A unit."""

    code: str
    name: str


class Standard(_Answer):
    """One subject against what is needed; `changed` when HR set another figure for this person."""

    subject: SubjectName
    need: Hours
    have: Hours
    met: bool
    changed: bool


class PersonYear(_Answer):
    """One person's year; of the categories those that occur."""

    username: str
    name: str
    unit: UnitName
    subjects: dict[str, Hours]
    categories: dict[str, Hours]
    total: Hours
    standards: list[Standard]
    met: bool


class StandingsAnswer(_Answer):
    """A page of people in the order of their 工号; null as `next_cursor` means that it is the last."""

    year: int
    people: list[PersonYear]
    next_cursor: str | None
