"""Forms about people: registration, a change of the record, the review of both."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from wtforms import (
    Field,
    HiddenField,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import AnyOf, DataRequired, EqualTo, InputRequired, Length

from portal.forms import PortalForm, options
from portal.forms.fields import LineField
from portal.rules.records import FIELDS
from portal.rules.vocabulary import RequestKind, Status

REASON_LENGTH = 500
RETURN_REASONS = (
    "工号与姓名不符，请核对后重新提交。",
    "用人单位选择有误，请改选后重新提交。",
    "工作部门填写不完整，请补充。",
    "职称信息与人事记录不符，请核对。",
    "与已有账号重复，请使用原账号登录。",
)
_USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{1,31}")
_NO_UNIT = ("", "请选择")
_UNCHOSEN = ("", "选择或在下方填写")
_REVIEWED = (Status.PENDING, Status.APPROVED, Status.RETURNED, Status.WITHDRAWN)


def _unit_known(_form: Any, field: Field) -> None:
    if field.data not in {choice.value for choice in field.choices} - {""}:
        raise ValidationError("请选择用人单位。")


def _no_controls(_form: Any, field: Field) -> None:
    if any(unicodedata.category(sign) == "Cc" and sign not in "\r\n\t" for sign in field.data or ""):
        raise ValidationError("含有不能保存的控制字符，请删除后重填。")


class RecordForm(PortalForm):
    """What the school keeps of a person, as asked for by the person."""

    name = LineField(FIELDS["name"], most=60, validators=[DataRequired("请填写姓名。")])
    unit = SelectField(FIELDS["unit"], validators=[_unit_known], validate_choice=False)
    department = LineField(FIELDS["department"], most=80, validators=[DataRequired("请填写工作部门。")])
    title_series = LineField(FIELDS["title_series"], most=40)
    title = LineField(FIELDS["title"], most=40)
    phone = LineField(FIELDS["phone"], most=32)

    def __init__(self, formdata: Any, *, units: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        self.unit.choices = options([_NO_UNIT, *units])
        self.unit.flags.required = True

    @property
    def facts(self) -> dict[str, str]:
        """The record's fields but the unit, as text in composed form."""
        return {field: unicodedata.normalize("NFC", self[field].value) for field in FIELDS if field != "unit"}

    @property
    def unit_id(self) -> UUID:
        """The chosen unit; only valid once the form is."""
        return UUID(self.unit.data)


class RegistrationForm(RecordForm):
    """A registration, handed in by somebody without an account."""

    username = StringField("工号", [DataRequired("请填写工号。")])
    password = PasswordField("密码", [InputRequired("请填写密码。")])
    again = PasswordField(
        "再次输入密码",
        [InputRequired("请再次输入密码。"), EqualTo("password", message="两次输入的密码不一致。")],
    )

    def validate_username(self, field: Field) -> None:
        field.data = (field.data or "").strip()
        if not _USERNAME.fullmatch(field.data):
            raise ValidationError("工号由 2 至 32 个半角字母、数字组成，请按工作证填写。")


class PeopleQueueForm(PortalForm):
    """Filters of the people's queue, all in the address; anything missing means the default."""

    status = SelectField(
        "状态", choices=options((s.value, s.label) for s in _REVIEWED), default=Status.PENDING.value
    )
    kind = SelectField(
        "类型", choices=options([("", "全部类型"), *((k.value, k.label) for k in RequestKind)]), default=""
    )
    scope = SelectField(
        "范围", choices=options([("needed", "需人事处审核"), ("all", "全部申请")]), default="needed"
    )
    q = StringField("姓名、拼音、工号", [Length(max=60, message="查找内容不超过 60 个字符。"), _no_controls])
    after = StringField("页")

    def address(self, **changes: str) -> dict[str, str]:
        """The filters as parameters of an address, defaults left out."""
        chosen = {name: field.data or "" for name, field in self._fields.items()} | changes
        return {
            name: value
            for name, value in chosen.items()
            if value and (name in changes or value != self._fields[name].default)
        }


class RequestDecisionForm(PortalForm):
    """Approve or return one request."""

    action = StringField("操作", [AnyOf(("approve", "return"), message="请选择“通过”或“退回”。")])
    preset = SelectField(
        "退回原因",
        choices=options([_UNCHOSEN, *((text, text) for text in RETURN_REASONS)]),
        default="",
        validate_choice=False,
    )
    reason = TextAreaField(
        "说明", [Length(max=REASON_LENGTH, message="说明不超过 500 个字符。"), _no_controls]
    )
    version = HiddenField("版本")

    seen: int = 0  # parsed from version

    def __init__(self, *args: Any, request: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if request is not None:
            for field in self:  # several requests may stand open on one page
                field.id = field.label.field_id = f"{field.short_name}-{request.uuid}"

    def validate_preset(self, field: Field) -> None:
        if field.data and field.data not in RETURN_REASONS:
            raise ValidationError("请从列表中选择退回原因，或在说明中填写。")

    def validate_version(self, field: Field) -> None:
        text = field.data or ""
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise ValidationError("页面缺少版本信息，请刷新后重新审核。")
        self.seen = int(text)

    @property
    def words(self) -> str:
        """The reason to record: a preset (when returning) followed by the reviewer's own words."""
        own = (self.reason.data or "").strip()
        return (self.preset.data or "" if self.action.data == "return" else "") + own
