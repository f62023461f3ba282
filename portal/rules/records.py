"""The record the school keeps of a person: its fields, what must be filled in, and what a change changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

REGION = "省直"  # notice, annex 1: 单位所属区域请选择“省直”

# field: label, in the order forms and tables show them
FIELDS = {
    "name": "姓名",
    "unit": "用人单位",
    "department": "工作部门",
    "title_series": "职称系列",
    "title": "职称",
    "phone": "联系电话",
}
NEEDED = ("name", "unit", "department")  # notice, annex 1: 工作部门请必选


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of a request: the field's label, what stood and what shall stand."""

    field: str
    label: str
    before: str
    after: str


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[Difference]:
    """The fields `after` names, in the order of FIELDS."""
    return [
        Difference(field, label, before.get(field, ""), after[field])
        for field, label in FIELDS.items()
        if field in after
    ]


def changed(current: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """What of `wanted` differs from the current record."""
    return {field: wanted[field] for field in FIELDS if field in wanted and wanted[field] != current[field]}
