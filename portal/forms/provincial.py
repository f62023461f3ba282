"""Forms about the provincial platform: filters of the entry sheet and of the differences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from wtforms import HiddenField, SelectField, StringField

from portal.forms import PortalForm, options
from portal.rules.reconciliation import Cause
from portal.rules.vocabulary import CLAIMABLE

_EVERY_UNIT = ("", "全部单位")


class _Filtered(PortalForm):
    """Filters in the address; what is not among the choices counts as not given."""

    unit = SelectField("单位", choices=options([_EVERY_UNIT]), default="", validate_choice=False)

    def offer_units(self, units: Iterable[Any]) -> None:
        """Choose from these units (`.uuid`, `.name`)."""
        self.unit.choices = options([_EVERY_UNIT, *((str(unit.uuid), unit.name) for unit in units)])

    @property
    def unit_id(self) -> UUID | None:
        """The unit, or none."""
        return uuid_of(self.unit.data)

    def chosen(self, name: str) -> str:
        """The choice made of a select field, its default when it is none of them."""
        field = self[name]
        known = {choice.value for choice in field.choices}
        return field.data if field.data in known else (field.default or "")

    def address(self, **changes: str) -> dict[str, str]:
        """The filters as parameters of an address, defaults left out."""
        found = {name: field.data or "" for name, field in self._fields.items()} | changes
        return {
            name: value
            for name, value in found.items()
            if value and (name in changes or value != self._fields[name].default)
        }


class SheetForm(_Filtered):
    """Which part of which year's entry sheet."""

    year = SelectField("年度", validate_choice=False)
    show = SelectField(
        "状态",
        choices=options([("missing", "未录入"), ("entered", "已录入省平台"), ("correct", "待更正")]),
        default="missing",
        validate_choice=False,
    )
    category = SelectField(
        "类别",
        choices=options([("", "全部类别"), *((c.value, f"{c.label}类") for c in CLAIMABLE)]),
        default="",
        validate_choice=False,
    )
    after = HiddenField("页")

    def __init__(self, formdata: Any, *, years: Sequence[int]) -> None:
        super().__init__(formdata)
        self.year.choices = options((str(year), f"{year} 年度") for year in years)
        self.year.default = str(years[0])
        if not self.year.data:
            self.year.data = self.year.default


class DifferencesForm(_Filtered):
    """Which differences."""

    stand = SelectField(
        "状态",
        choices=options([("open", "待处理"), ("settled", "已处理"), ("agreed", "已一致")]),
        default="open",
        validate_choice=False,
    )
    cause = SelectField(
        "可能原因",
        choices=options([("", "全部原因"), *((cause.value, cause.label) for cause in Cause)]),
        default="",
        validate_choice=False,
    )
    before = StringField("页")


def uuid_of(text: str | None) -> UUID | None:
    """The uuid a text says, none for anything else."""
    try:
        return UUID(text or "")
    except ValueError:
        return None
