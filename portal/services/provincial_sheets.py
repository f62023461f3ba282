"""Hands out the entry sheet in the provincial platform's words and order, and the list of differences."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from portal import workbooks
from portal.clock import SHANGHAI
from portal.database import write_tx
from portal.queries import provincial_differences, provincial_entries
from portal.queries.provincial_entries import Filters
from portal.rules.access import Actor
from portal.rules.reconciliation import HUNDREDTHS, Cause
from portal.rules.records import REGION
from portal.rules.vocabulary import Category, Status, Subject
from portal.services import events
from portal.workbooks import Column, Form

ENTRY = (
    *(Column("单位所属区域", 12), Column("用人单位", 18), Column("工作部门", 16), Column("姓名", 10)),
    *(Column("工号"), Column("年度", 8, "count"), Column("申报类别", 12), Column("形式")),
    *(Column("名称", 40), Column("主办或就读单位", 24), Column("开始日期", 11, "day")),
    *(Column("结束日期", 11, "day"), Column("科目", 10), Column("计入学时", 9, "hours")),
    *(Column("核定学时", 9, "hours"), Column("位次", 8), Column("等级", 14), Column("产权单位", 18)),
    *(Column("证明材料", 30), Column("已录入学时", 11, "hours"), Column("录入时间", 16, "instant")),
)
DIFFERENCES = (
    *(Column("用人单位", 18), Column("姓名", 10), Column("工号"), Column("年度", 8, "count")),
    *(Column("科目", 10), Column("本校计入学时", 13, "hours"), Column("省平台学时", 12), Column("相差", 9)),
    *(Column("可能原因", 14), Column("与数字相符", 11), Column("平台所属区域", 14), Column("涉及申报", 40)),
    *(Column("状态", 8), Column("处理说明", 30), Column("处理人", 10), Column("处理时间", 16, "instant")),
)


def platform_category(category: str) -> str:
    """The category as the platform's form calls it (notice, annex 1): 培训进修类, 自学类 …"""
    return f"{Category(category).label}类"


def show_hundredths(amount: int) -> str:
    """Hundredths of an hour without trailing zeros: 2950 -> "29.5"."""
    sign, amount = ("-", -amount) if amount < 0 else ("", amount)
    text = f"{amount // 100}.{amount % 100:02d}".rstrip("0").rstrip(".")
    return sign + text


def entry_sheet(actor: Actor, filters: Filters, form: Form, *, now: datetime) -> bytes:
    """One row a claim as somebody types it in, of one year; the export is an event. Raises NotFound."""
    rows = provincial_entries.every(actor, filters)
    data, count = _written(actor, form, ENTRY, _entries(rows, filters.year), "省平台录入清单", now)
    asked = {"year": filters.year, "show": filters.show.value, "form": form}
    asked |= {"category": filters.category.value} if filters.category else {}
    asked |= {"unit": str(filters.unit)} if filters.unit else {}
    _record(actor, "provincial-sheet-exported", count, asked, now)
    return data


def differences(actor: Actor, filters: provincial_differences.Filters, form: Form, *, now: datetime) -> bytes:
    """All differences of a filter; the export is an event. Raises NotFound for anybody but HR."""
    rows = provincial_differences.every(actor, filters)
    names = provincial_differences.titles(rows)
    data, count = _written(actor, form, DIFFERENCES, _told(rows, names), "省平台学时差异", now)
    asked = {"stand": filters.stand.value, "form": form}
    asked |= {"cause": filters.cause.value} if filters.cause else {}
    asked |= {"unit": str(filters.unit)} if filters.unit else {}
    _record(actor, "provincial-differences-exported", count, asked, now)
    return data


def _entries(rows: Sequence[Any], year: int) -> Iterator[tuple[Any, ...]]:
    proofs = provincial_entries.proofs([row.id for row in rows])
    for row in rows:
        approved = row.status == Status.APPROVED
        yield (
            *(REGION, row.unit_name, row.department, row.name, row.username, year),
            *(platform_category(row.category), row.kind, row.title, row.organizer),
            *(row.start_on or row.work_on, row.end_on or row.work_on),
            *(Subject(row.approved_subject).label, row.counted if approved else 0),
            *(row.approved_quarters if approved else 0, row.rank, row.level, row.owner),
            *(proofs.get(row.id, ""), row.typed, row.entered_at),
        )


def _told(rows: Sequence[Any], names: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        yield (
            *(row.unit_name, row.name, row.username, row.year, Subject(row.subject).label, row.here),
            *(show_hundredths(row.there), show_hundredths(row.there - row.here * HUNDREDTHS)),
            *(Cause(row.cause).label, "是" if row.certain else "", row.region),
            "、".join(f"“{names[one]}”" for one in row.claims if one in names),
            *(provincial_differences.Stand(row.state).label, row.note, row.settler or "", row.settled_at),
        )


def _written(
    actor: Actor,
    form: Form,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    title: str,
    now: datetime,
) -> tuple[bytes, int]:
    when = now.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    stamp = (("导出人", f"{actor.name}（{actor.username}）"), ("导出时间", when))
    with tempfile.TemporaryDirectory(prefix="portal-sheet-") as folder:
        file = Path(folder) / f"sheet.{form}"
        count = workbooks.write(file, form, columns, rows, title=title, stamp=stamp)
        return file.read_bytes(), count


def _record(actor: Actor, action: str, count: int, asked: dict[str, Any], now: datetime) -> None:
    with write_tx() as session:
        events.record(session, actor, action, "export", None, now=now, rows=count, asked=asked)
