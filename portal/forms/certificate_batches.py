"""What HR asks of a batch of certificates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from wtforms import BooleanField, RadioField, SelectField
from wtforms.validators import AnyOf, InputRequired

from portal.forms import PortalForm, options


class BatchForm(PortalForm):
    """Year, unit, whether to issue, and the form of what comes out."""

    year = SelectField("年度", coerce=int)
    unit = SelectField("单位")
    issue = BooleanField("代为生成：已达标、还没有证书的人员一并生成", false_values=("", "false"))
    form = RadioField("打印方式", [InputRequired("请选择打印方式。")], default="zip")

    def offer(
        self, years: Iterable[int], units: Iterable[tuple[UUID, str]], forms: Mapping[str, str]
    ) -> None:
        """What may be chosen; nothing else passes."""
        self.year.choices = options((str(year), f"{year} 年度") for year in years)
        self.unit.choices = options([("", "全校"), *((str(uuid), name) for uuid, name in units)])
        self.form.choices = options(forms.items())
        for field in (self.unit, self.form):
            allowed = [str(choice.value) for choice in field.choices or ()]
            field.validators = [*field.validators, AnyOf(allowed, "请从列表中选择。")]
