"""Forms of taking hours back: one claim, several, fewer hours, and the second officer's word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from wtforms import Field, RadioField, StringField, TextAreaField, ValidationError
from wtforms.validators import AnyOf, Length

from portal.forms import PortalForm, options
from portal.forms.decisions import REASON_LENGTH, SEARCH_LENGTH, no_controls
from portal.forms.fields import HoursField
from portal.rules.vocabulary import RevocationKind

_TOO_LONG = Length(max=REASON_LENGTH, message="原因不超过 500 个字符。")
_SHORT = Length(max=SEARCH_LENGTH, message="不超过 60 个字符。")
MOST = 500  # claims of one proposal
PICK = "pick-"


class RevocationForm(PortalForm):
    """Why approved hours are taken back. Without a kind it counts as 认定有误, which flags nobody."""

    kind = RadioField(
        "查实情况",
        choices=options((kind.value, kind.label) for kind in RevocationKind),
        default=RevocationKind.MISTAKEN.value,
    )
    reason = TextAreaField("撤销原因", [_TOO_LONG, no_controls])

    def validate_kind(self, field: Field) -> None:
        if field.data not in list(RevocationKind):
            raise ValidationError("请选择“虚假材料”或“认定有误”。")

    @property
    def found(self) -> RevocationKind:
        return RevocationKind(self.kind.data or RevocationKind.MISTAKEN.value)

    @property
    def words(self) -> str:
        return (self.reason.data or "").strip()


class FindingForm(PortalForm):
    """Why a finding of false material does not stand."""

    reason = TextAreaField("更正原因", [_TOO_LONG, no_controls])


class LowerForm(PortalForm):
    """Fewer approved hours."""

    hours = HoursField("核定学时改为")
    reason = TextAreaField("调低原因", [_TOO_LONG, no_controls])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reason.id = self.reason.label.field_id = "lower-reason"  # beside the form that revokes


class FindForm(PortalForm):
    """Whose approved claims, decided by whom, or of which training or work."""

    person = StringField("申报人（工号、姓名、拼音）", [_SHORT, no_controls])
    reviewer = StringField("审核人（工号、姓名、拼音）", [_SHORT, no_controls])
    title = StringField("名称或主办单位", [_SHORT, no_controls])


class ProposalForm(PortalForm):
    """The second officer's word, or the proposer's."""

    action = StringField(
        "操作", [AnyOf(("confirm", "refuse", "withdraw", "continue"), message="请选择操作。")]
    )


def chosen(given: Iterable[str]) -> list[UUID]:
    """The claims whose boxes (`pick-UUID`) were ticked. Raises ValueError for none or too many."""
    texts = [name.removeprefix(PICK) for name in given if name.startswith(PICK)]
    if not texts:
        raise ValueError("请至少勾选一项申报。")
    if len(texts) > MOST:
        raise ValueError(f"一次最多勾选 {MOST} 项申报，请分批办理。")
    try:
        return list(dict.fromkeys(UUID(text) for text in texts))
    except ValueError:
        raise ValueError("勾选的申报编号有误，请刷新页面重新选择。") from None
