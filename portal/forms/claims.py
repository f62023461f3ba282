"""The claim form: one field list per category, the words of the policy as choices, text as it was typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from wtforms import BooleanField, HiddenField

from portal.forms import PortalForm
from portal.forms.fields import DayField, HoursField, LineField, WordSelectField, YearField
from portal.rules.amounts import BadAmount, parse_hours, show_hours
from portal.rules.filing import ClaimInput
from portal.rules.policy import Policy
from portal.rules.vocabulary import CLAIMABLE, Approval, Category, Subject

_STUDY = ("kind", "title", "organizer", "approval", "approval_no")
_WORK = ("kind", "title", "date", "author_name", "rank", "level", "owner", "work_id", "marked")
FIELDS: dict[str, tuple[str, ...]] = {
    Category.TRAINING: ("subject", "start", "end", "hours", *_STUDY),
    Category.SELF_STUDY: ("year", "hours", *_STUDY),
    Category.ACHIEVEMENT: _WORK,
    Category.PUBLICATION: _WORK,
}
_ALWAYS = ("category", "truthful", "keep_zero", "idempotency_key", "version")
_SPLIT = re.compile(r"split_([0-9]{4})")
_KEY = re.compile(r"[0-9A-Za-z_-]{1,64}")
_VERSION = re.compile(r"[0-9]{1,9}")
CHOOSE = "请选择"
MOST_YEARS = 6  # a training that touches more years than this is a slip of the pen

TITLES = {
    Category.TRAINING: ("培训名称", "主办单位（可不填）"),
    Category.SELF_STUDY: ("专业或课程", "学校或主考单位（可不填）"),
    Category.ACHIEVEMENT: ("成果名称", ""),
    Category.PUBLICATION: ("论文或著作名称", ""),
}


def category_of(given: str | None) -> Category:
    """The claimable category of that name; training when it is none."""
    return Category(given) if given in CLAIMABLE else Category.TRAINING


def version_in(sent: Mapping[str, str]) -> int | None:
    """The version of the claim a page showed, when it says one."""
    text = sent.get("version", "")
    return int(text) if _VERSION.fullmatch(text) else None


class ClaimForm(PortalForm):
    """Every field a claim can have; `for_category` leaves only those of one category."""

    category = HiddenField()
    kind = WordSelectField("形式")
    subject = WordSelectField("计入科目")
    title = LineField("名称", most=200)
    organizer = LineField("主办单位", most=120)
    start = DayField("开始日期")
    end = DayField("结束日期")
    hours = HoursField("学时")
    year = YearField("年度")
    date = DayField("发表或取得日期")
    author_name = LineField("姓名", most=60)
    rank = LineField("位次", most=40)
    level = WordSelectField("等级")
    owner = LineField("产权单位", most=120)
    work_id = LineField("编号（DOI、ISBN、证书号等）", most=120)
    approval = WordSelectField("学校组织或审批")
    approval_no = LineField("文件号（可不填）", most=80)
    marked = BooleanField("材料上已标明姓名、位次、等级、产权单位")
    truthful = BooleanField("本人确认所提交材料真实有效")
    keep_zero = BooleanField("按现有学时计入 0 学时，仍要留存")
    idempotency_key = HiddenField()
    version = HiddenField()

    policy: Policy
    splits: dict[int, str]
    extra_errors: dict[str, list[str]]

    @classmethod
    def for_category(
        cls,
        policy: Policy,
        years: tuple[int, int],
        formdata: Any = None,
        *,
        category: str | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> ClaimForm:
        """The form of a category, filled from what was sent, else from `data`.

        `years` are the first and last that may be named.
        """
        form = cls(formdata, data=dict(data or {}))
        chosen = category_of(category or form.category.data)
        form.category.data = chosen.value
        form.policy = policy
        form.splits = _splits(formdata, data)
        form.extra_errors = {}
        form._keep_fields(FIELDS[chosen])
        form._offer_choices(chosen)
        for name in ("start", "end", "date", "year"):
            if name in form:
                form[name].years = years
        return form

    def read(self) -> tuple[ClaimInput, dict[str, list[str]]]:
        """What the form says, and a sentence for every field that cannot be read. Missing is not wrong."""
        self.validate()
        wrong = {name: list(texts) for name, texts in self.errors.items() if name and texts}
        across: dict[str, list[str]] = {}
        for name, text in self._across():
            across.setdefault(name, []).append(text)
            wrong.setdefault(name, []).append(text)
        self.explain(across)
        return self._input(), wrong

    def explain(self, fields: Mapping[str, Iterable[str]]) -> None:
        """Put sentences beside their fields; `extra_errors` keeps those of no field of this form."""
        for name, texts in fields.items():
            if name in self:
                self[name].errors = [*self[name].errors, *texts]
            else:
                self.extra_errors.setdefault(name, []).extend(texts)

    def forget_errors(self) -> None:
        """No complaints: for a form that is shown without having been sent."""
        self.extra_errors.clear()
        for field in self:
            field.errors = []

    def all_errors(self) -> dict[str, list[str]]:
        """Every sentence by the id of the element it belongs to."""
        beside = {field.id: list(field.errors) for field in self if field.errors}
        return {**beside, **self.extra_errors}

    @property
    def split_years(self) -> range:
        """The years of a training across 31 December, empty for any other claim."""
        first, last = self._value("start"), self._value("end")
        if first is None or last is None or not first.year < last.year:
            return range(0)
        return range(first.year, min(last.year, first.year + MOST_YEARS - 1) + 1)

    @property
    def key(self) -> str | None:
        """The key that makes a repeated sending harmless, when it is one."""
        text = self.idempotency_key.data or ""
        return text if _KEY.fullmatch(text) else None

    @property
    def seen_version(self) -> int | None:
        """The version of the claim the page showed."""
        return version_in({"version": self.version.data or ""})

    def _keep_fields(self, wanted: tuple[str, ...]) -> None:
        for name in [name for name in self._fields if name not in wanted and name not in _ALWAYS]:
            del self[name]

    def _offer_choices(self, category: Category) -> None:
        rules = self.policy.category(category.value)
        self.kind.choices = _offered(rules.kinds)
        title, organizer = TITLES[category]
        self.title.label.text = title
        if "organizer" in self:
            self.organizer.label.text = organizer
            self.approval.choices = {"": CHOOSE, **{word.value: word.label for word in Approval}}
        if "subject" in self:
            self.subject.choices = {"": CHOOSE, **{word: Subject(word).label for word in rules.subjects}}
        if "level" in self:
            kind = self.kind.value
            self.level.choices = _offered(rules.levels(kind) if kind else ())

    def _value(self, name: str) -> Any:
        return self[name].value if name in self else None

    def _text(self, name: str) -> str:
        return self._value(name) or ""

    def _across(self) -> Iterable[tuple[str, str]]:
        start, end = self._value("start"), self._value("end")
        if start and end and end < start:
            yield "end", f"结束日期 {end} 早于开始日期 {start}，请检查。"
        elif start and end and end.year - start.year >= MOST_YEARS:
            yield "end", f"起止日期跨越 {end.year - start.year + 1} 个年度，请检查年份是否输错。"
        yield from self._split_faults()

    def _split_faults(self) -> Iterable[tuple[str, str]]:
        quarters = self._value("hours")
        years = self.split_years
        given = {year: self.splits.get(year, "") for year in years}
        if not any(given.values()):
            return
        total = 0
        for year, text in given.items():
            if not text:
                yield "split", f"请填写 {year} 年的学时；不填写任何年度则按天数比例划分。"
                return
            try:
                total += parse_hours(text)
            except BadAmount as bad:
                yield "split", f"{year} 年：{bad}"
                return
        if quarters is not None and total != quarters:
            yield "split", f"各年度学时合计 {show_hours(total)}，与申报的 {show_hours(quarters)} 学时不一致。"

    def _split(self) -> dict[int, int] | None:
        years = self.split_years
        if not years or any(True for _ in self._split_faults()):
            return None
        given = {year: self.splits.get(year, "") for year in years}
        return {year: parse_hours(text) for year, text in given.items()} if all(given.values()) else None

    def _input(self) -> ClaimInput:
        rules = self.policy.category(self.category.data)
        subject = self._text("subject") if "subject" in self else rules.subjects[0]
        return ClaimInput(
            category=self.category.data,
            kind=self._text("kind"),
            subject=subject,
            title=self._text("title"),
            organizer=self._text("organizer"),
            start=self._value("start"),
            end=self._value("end"),
            quarters=self._value("hours"),
            year=self._value("year"),
            on=self._value("date"),
            split=self._split(),
            author_name=self._text("author_name"),
            rank=self._text("rank"),
            level=self._text("level"),
            owner=self._text("owner"),
            work_id=self._text("work_id"),
            approval=self._text("approval"),
            approval_no=self._text("approval_no"),
            marked="marked" in self and bool(self.marked.data),
            truthful=bool(self.truthful.data),
            keep_zero=bool(self.keep_zero.data),
        )


def _offered(words: Iterable[str]) -> dict[str, str]:
    return {"": CHOOSE, **{word: word for word in words}}


def _splits(formdata: Any, data: Mapping[str, Any] | None) -> dict[int, str]:
    if formdata:
        found = ((_SPLIT.fullmatch(name), name) for name in formdata)
        return {int(match[1]): formdata[name].strip()[:20] for match, name in found if match}
    return dict((data or {}).get("splits") or {})
