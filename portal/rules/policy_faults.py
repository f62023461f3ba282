"""What can be wrong with a policy file, each fault with the sentence that names the mend."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeGuard

from pydantic import ValidationError

from portal.rules.policy_models import ANY, Shape

DAY_HOURS = 24
MEASURES_NEED = {"per_item": "each", "per_day": "each", "per_kind": "kind_hours", "table": "table"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: in which file, at which key, what, and how to mend it."""

    file: str
    key: str
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}：{self.key}：{self.what}；{self.mend}。"


_MENDS = {
    "missing": ("缺少这一项", "请补上"),
    "date_from_datetime_parsing": ("日期不存在或写法不对", "请改为日历上有的日期，如 2025-11-25"),
    "date_parsing": ("日期不存在或写法不对", "请改为日历上有的日期，如 2025-11-25"),
    "date_type": ("应为日期", "请写成如 2025-11-25"),
    "string_type": ("应为文字", "请加上引号"),
    "int_type": ("应为整数，不能是文字", "请去掉引号"),
    "greater_than_equal": ("数值过小", "请填写合理的数值"),
    "less_than_equal": ("数值过大", "请填写合理的数值"),
    "tuple_type": ("应为列表", "请写成 [ … ]"),
    "too_short": ("不能为空", "请至少填写一项"),
    "model_type": ("应为一组键值", "请写成表，如 { … }"),
    "dict_type": ("应为一组键值", "请写成表，如 [ … ] 标题下的各行"),
    "bool_type": ("应为 true 或 false", "请改正"),
}


def shape_faults(error: ValidationError, raw: Mapping[str, Any], name: str) -> Iterator[Fault]:
    """The faults pydantic found, in the words of the person who edits the file."""
    for detail in error.errors(include_url=False):
        where = detail["loc"]
        key = _where(where, raw)
        kind = detail["type"]
        if kind == "extra_forbidden":
            yield Fault(name, key, "没有这个键", _nearest(str(where[-1]), where, raw))
        elif kind == "value_error":
            what, _, mend = str(detail["ctx"]["error"]).partition("；")
            yield Fault(name, key, what, mend or "请改正")
        elif kind in ("literal_error", "enum"):
            allowed = str(detail["ctx"]["expected"]).replace(" or ", "、").replace(", ", "、")
            yield Fault(name, key, f"“{detail['input']}”不是允许的值", f"请改为其中之一：{allowed}")
        elif kind == "string_pattern_mismatch":
            pattern = detail["ctx"]["pattern"]
            yield Fault(name, key, f"“{detail['input']}”写法不对", f"请按此格式填写：{pattern}")
        else:
            what, mend = _MENDS.get(kind, (detail["msg"], "请改正"))
            yield Fault(name, key, what, mend)


_KNOWN_KEYS = sorted(
    {field.alias or name for shape in Shape.__subclasses__() for name, field in shape.model_fields.items()}
    | {"extends"}
)


