"""The form beside a reading the notice leaves open."""

from __future__ import annotations

from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import AnyOf, Length

from portal.forms import PortalForm
from portal.forms.decisions import REASON_LENGTH, no_controls


class ReadingForm(PortalForm):
    """What an officer says about a reading; `seen` is the digest of the wording they read."""

    reading = StringField("条目", [Length(max=64, message="条目有误，请刷新页面。")])
    seen = HiddenField("版本", [Length(max=64, message="版本有误，请刷新页面。")])
    action = StringField(
        "操作", [AnyOf(("propose", "confirm", "refuse", "withdraw"), message="请选择操作。")]
    )
    note = TextAreaField("说明", [Length(max=REASON_LENGTH, message="说明不超过 500 个字符。"), no_controls])

    @property
    def words(self) -> str:
        return (self.note.data or "").strip()
