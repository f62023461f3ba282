"""The search of the event log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from wtforms import Field, SelectField, StringField, ValidationError
from wtforms.validators import Length

from portal.forms import PortalForm, options
from portal.forms.decisions import SEARCH_LENGTH, no_controls
from portal.forms.fields import DayField

_SHORT = Length(max=SEARCH_LENGTH, message="不超过 60 个字符。")
OBJECTS = (
    ("claim", "申报"),
    ("certificate", "证书"),
    ("person", "人员"),
    ("unit", "单位"),
    ("request", "注册与变更"),
    ("revocations", "批量撤销"),
    ("token", "接口令牌"),
    ("claim-list", "名单申报"),
    ("import", "导入"),
    ("export", "导出"),
    ("notice", "通知与方案"),
    ("year", "年度日程"),
    ("reading", "规则理解"),
    ("policy", "规则试算"),
    ("return_preset", "退回原因"),
    ("provincial-import", "省平台导入"),
    ("difference", "省平台差异"),
    ("absence", "请假"),
    ("list", "名册与清单"),
    ("job", "后台任务"),
    ("log", "操作日志"),
)


class AuditForm(PortalForm):
    """All in the address; anything missing matches everything."""

    q = StringField("操作人（工号、姓名、拼音）", [_SHORT, no_controls])
    person = StringField("涉及人员（工号、姓名、拼音）", [_SHORT, no_controls])
    action = SelectField("操作", choices=options([("", "全部操作")]), default="", validate_choice=False)
    kind = SelectField(
        "对象", choices=options([("", "全部对象"), *OBJECTS]), default="", validate_choice=False
    )
    object = StringField("对象编号", [_SHORT, no_controls])
    since = DayField("自")
    until = DayField("至")
    text = StringField("原因或内容包含", [_SHORT, no_controls])

    def __init__(self, *args: Any, deeds: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.action.choices = options([("", "全部操作"), *deeds.items()])

    def validate_object(self, field: Field) -> None:
        if (field.data or "").strip() and self.uuid is None:
            raise ValidationError("对象编号应为 36 位，如 0b2c…-…；可从日志的“对象”一列复制。")

    @property
    def uuid(self) -> UUID | None:
        """The object's uuid; None for none."""
        try:
            return UUID((self.object.data or "").strip())
        except ValueError:
            return None

    @property
    def given(self) -> dict[str, str]:
        """What was asked, as parameters of an address."""
        return {name: field.data for name, field in self._fields.items() if field.data}