def _nearest(key: str, where: tuple[int | str, ...], raw: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(key, _KNOWN_KEYS, n=1, cutoff=0.6)
    return f"是否应为“{near[0]}”，请改正" if near else "请删去，或改为 docs/policy.md 所列的键"


def _where(path: tuple[int | str, ...], raw: Any) -> str:
    """A readable place such as `cap[day].max`: list entries are named by their id, subject or quote."""
    text, here = "", raw
    for step in path:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            here = None
        if isinstance(step, int):
            label = next(
                (here[k] for k in ("id", "subject") if isinstance(here, dict) and k in here), step + 1
            )
            text += f"[{label}]"
        else:
            text += f".{step}" if text else str(step)
    return text or "文件"


def _tables(raw: Mapping[str, Any], key: str) -> list[tuple[str, dict[str, Any]]]:
    """The tables of a list under `key` with their places; whatever is no table is the shape check's."""
    found = raw.get(key, [])
    if not isinstance(found, list):
        return []
    return [(_where((key, i), raw), item) for i, item in enumerate(found) if isinstance(item, dict)]


def _named(raw: Mapping[str, Any], key: str) -> list[tuple[str, dict[str, Any]]]:
    found = raw.get(key, {})
    if not isinstance(found, dict):
        return []
    return [(name, item) for name, item in found.items() if isinstance(item, dict)]


def _words(value: object) -> list[str]:
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


def _numbers(raw: Mapping[str, Any]) -> Iterator[tuple[str, object, object]]:
    """Every number of hours as (place, number, its quote)."""
    for where, standard in _tables(raw, "standard"):
        yield f"{where}.min", standard.get("min"), standard.get("quote")
    for where, cap in _tables(raw, "cap"):
        yield f"{where}.max", cap.get("max"), cap.get("quote")
    for name, category in _named(raw, "category"):
        if "each" in category:
            yield f"category.{name}.each", category["each"], category.get("quote")
        for where, row in _tables(category, "table"):
            yield f"category.{name}.{where}.hours", row.get("hours"), row.get("quote")
        for kind, row in _named(category, "kind_hours"):
            yield f"category.{name}.kind_hours.{kind}.hours", row.get("hours"), row.get("quote")


def _is_number(value: object) -> TypeGuard[int | Decimal]:
    """A finite number; whatever else stands there is the shape check's to tell."""
    return not isinstance(value, bool) and isinstance(value, int | Decimal) and Decimal(value).is_finite()


def _says(quote: str, number: int | Decimal) -> bool:
    digits = f"{Decimal(number).normalize():f}"
    return re.search(rf"(?<![0-9.]){re.escape(digits)}(?![0-9]|\.[0-9])", quote) is not None


def sense_faults(raw: Mapping[str, Any], name: str) -> Iterator[Fault]:
    """Faults of meaning that need no notice: numbers without words, lists that disagree, crossing caps.

    Works on the plain table, so that these are told together with the faults of shape.
    """
    for where, number, quote in _numbers(raw):
        if _is_number(number) and isinstance(quote, str) and not _says(quote, number):
            yield Fault(
                name, where, f"引文“{quote}”中没有 {number} 这个数", "请改回引文中的数，或换成写有此数的引文"
            )
    yield from _repeats(raw, name)
    yield from _category_faults(raw, name)
    yield from _cap_faults(raw, name)
    yield from _about_faults(raw, name)
    first, last = raw.get("from_year"), raw.get("to_year")
    if isinstance(first, int) and isinstance(last, int) and last < first:
        yield Fault(name, "to_year", f"{last} 早于 from_year {first}", "请改为不早于 from_year 的年度")


def _about_faults(raw: Mapping[str, Any], name: str) -> Iterator[Fault]:
    known = {f"category.{code}" for code, _ in _named(raw, "category")}
    known |= {f"cap.{cap.get('id')}" for _, cap in _tables(raw, "cap")}
    known |= {f"standard.{one.get('subject')}" for _, one in _tables(raw, "standard")}
    for where, reading in _tables(raw, "interpretation"):
        for rule in _words(reading.get("about", [])):
            if rule not in known:
                mend = "请写成 cap.上限、category.类别 或 standard.科目，并使其存在"
                yield Fault(name, f"{where}.about", f"没有规则“{rule}”", mend)


def _repeats(raw: Mapping[str, Any], name: str) -> Iterator[Fault]:
    for key, by in (("standard", "subject"), ("cap", "id"), ("condition", "id"), ("interpretation", "id")):
        seen = set()
        for where, item in _tables(raw, key):
            value = item.get(by)
            if isinstance(value, str) and value in seen:
                yield Fault(name, f"{where}.{by}", f"“{value}”出现两次", "请删去其中一个")
            elif isinstance(value, str):
                seen.add(value)


def _category_faults(raw: Mapping[str, Any], name: str) -> Iterator[Fault]:
    subjects = {item.get("subject") for _, item in _tables(raw, "standard")}
    conditions = {item.get("id") for _, item in _tables(raw, "condition")}
    for code, category in _named(raw, "category"):
        where = f"category.{code}"
        kinds = _words(category.get("kinds", []))
        for subject in _words(category.get("subjects")):
            if subject not in subjects:
                yield Fault(
                    name, f"{where}.subjects", f"没有科目“{subject}”", "请改为某个 [[standard]] 的 subject"
                )
        for condition in _words(category.get("conditions", [])):
            if condition not in conditions:
                yield Fault(
                    name, f"{where}.conditions", f"没有条件“{condition}”", "请改为某个 [[condition]] 的 id"
                )
        need = MEASURES_NEED.get(str(category.get("measure")))
        if need and not category.get(need):
            yield Fault(
                name, f"{where}.{need}", f"measure = “{category['measure']}”时不能没有这一项", "请补上"
            )
        for idle in sorted({*MEASURES_NEED.values()} - {need}):
            if category.get(idle):
                what = f"measure = “{category.get('measure')}”时不用这一项"
                yield Fault(name, f"{where}.{idle}", what, "请删去，或改正 measure")
        if category.get("evidence") and not kinds:
            what = "有证明材料清单而没有类型，无人能够申报"
            yield Fault(name, f"{where}.kinds", what, "请写上类型，或删去 evidence")
        for key in ("evidence", "levels", "kind_hours"):
            listed = category.get(key, {})
            for kind in listed if isinstance(listed, dict) else ():
                if kind not in kinds and kind != ANY:
                    mend = f"请改为 kinds 中的类型（{'、'.join(kinds)}），或把它加入 kinds"
                    yield Fault(name, f"{where}.{key}.{kind}", f"kinds 中没有类型“{kind}”", mend)
        evidence = category.get("evidence", {})
        if isinstance(evidence, dict) and ANY not in evidence:
            for kind in kinds:
                if kind not in evidence:
                    yield Fault(
                        name,
                        f"{where}.evidence",
                        f"类型“{kind}”没有证明材料清单",
                        "请为它补上 all_of 与 quote",
                    )


def _cap_faults(raw: Mapping[str, Any], name: str) -> Iterator[Fault]:
    categories = dict(_named(raw, "category"))
    caps = dict(_tables(raw, "cap"))
    ids = {cap.get("id") for cap in caps.values()}
    for where, cap in caps.items():
        per_day = cap.get("per") == "day"
        most = cap.get("max")
        if per_day and _is_number(most) and most > DAY_HOURS:
            yield Fault(name, f"{where}.max", f"一天没有 {most} 学时", f"请改为不超过 {DAY_HOURS} 的数")
        for code in _words(cap.get("categories")):
            category = categories.get(code)
            if category is None:
                yield Fault(
                    name, f"{where}.categories", f"没有类别“{code}”", "请改为某个 [category.…] 的名字"
                )
            elif cap.get("id") not in _words(category.get("caps")):
                mend = f"请在 [category.{code}] 的 caps 中写上“{cap.get('id')}”，或从本上限中去掉“{code}”"
                yield Fault(name, f"{where}.categories", f"“{code}”没有写明受这一上限约束", mend)
            if per_day and category is not None and category.get("year_rule") != "days":
                mend = "请把它的 year_rule 改为 days，或从本上限中去掉"
                yield Fault(name, f"{where}.categories", f"“{code}”没有起止日期，不能按天设上限", mend)
    for code, category in categories.items():
        for cap_id in _words(category.get("caps")):
            if cap_id not in ids:
                what, mend = f"没有上限“{cap_id}”", "请改为某个 [[cap]] 的 id"
                yield Fault(name, f"category.{code}.caps", what, mend)
            elif not any(
                cap.get("id") == cap_id and code in _words(cap.get("categories")) for cap in caps.values()
            ):
                what = f"写明受“{cap_id}”约束，而该上限的 categories 中没有“{code}”"
                mend = f"请在 cap[{cap_id}].categories 中补上“{code}”，或从 caps 中去掉“{cap_id}”"
                yield Fault(name, f"category.{code}.caps", what, mend)
    yield from _crossings(caps, name)


def _crossings(caps: Mapping[str, Mapping[str, Any]], name: str) -> Iterator[Fault]:
    """Caps must form a tree with day caps as its leaves, else an added claim could shrink an earlier one."""
    pooled = [(where, cap) for where, cap in caps.items() if cap.get("per") in ("day", "year")]
    for i, (where, cap) in enumerate(pooled):
        mine = set(_words(cap.get("categories")))
        for other_where, other in pooled[:i]:
            theirs = set(_words(other.get("categories")))
            both = mine & theirs
            kinds = (cap.get("per"), other.get("per"))
            if not both:
                continue
            if kinds == ("day", "day"):
                what = f"与 {other_where} 都按天约束“{'、'.join(sorted(both))}”"
                yield Fault(name, f"{where}.categories", what, "请使每个类别只受一个按天的上限约束")
            elif kinds == ("year", "year") and not (mine <= theirs or theirs <= mine):
                yield Fault(
                    name,
                    f"{where}.categories",
                    f"与 {other_where} 交叉",
                    "请使其中一个包含另一个，或互不相交",
                )
            elif (kinds == ("day", "year") and not mine <= theirs) or (
                kinds == ("year", "day") and not theirs <= mine
            ):
                mend = "请使按年的上限包含按天上限的全部类别，或与之不相交"
                yield Fault(name, f"{where}.categories", f"与 {other_where} 交叉", mend)
