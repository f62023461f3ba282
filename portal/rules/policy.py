"""Policies by year: read the files, refuse a bad one with every fault listed, hand out the one that holds."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from portal.rules.policy_faults import Fault, sense_faults, shape_faults
from portal.rules.policy_models import Cap, Category, Policy, Standard

__all__ = ["Cap", "Category", "Policy", "PolicyError", "PolicySet", "Standard", "YearNotCovered", "shipped"]

SHIPPED = Path(__file__).parent / "policies"
LAST_YEAR = 9998  # windows of days must stay within the calendar


class PolicyError(Exception):
    """A policy file cannot be used; `faults` lists every reason."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


class YearNotCovered(LookupError):
    """No policy holds for the year."""

    def __init__(self, year: int) -> None:
        super().__init__(f"{year} 年没有适用的学时认定规则。")
        self.year = year


class PolicySet:
    """Policies that follow one another without gap or overlap. Compared by identity, so it can key caches."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        self.policies = tuple(sorted(policies, key=lambda policy: policy.from_year))
        faults = list(_year_faults(self.policies))
        if faults:
            raise PolicyError(faults)
        self.years = range(self.policies[0].from_year, (self.policies[-1].to_year or LAST_YEAR) + 1)
        self._by_year: dict[int, Policy] = {}

    def for_year(self, year: int) -> Policy:
        """The one policy of a year; YearNotCovered when there is none."""
        found = self._by_year.get(year)
        if found is None:
            if year not in self.years:
                raise YearNotCovered(year)
            found = next(policy for policy in reversed(self.policies) if policy.from_year <= year)
            self._by_year[year] = found
        return found

    def named(self, policy_id: str) -> PolicySet:
        """A set of that policy alone; KeyError when there is none of that id."""
        chosen = [policy for policy in self.policies if policy.id == policy_id]
        if not chosen:
            raise KeyError(policy_id)
        return self if len(self.policies) == 1 else PolicySet(chosen)


def _year_faults(policies: Sequence[Policy]) -> Iterable[Fault]:
    if not policies:
        yield Fault("policies", "from_year", "没有任何规则文件", "请放入至少一个规则文件")
    for earlier, later in pairwise(policies):
        ends = earlier.to_year or later.from_year - 1
        if later.from_year == earlier.from_year or ends >= later.from_year:
            what = f"与 {earlier.id} 的年度重叠"
            yield Fault(later.id, "from_year", what, "请使每个年度只有一个规则文件")
        elif ends < later.from_year - 1:
            what = f"{ends + 1} 年至 {later.from_year - 1} 年没有规则"
            yield Fault(later.id, "from_year", what, f"请把 from_year 改为 {ends + 1}，或补上这些年度")


def read_raw(path: Path) -> tuple[dict[str, Any], str]:
    """A policy file's table with `extends` resolved, and the hash of its bytes."""
    content = path.read_bytes()
    try:
        raw = tomllib.loads(content.decode("utf-8"), parse_float=Decimal)
    except UnicodeDecodeError as error:
        fault = Fault(path.name, "编码", "文件不是 UTF-8", "请以 UTF-8 编码保存")
        raise PolicyError([fault]) from error
    except ValueError as error:
        raise PolicyError([_syntax_fault(path.name, str(error))]) from error
    base = raw.pop("extends", None)
    if base is not None:
        raw = _merged(_base_of(path, base), raw)
    return raw, hashlib.sha256(content).hexdigest()


def _syntax_fault(name: str, message: str) -> Fault:
    lowered = message.lower()
    if "overwrite" in lowered or "twice" in lowered or "already" in lowered:
        return Fault(name, "TOML", f"同一个键写了两次（{message}）", "请删去其中一个")
    if "month" in lowered or "day is out" in lowered or "date" in lowered:
        return Fault(name, "TOML", f"日期不存在（{message}）", "请改为日历上有的日期，如 2025-11-25")
    return Fault(name, "TOML", f"不是合法的 TOML（{message}）", "请按所指行列改正写法")


def _base_of(path: Path, base: object) -> dict[str, Any]:
    for folder in dict.fromkeys((path.parent, SHIPPED)):
        for candidate in sorted(folder.glob("*.toml")):
            if candidate.resolve() == path.resolve():
                continue
            try:
                found = tomllib.loads(candidate.read_text("utf-8"), parse_float=Decimal)
            except ValueError:
                continue  # a broken neighbour is reported when it is checked itself
            if found.get("id") == base and "extends" not in found:
                return found
    fault = Fault(path.name, "extends", f"找不到规则“{base}”", "请改为同目录下一个完整规则文件的 id")
    raise PolicyError([fault])


_NAMED_BY = ("id", "subject")


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `changes` laid over it; lists of named tables are merged by their name."""
    result = dict(base)
    for key, value in changes.items():
        old = base.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            result[key] = _merged(old, value)
        elif isinstance(old, list) and isinstance(value, list) and (name := _name_key(old + value)):
            by_name = {item[name]: item for item in old}
            for item in value:
                by_name[item[name]] = _merged(by_name.get(item[name], {}), item)
            result[key] = list(by_name.values())
        else:
            result[key] = value
    return result


def _name_key(items: Sequence[object]) -> str | None:
    for key in _NAMED_BY:
        if items and all(isinstance(item, dict) and key in item for item in items):
            return key
    return None


def faults_of(raw: Mapping[str, Any], name: str) -> list[Fault]:
    """Every fault of a policy's table that can be seen without the notice."""
    faults: list[Fault] = []
    try:
        Policy.model_validate(raw)
    except ValidationError as error:
        faults.extend(shape_faults(error, raw, name))
    faults.extend(sense_faults(raw, name))
    return faults


def load(path: Path) -> Policy:
    """The policy of one file; PolicyError with every fault at once."""
    raw, sha256 = read_raw(path)
    faults = faults_of(raw, path.name)
    if faults:
        raise PolicyError(faults)
    return Policy.model_validate({**raw, "sha256": sha256})


def neighbour_faults(policy: Policy, path: Path) -> list[Fault]:
    """Years that overlap or are left out between a policy and the other ones of its folder.

    Files that cannot be read and other versions of the same policy are passed over.
    """
    others: dict[str, Policy] = {}
    for candidate in sorted(path.parent.glob("*.toml")):
        if candidate.resolve() != path.resolve():
            with suppress(PolicyError, OSError):
                other = load(candidate)
                others[other.id] = other
    others[policy.id] = policy
    return list(_year_faults(sorted(others.values(), key=lambda other: other.from_year)))


@cache
def shipped() -> PolicySet:
    """The policies inside the package, read once."""
    return PolicySet(load(path) for path in sorted(SHIPPED.glob("*.toml")))
