"""Forms about the year: its dates, a reopening for one person, and what one person owes."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, HiddenField, SelectField, ValidationError

from portal.forms import PortalForm, options
from portal.forms.fields import DayField, HoursField, LineField, YearField
from portal.rules.vocabulary import ObligationKind


def _chosen(sentence: str) -> Any:
    def check(_form: Any, field: Any) -> None:
        if not field.errors and field.value in (None, ""):
            raise ValidationError(sentence)

    return check


class _Reasoned(PortalForm):
    """A form whose deed needs a reason, and that can be told what the service refused."""

    reason = LineField("原因", most=200, validators=[_chosen("请填写原因。")])

    def told(self, faults: dict[str, list[str]]) -> None:
        """Put each sentence of a refusal beside its field."""
        for name, texts in faults.items():
            if name in self:
                self[name].errors = [*self[name].errors, *texts]


class YearDatesForm(_Reasoned):
    """The last day of each phase of a year."""

    open_until = DayField("申报截止", validators=[_chosen("请选择申报截止日期。")])
    grace_until = DayField("补报截止", validators=[_chosen("请选择补报截止日期。")])
    review_until = DayField("审核截止", validators=[_chosen("请选择审核截止日期。")])
    accepted = BooleanField("按提前的日期保存", false_values=("", "false"))
    seen = HiddenField()  # the dates the page showed


class ReopeningForm(_Reasoned):
    """A year opened again for one person; its ids stand apart from those of the year's dates."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self:
            field.id = field.label.field_id = f"again-{field.short_name}"

    username = LineField("工号", most=32, validators=[_chosen("请填写工号。")])
    files_until = DayField("补报截止", validators=[_chosen("请选择补报截止日期。")])
    review_until = DayField("审核截止", validators=[_chosen("请选择审核截止日期。")])


class ObligationForm(_Reasoned):
    """What a person owes in a year instead of the notice's figures."""

    year = YearField("年度", validators=[_chosen("请填写年度。")])
    kind = SelectField(
        "类别",
        choices=options((k.value, k.label) for k in ObligationKind if k is not ObligationKind.ENDED),
    )
    public = HoursField("公需科目（学时）", least=0, validators=[_chosen("请填写公需科目应完成的学时。")])
    professional = HoursField(
        "专业科目（学时）", least=0, validators=[_chosen("请填写专业科目应完成的学时。")]
    )


class ObligationEndForm(_Reasoned):
    """The notice's figures hold again."""

    year = YearField("年度", validators=[_chosen("请填写年度。")])
