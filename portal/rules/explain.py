"""Findings as Chinese sentences, worded from the finding's own numbers and nothing else."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from portal.rules.amounts import show_hours
from portal.rules.findings import Finding, Taker


def sentence(finding: Finding) -> str:
    """What was asked, what counts, which rule says so and who took the room, with the notice's words."""
    part = f"{finding.year} 年部分：" if finding.split else ""
    head = f"申报 {show_hours(finding.asked)} 学时，计入 {show_hours(finding.credited)} 学时"
    return f"{part}{head}：{_reason(finding)}。依据：“{finding.quote}”"


def _reason(finding: Finding) -> str:
    each = show_hours(finding.each)
    if finding.per == "rank":
        return f"{finding.labels[0]}的此位次不计学时"
    if finding.per == "claim":
        return f"{_joined(finding.labels)}每项最多 {each} 学时"
    if finding.window is None:
        together = "合计" if len(finding.labels) > 1 else "累计"
        taken = f"，已计入 {show_hours(finding.taken)} 学时" if finding.taken else ""
        return f"{_joined(finding.labels)}全年{together}最多 {each} 学时{taken}"
    first, last = finding.window
    days = (last - first).days + 1
    span = f"{_day(first)}至{_day(last)}共 {days} 天" if days > 1 else f"{_day(first)} 1 天"
    reason = f"{span}，每天最多 {each} 学时，合计 {show_hours(finding.limit)} 学时"
    return (
        f"{reason}；已计入{'、'.join([_taker(taker) for taker in finding.taken_by])}"
        if finding.taken_by
        else reason
    )


def _taker(taker: Taker) -> str:
    return f"“{taker.title or taker.id}”{show_hours(taker.quarters)} 学时"


@lru_cache(maxsize=64)
def _joined(labels: tuple[str, ...]) -> str:
    return labels[0] if len(labels) == 1 else "、".join(labels[:-1]) + "与" + labels[-1]


@lru_cache(maxsize=4096)
def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"
