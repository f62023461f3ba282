"""A new token of the machine interface."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from wtforms import BooleanField, Field, SelectField, ValidationError

from portal.forms import PortalForm, options
from portal.forms.fields import DayField, LineField
from portal.rules.machines import Scope

_ALL = ("", "全校")
_UNTICKED = ("", "false")


class TokenForm(PortalForm):
    """Which program it is for, what it may do, and until when."""

    name = LineField("用途", most=60)
    write = BooleanField(f"{Scope.WRITE.label}（{Scope.WRITE.value}）", false_values=_UNTICKED)
    update = BooleanField(f"{Scope.UPDATE.label}（{Scope.UPDATE.value}）", false_values=_UNTICKED)
    read = BooleanField(f"{Scope.READ.label}（{Scope.READ.value}）", false_values=_UNTICKED)
    platform = LineField("限定学习平台", most=40)
    unit = SelectField("限定单位", choices=options([_ALL]), validate_choice=False)
    expires_on = DayField("有效期至")

    chosen: UUID | None = None

    def offer(self, units: Iterable[Any]) -> None:
        """The units a token may be narrowed to."""
        self.unit.choices = options([_ALL, *((str(unit.uuid), unit.name) for unit in units)])

    @property
    def scopes(self) -> frozenset[Scope]:
        """What was ticked."""
        ticked = ((self.write, Scope.WRITE), (self.update, Scope.UPDATE), (self.read, Scope.READ))
        return frozenset(scope for field, scope in ticked if field.data)

    def validate_name(self, field: Field) -> None:
        """A word by which HR knows the program."""
        if not field.errors and not field.value:
            raise ValidationError("请填写用途，如“山东开放大学报送”。")

    def validate_expires_on(self, field: Field) -> None:
        """A day."""
        if not field.errors and field.value is None:
            raise ValidationError("请选择有效期的最后一天。")

    def validate_unit(self, field: Field) -> None:
        """The uuid of a unit, or nothing."""
        try:
            self.chosen = UUID(field.data) if field.data else None
        except ValueError:
            raise ValidationError("请从列表中选择单位。") from None
