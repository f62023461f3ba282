"""What is asked of an exported list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from wtforms import BooleanField, SelectField
from wtforms.validators import AnyOf

from portal.forms import PortalForm, options
from portal.forms.decisions import REVIEWED

SPANS = {"1": "当年", "5": "近五年"}
FORMS = ("xlsx", "csv")
STATES: dict[str, tuple[tuple[str, str], ...]] = {
    "standings": (("", "全部人员"), ("met", "已达标"), ("short", "未达标")),
    "claims": (("", "全部已提交的申报"), *((status.value, status.label) for status in REVIEWED)),
}
_SPANNED = ("standings", "claims")


class ExportForm(PortalForm):
    """One card of the page: the fields of that list alone, its ids marked with the list's name."""

    year = SelectField("年度", coerce=int)
    span = SelectField("年数", choices=options(SPANS.items()), default="1")
    unit = SelectField("单位", default="")
    status = SelectField("范围", default="")
    phone = BooleanField("附联系电话", false_values=("", "false"))

    def __init__(
        self, sent: Any, *, what: str, years: Sequence[int], units: Iterable[tuple[UUID, str]] | None
    ) -> None:
        super().__init__(sent)
        self.what = what
        self.year.choices = options((str(year), f"{year} 年") for year in years)
        self.unit.choices = options([("", "全校"), *((str(uuid), name) for uuid, name in units or ())])
        self.status.choices = options(STATES.get(what, (("", ""),)))
        for field in (self.span, self.unit, self.status):
            allowed = [str(choice.value) for choice in field.choices or ()]
            field.validators = [*field.validators, AnyOf(allowed, "请从列表中选择。")]
        if what not in _SPANNED:
            del self.span, self.status
        if what not in _SPANNED or units is None:
            del self.unit
        if what != "standings":
            del self.phone
        for name, field in self._fields.items():
            field.id = field.label.field_id = f"{what}-{name}"

    def chosen(self, name: str) -> str:
        """The value of a field, "" where this list has no such field."""
        return str(self._fields[name].data or "") if name in self._fields else ""

    def span_of(self, known: Iterable[int]) -> tuple[int, ...]:
        """The years asked for that have rules, oldest first."""
        last = int(self.chosen("year"))
        count = int(self.chosen("span") or 1)
        return tuple(year for year in range(last - count + 1, last + 1) if year in set(known))
