"""Forms of the review: what the queue is filtered by, a decision."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from wtforms import Field, HiddenField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import AnyOf, Length

from portal.forms import PortalForm, options
from portal.rules.amounts import BadAmount, parse_hours
from portal.rules.vocabulary import CLAIMABLE, Status, Subject

REASON_LENGTH = 500
SEARCH_LENGTH = 60

_ALL, EVERY_UNIT = ("", "全部类别"), ("", "全部单位")
WAITED = (3, 7, 15, 30)  # calendar days
_UNCHOSEN = ("", "选择或在下方填写")
REVIEWED = (Status.PENDING, Status.APPROVED, Status.RETURNED, Status.REVOKED)


def no_controls(_form: Any, field: Field) -> None:
    """Refuse text that cannot be stored or shown. Raises ValidationError."""
    if any(unicodedata.category(sign) == "Cc" and sign not in "\r\n\t" for sign in field.data or ""):
        raise ValidationError("含有不能保存的控制字符，请删除后重填。")


class QueueForm(PortalForm):
    """Filters of the queue, all in the address; anything missing means the default."""

    status = SelectField(
        "状态", choices=options((s.value, s.label) for s in REVIEWED), default=Status.PENDING.value
    )
    category = SelectField(
        "类别", choices=options([_ALL, *((c.value, c.label) for c in CLAIMABLE)]), default=""
    )
    unit = SelectField("单位", choices=options([EVERY_UNIT]), default="", validate_choice=False)
    scope = SelectField(
        "范围", choices=options([("needed", "需人事处审核"), ("all", "全部申报")]), default="needed"
    )
    q = StringField("查找", [Length(max=SEARCH_LENGTH, message="查找内容不超过 60 个字符。"), no_controls])
    waited = SelectField(
        "等待",
        choices=options([("", "等待不限"), *((str(n), f"等待超过 {n} 天") for n in WAITED)]),
        default="",
    )
    sort = SelectField(
        "排序",
        choices=options([("", "默认排序"), ("oldest", "最早在前"), ("newest", "最新在前")]),
        default="",
    )
    group = HiddenField("名单")
    after = StringField("页")

    @property
    def group_id(self) -> UUID | None:
        """The list's uuid, or None for all claims. Raises ValueError when it is no uuid."""
        return UUID(self.group.data) if self.group.data else None

    @property
    def unit_id(self) -> UUID | None:
        """The unit's uuid, or None for all of them. Raises ValueError when it is no uuid."""
        return UUID(self.unit.data) if self.unit.data else None

    def address(self, **changes: str) -> dict[str, str]:
        """The filters as parameters of an address, defaults left out."""
        chosen = {name: field.data or "" for name, field in self._fields.items()} | changes
        return {
            name: value
            for name, value in chosen.items()
            if value and (name in changes or value != self._fields[name].default)
        }

    def said(self) -> str:
        """The filter in words, for the title of the page."""
        fields = (self.status, self.category, self.unit, self.waited)
        words = [
            str(choice.label)
            for field in fields
            for choice in field.choices
            if choice.value and choice.value == field.data
        ]
        if self.group.data:
            words.append("名单申报")
        if (self.q.data or "").strip():
            words.append(f"查找“{self.q.data.strip()}”")
        return " · ".join(words)


class OverviewForm(PortalForm):
    """Filters of the unit's overview."""

    year = SelectField("年度")
    unit = SelectField("单位", validate_choice=False)
    show = SelectField(
        "人员", choices=options([("", "全部人员"), ("short", "未达标"), ("met", "已达标")]), default=""
    )
    sort = SelectField(
        "排序",
        choices=options(
            [("", "未达标在前"), ("gap", "差额从大到小"), ("name", "按姓名"), ("pending", "待审核从多到少")]
        ),
        default="",
    )
    q = StringField("查找", [Length(max=SEARCH_LENGTH, message="查找内容不超过 60 个字符。"), no_controls])

    def __init__(self, formdata: Any, *, years: Sequence[int], units: Iterable[tuple[str, str]]) -> None:
        super().__init__(formdata, data={"year": str(years[0])})
        self.year.choices = options((str(year), f"{year} 年") for year in years)
        self.unit.choices = options(units)

    def validate_unit(self, field: Field) -> None:
        if field.data and field.data not in {choice.value for choice in field.choices}:
            raise ValidationError("没有这个单位。")


class ManyForm(QueueForm):
    """Decide ticked claims, or all of a filter: the filter's own fields come along."""

    action = StringField("操作", [AnyOf(("approve", "return"), message="请选择“通过”或“退回”。")])
    reason = StringField(
        "退回原因", [Length(max=REASON_LENGTH, message="说明不超过 500 个字符。"), no_controls]
    )
    preset = StringField("退回原因")
    all = HiddenField("全部")
    until = HiddenField("时间")

    @property
    def words(self) -> str:
        """The reason to record: a preset (when returning) followed by the reviewer's own words."""
        preset = self.preset.data or "" if self.action.data == "return" else ""
        return preset + (self.reason.data or "").strip()


class Versioned(PortalForm):
    """A deed on a claim in the version the reviewer saw."""

    version = HiddenField("版本")
    seen: int = 0  # parsed from version

    def validate_version(self, field: Field) -> None:
        text = field.data or ""
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise ValidationError("页面缺少版本信息，请刷新后重新审核。")
        self.seen = int(text)


class UndoForm(Versioned):
    """Take back the decision that made this version."""


class DecisionForm(Versioned):
    """Approve or return one claim. `hours` and `subject` left empty mean as asked."""

    action = StringField("操作", [AnyOf(("approve", "return"), message="请选择“通过”或“退回”。")])
    hours = StringField("核定学时")
    subject = SelectField("计入科目", choices=options([("", "按申报")]), validate_choice=False)
    preset = SelectField("退回原因", choices=options([_UNCHOSEN]), validate_choice=False)
    reason = TextAreaField(
        "说明", [Length(max=REASON_LENGTH, message="说明不超过 500 个字符。"), no_controls]
    )

    quarters: int | None = None  # parsed from hours by validation

    def __init__(
        self,
        *args: Any,
        claim: Any = None,
        subjects: tuple[str, ...] = (),
        presets: Collection[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.preset.choices = options([_UNCHOSEN, *((text, text) for text in presets)])
        if claim is None:
            return
        self.subject.choices = options((s.value, s.label) for s in Subject if s.value in subjects)
        for field in self:  # several claims may stand open on one page
            field.id = field.label.field_id = f"{field.short_name}-{claim.uuid}"

    def validate_hours(self, field: Field) -> None:
        if self.action.data != "approve" or not (field.data or "").strip():
            return
        try:
            self.quarters = parse_hours(field.data)
        except BadAmount as fault:
            raise ValidationError(str(fault)) from None

    def validate_preset(self, field: Field) -> None:
        chosen = field.data if self.action.data == "return" else ""
        if chosen and chosen not in {choice.value for choice in field.choices}:
            raise ValidationError("请从列表中选择退回原因，或在说明中填写。")

    @property
    def words(self) -> str:
        """The reason to record: a preset (when returning) followed by the reviewer's own words."""
        own = (self.reason.data or "").strip()
        preset = self.preset.data or "" if self.action.data == "return" else ""
        return preset + own
