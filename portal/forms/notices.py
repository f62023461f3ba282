"""Forms of the notices: what one says and whom it is for, its preview, and the deeds on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from wtforms import BooleanField, Field, SelectField, SelectMultipleField, TextAreaField, ValidationError
from wtforms.validators import AnyOf, Length

from portal.forms import PortalForm, options
from portal.forms.decisions import Versioned, no_controls
from portal.forms.fields import DayField, LineField
from portal.rules.vocabulary import NoticeKind, Subject

LONGEST_TITLE, LONGEST_BODY = 80, 20_000
_BODY = Length(max=LONGEST_BODY, message="正文最多 20000 个字符，请缩短，或分成几条。")


def _needed(sentence: str) -> Any:
    def check(_form: Any, field: Field) -> None:
        value = field.value if hasattr(field, "value") else (field.data or "").strip()
        if not field.errors and not value:
            raise ValidationError(sentence)

    return check


class PreviewForm(PortalForm):
    """What the text will look like."""

    title = LineField("标题", most=LONGEST_TITLE)
    body = TextAreaField("正文", [_BODY, no_controls])


class NoticeForm(Versioned):
    """A notice or a learning plan; no unit ticked means the whole school."""

    kind = SelectField("类型", choices=options((kind.value, kind.label) for kind in NoticeKind))
    subject = SelectField(
        "科目", choices=options([("", "不分科目"), *((s.value, s.label) for s in Subject)]), default=""
    )
    title = LineField("标题", most=LONGEST_TITLE, validators=[_needed("请填写标题。")])
    body = TextAreaField("正文", [_needed("请填写正文。"), _BODY, no_controls])
    first_day = DayField("开始日期", validators=[_needed("请选择开始日期。")])
    last_day = DayField("结束日期")
    units = SelectMultipleField("发送范围", choices=[])
    again = BooleanField("请全体重新阅读", false_values=("", "false"))

    def offer(self, units: Sequence[tuple[str, str]]) -> None:
        """Let these units (uuid, name) be ticked."""
        self.units.choices = options(units)

    def show_days(self, first: date, last: date | None) -> None:
        """Fill the two dates in."""
        for field, day in ((self.first_day, first), (self.last_day, last)):
            field.data, field.value = day.isoformat() if day else "", day

    def told(self, faults: dict[str, list[str]]) -> None:
        """Put each sentence of a refusal beside its field."""
        for name, texts in faults.items():
            if name in self:
                self[name].errors = [*self[name].errors, *texts]


class NoticeDeedForm(Versioned):
    """Publish or withdraw one."""

    action = SelectField(
        "操作",
        [AnyOf(("publish", "withdraw"), message="请选择要做的操作。")],
        choices=options([("publish", "发布"), ("withdraw", "撤回")]),
    )
    tell = BooleanField("同时发送消息", false_values=("", "false"))
