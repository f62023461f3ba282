"""Forms about units, their admins, absences, annex papers and HR's roles."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from wtforms import Field, SelectField, StringField, ValidationError
from wtforms.validators import AnyOf

from portal.forms import PortalForm, options
from portal.forms.fields import DayField, LineField
from portal.rules.vocabulary import Role

_CODE = re.compile(r"[A-Z][A-Z0-9]{1,15}")
_DESK_PHONE = re.compile(r"[0-9][0-9\- ]{2,19}(转[0-9]{1,6})?")
_AT_ONCE = ("", "不交接，新增一位")


class _Apart(PortalForm):
    """A form that may stand several times on a page: `mark` sets its ids apart."""

    def __init__(self, *args: Any, mark: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self if mark else ():
            field.id = field.label.field_id = f"{field.short_name}-{mark}"


def _needed(sentence: str) -> Any:
    def check(_form: Any, field: Any) -> None:
        if not field.errors and not (field.data or "").strip():
            raise ValidationError(sentence)

    return check


def _dialled(_form: Any, field: Any) -> None:
    if not field.errors and not _DESK_PHONE.fullmatch((field.data or "").strip()):
        raise ValidationError("座机号由数字和短横线组成，如 0536-8462000，分机写作“转123”。")


class NameForm(_Apart):
    """The name of a unit."""

    name = LineField("单位名称", most=80, validators=[_needed("请填写单位名称。")])


class UnitForm(NameForm):
    """A new unit; its code stands in certificate numbers and stays."""

    code = StringField("单位代码", validators=[_needed("请填写单位代码。")])

    def validate_code(self, field: Field) -> None:
        """Capital letters and digits only."""
        if not _CODE.fullmatch((field.data or "").strip()):
            raise ValidationError("代码为 2 至 16 位大写字母或数字，以字母开头，如 HLXY。")


class AppointForm(_Apart):
    """Somebody becomes admin of a unit, perhaps in another one's place."""

    username = LineField("工号", most=32, validators=[_needed("请填写拟任命人员的工号。")])
    desk_phone = StringField("座机号", validators=[_needed("请填写座机号，附件2 需要。"), _dialled])
    since = DayField("起始日期", validators=[_needed("请选择起始日期。")])
    instead_of = SelectField("交接", choices=options([_AT_ONCE]), validate_choice=False)

    replaced: UUID | None = None

    def offer(self, admins: Iterable[Any]) -> None:
        """The admins somebody may take over from."""
        self.instead_of.choices = options(
            [_AT_ONCE, *((str(admin.uuid), f"接替{admin.name}") for admin in admins)]
        )

    def validate_instead_of(self, field: Field) -> None:
        """The uuid of a person, or nothing."""
        try:
            self.replaced = UUID(field.data) if field.data else None
        except ValueError:
            raise ValidationError("请从列表中选择交接人。") from None


class _OfAnAdmin(_Apart):
    """Something about one of the unit's admins."""

    person = StringField("人员")

    chosen: UUID | None = None

    def validate_person(self, field: Field) -> None:
        """The uuid of a person."""
        try:
            self.chosen = UUID(field.data or "")
        except ValueError:
            raise ValidationError("请从列表中选择人员。") from None


class EndForm(_OfAnAdmin):
    """An appointment ends after a day, or at once."""

    last_day = DayField("最后一天")


class PhoneForm(_OfAnAdmin):
    """An admin's desk phone changes."""

    desk_phone = StringField("座机号", validators=[_needed("请填写座机号，附件2 需要。"), _dialled])


class PaperForm(_Apart):
    """附件2 came in on paper, or the note of it was a mistake."""

    action = StringField("操作", validators=[AnyOf(("receive", "remove"), message="请重新选择操作。")])
    received_on = DayField("收到日期")

    def validate_received_on(self, field: Field) -> None:
        """A date, when something is received."""
        if self.action.data == "receive" and not (field.data or "").strip():
            raise ValidationError("请选择收到纸质表的日期。")


class DeadlineForm(_Apart):
    """The last day for 附件2 in a year."""

    due_on = DayField("截止日期", validators=[_needed("请选择截止日期。")])


class AbsenceForm(_Apart):
    """Days an admin cannot act."""

    first_day = DayField("开始日期", validators=[_needed("请选择开始日期。")])
    last_day = DayField("结束日期", validators=[_needed("请选择结束日期（含当天）。")])
    note = LineField("说明", most=100)


class RoleForm(_Apart):
    """A change of somebody's HR or auditor role, to be confirmed by a second officer."""

    username = LineField("工号", most=32, validators=[_needed("请填写工号。")])
    role = SelectField("角色", choices=options((role.value, role.label) for role in (Role.HR, Role.AUDITOR)))
    change = SelectField("变更", choices=options([("give", "授予"), ("end", "结束")]))


class RoleDecisionForm(PortalForm):
    """What happens to a waiting role change."""

    action = StringField(
        "操作", validators=[AnyOf(("confirm", "refuse", "withdraw"), message="请选择确认、退回或撤回。")]
    )
