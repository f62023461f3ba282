"""The people of a list: 工号 as they were pasted, and ticks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from wtforms import Field, TextAreaField, ValidationError
from wtforms.validators import Length

from portal.forms import PortalForm

_BETWEEN = re.compile(r"[\s,;:|/、，；：。]+")
_NUMBER = re.compile(r"[0-9A-Za-z_.-]{1,32}")
LONGEST = 20_000  # signs pasted


class PeopleForm(PortalForm):
    """工号 in any arrangement: lines, commas, a column pasted from a spreadsheet."""

    numbers = TextAreaField("工号", [Length(max=LONGEST, message="工号太多，请分几次提交。")])

    def validate_numbers(self, field: Field) -> None:
        wrong = [word for word in _words(field.data) if not _NUMBER.fullmatch(word)]
        if wrong:
            shown = "、".join(word[:20] for word in wrong[:3])
            raise ValidationError(f"“{shown}”不是工号。只填工号，用空格、逗号或换行分开；姓名请在下面勾选。")

    @property
    def usernames(self) -> list[str]:
        """Every 工号 once, in the order pasted; words that are none are left out."""
        return [word for word in dict.fromkeys(_words(self.numbers.data)) if _NUMBER.fullmatch(word)]


def uuids(texts: Iterable[str]) -> list[UUID]:
    """The uuids among ticks, each once. Raises ValueError for anything else."""
    return list(dict.fromkeys(UUID(text) for text in texts))


def _words(text: Any) -> list[str]:
    return [word for word in _BETWEEN.split(text or "") if word]
