"""Fields that keep what was typed and say, in a sentence, why it cannot be read.

Each holds the text in `.data` and what it means in `.value` (None when empty or wrong). An empty field
is never wrong here: what is missing matters only when something is sent, and the rules know that.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

from markupsafe import Markup
from wtforms import SelectField, StringField
from wtforms.validators import ValidationError
from wtforms.widgets import TextInput

from portal.rules.amounts import PER_HOUR, BadAmount, parse_hours

MOST_HOURS = 3000  # far above any real claim; what counts is a matter of the rules
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEAR = re.compile(r"[0-9]{4}")
_INVISIBLE = frozenset({"Cc", "Cs"}) | {"Zl", "Zp"}
_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class DateInput(TextInput):
    """A date picker; a plain box when the text is no date, so that what was typed stays visible."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        kwargs.setdefault("type", "date" if not field.data or _shows(field.data) else "text")
        return super().__call__(field, **kwargs)


def _shows(text: str) -> bool:
    """Whether a date picker can show this; one from a page's own default was never validated."""
    try:
        return bool(_DAY.fullmatch(text)) and date.fromisoformat(text) is not None
    except ValueError:
        return False


class LineField(StringField):
    """One line of text of limited length; every printable character of Unicode is welcome."""

    def __init__(self, label: str, *, most: int, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.most = most

    @property
    def value(self) -> str:
        """The text without surrounding space."""
        return (self.data or "").strip()

    def pre_validate(self, form: Any) -> None:
        text = self.value
        if any(unicodedata.category(char) in _INVISIBLE or char in _BIDI for char in text):
            raise ValidationError(f"{self.label.text}中有换行、控制字符等看不见的字符，请删去后重新填写。")
        if len(text) > self.most:
            raise ValidationError(
                f"{self.label.text}最多 {self.most} 个字符，现在有 {len(text)} 个，请缩短。"
            )


class HoursField(StringField):
    """Hours in steps of half an hour; `.value` is integer quarter-hours."""

    value: int | None = None

    def __init__(self, label: str = "", *, least: int = 1, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.least = least

    def pre_validate(self, form: Any) -> None:
        self.value = None
        text = (self.data or "").strip()
        if not text:
            return
        try:
            quarters = parse_hours(text)
        except BadAmount as bad:
            raise ValidationError(str(bad)) from None
        if quarters < self.least:
            raise ValidationError("学时须大于 0。")
        if quarters > MOST_HOURS * PER_HOUR:
            raise ValidationError(f"一项申报最多填写 {MOST_HOURS} 学时，请核对。")
        self.value = quarters


class YearsMixin:
    """Knows which years can be claimed for; the form sets `years` (first, last)."""

    years: tuple[int, int] = (1, 9999)

    def check_year(self, year: int) -> None:
        """Raises ValidationError outside the range, with a word on a slipped century."""
        first, last = self.years
        if first <= year <= last:
            return
        hint = "，请检查年份是否输错" if abs(year - last) >= 50 else ""
        raise ValidationError(f"{year} 年不在可申报的范围（{first} 至 {last} 年）{hint}。")


class DayField(YearsMixin, StringField):
    """A calendar date, written as 2025-07-01."""

    widget = DateInput()
    value: date | None = None

    def pre_validate(self, form: Any) -> None:
        self.value = None
        text = (self.data or "").strip()
        if not text:
            return
        if not _DAY.fullmatch(text):
            raise ValidationError(f"“{text[:20]}”不是日期，请按 2025-07-01 的格式填写。")
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise ValidationError(f"{text} 这一天不存在，请检查月份和日期。") from None
        self.check_year(day.year)
        self.value = day


class YearField(YearsMixin, StringField):
    """A calendar year in four digits."""

    value: int | None = None

    def pre_validate(self, form: Any) -> None:
        self.value = None
        text = (self.data or "").strip()
        if not text:
            return
        if not _YEAR.fullmatch(text):
            raise ValidationError(f"“{text[:20]}”不是年份，请填写四位数字，如 2025。")
        self.check_year(int(text))
        self.value = int(text)


class WordSelectField(SelectField):
    """One word of a closed list, or nothing yet; `.value` is "" when empty."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, choices={}, validate_choice=False, **kwargs)

    @property
    def value(self) -> str:
        """The chosen word, "" when nothing or nonsense was chosen."""
        return self.data if self.data in self.choices else ""

    def pre_validate(self, form: Any) -> None:
        if self.data and self.data not in self.choices:
            raise ValidationError(f"请从列表中选择{self.label.text}。")
