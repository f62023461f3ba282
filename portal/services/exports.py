"""Hands lists out: at once when short, as a job when long; each one an event with its rows and filters."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from portal import workbooks
from portal.clock import SHANGHAI
from portal.database import write_tx
from portal.extensions import db
from portal.queries import exports as queries
from portal.queries.exports import ADMINS, CLAIMS, STANDINGS, UNITS, Wanted
from portal.rules.access import Actor
from portal.rules.vocabulary import Hat, Status
from portal.services import events, jobs
from portal.services.jobs import Task
from portal.workbooks import Column, Form

AT_ONCE = 5_000  # rows; a longer list is made in the background
PIECE = 500  # rows read together
KIND = "export"
TITLES = {STANDINGS: "年度完成情况", CLAIMS: "学时申报", UNITS: "单位", ADMINS: "平台管理员"}
_WARNING = "含个人信息，仅限工作使用，请妥善保管，用后销毁。"

_COLUMNS = {
    CLAIMS: (
        *(Column("编号", 38), Column("工号"), Column("姓名", 10), Column("单位", 18), Column("工作部门", 16)),
        *(Column("类别", 10), Column("形式"), Column("科目", 10), Column("名称", 36), Column("主办单位", 20)),
        *(Column("开始日期", 11, "day"), Column("结束日期", 11, "day"), Column("学习年度", 9, "count")),
        *(Column("成果日期", 11, "day"), Column("姓名（材料）", 12), Column("位次", 8), Column("等级", 14)),
        *(
            Column("产权单位", 18),
            Column("成果编号", 18),
            Column("学校组织或审批", 14),
            Column("审批文号", 14),
        ),
        *(Column("证明材料份数", 12, "count"), Column("代办人", 10)),
        *(Column("申报学时", 9, "hours"), Column("核定学时", 9, "hours"), Column("核定科目", 10)),
        *(Column("计入学时", 9, "hours"), Column("状态", 8), Column("提交时间", 16, "instant")),
        *(Column("审核时间", 16, "instant"), Column("审核人", 18), Column("审核意见", 30)),
        *(Column("认定序号", 9, "count"), Column("认定依据", 14)),
        *(Column("撤销时间", 16, "instant"), Column("撤销人", 10), Column("撤销原因类别", 12)),
        Column("撤销原因", 24),
    ),
    UNITS: (
        *(Column("单位代码", 10), Column("单位", 22), Column("状态", 8), Column("人数", 8, "count")),
        *(Column("达标", 8, "count"), Column("未达标", 8, "count"), Column("待审核申报", 11, "count")),
        *(Column("平台管理员", 20), Column("附件2收到日期", 14, "day")),
    ),
    ADMINS: (
        *(Column("单位", 22), Column("姓名", 10), Column("工号"), Column("座机号", 16)),
        *(Column("工作部门", 18), Column("任职起", 11, "day"), Column("任职止", 11, "day")),
        Column("附件2收到日期", 14, "day"),
    ),
}


def columns(wanted: Wanted) -> Sequence[Column]:
    """The columns of the list; a title review asks for those of the standings."""
    if wanted.what != STANDINGS:
        return _COLUMNS[wanted.what]
    found = [
        *(Column("工号"), Column("姓名", 10), Column("单位", 20), Column("工作部门", 18)),
        *(Column("职称系列", 14), Column("职称", 12)),
    ]
    for year in wanted.years:
        found += [Column(f"{year}年{name}", 11, "hours") for name in ("公需科目", "专业科目", "合计")]
        found.append(Column(f"{year}年是否达标", 13))
    if len(wanted.years) > 1:
        count = len(wanted.years)
        found += [Column(f"{count}年中达标年数", 14, "count"), Column(f"{count}年结论", 12)]
    found.append(Column("人事处核定的学时要求", 34))
    return [*found, Column("联系电话", 14)] if wanted.phone else found


def hand_out(actor: Actor, wanted: Wanted, form: Form, *, folder: Path, now: datetime) -> bytes | UUID:
    """The list as a file's bytes, or the job that makes it when it is longer than AT_ONCE.

    `folder` is where it may be written meanwhile. Raises NotFound outside the actor's scope.
    """
    unit_id, name = queries.scope(actor, wanted)
    found = queries.ids(wanted, unit_id)
    if len(found) > AT_ONCE:
        with write_tx() as session:
            return jobs.enqueue(
                session,
                actor,
                KIND,
                {**asdict(wanted), "form": form},
                title=f"导出{label(wanted)}（{name}）",
                now=now,
                total=len(found),
            )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        file = Path(place) / f"list.{form}"
        count = _write(file, actor, wanted, form, found, name, now, lambda _done: None)
        data = file.read_bytes()
    _record(actor, wanted, form, name, count, now)
    return data


def write_to(
    file: Path, wanted: Wanted, form: Form, *, now: datetime, progress: Callable[[int], None]
) -> int:
    """The command line's list, written to `file`; returns its rows. Raises NotFound for an unknown unit."""
    unit_id, name = queries.scope(None, wanted)
    count = _write(file, None, wanted, form, queries.ids(wanted, unit_id), name, now, progress)
    _record(None, wanted, form, name, count, now)
    return count


def run(task: Task) -> None:
    """The job of kind `export`; one that was killed begins anew, for nothing was handed out yet."""
    given = dict(task.payload)
    form: Form = given.pop("form")
    wanted = Wanted(**{**given, "years": tuple(given["years"])})
    unit_id, name = queries.scope(task.owner, wanted)
    found = queries.ids(wanted, unit_id)
    task.beat(0, len(found))
    file, now = task.folder / f"list.{form}", task.now()
    count = _write(file, task.owner, wanted, form, found, name, now, task.beat)
    _record(task.owner, wanted, form, name, count, now)
    task.finish(
        {
            "files": [file.name],
            "names": {file.name: f"{label(wanted)}-{name}.{form}"},
            "sentence": f"共 {count} 行。{_WARNING}",
        }
    )


def label(wanted: Wanted) -> str:
    """What the list is, for titles and file names: 年度完成情况2021-2025."""
    years = str(wanted.year) if len(wanted.years) == 1 else f"{wanted.years[0]}-{wanted.year}"
    return f"{TITLES[wanted.what]}{years}"


def _write(
    file: Path,
    actor: Actor | None,
    wanted: Wanted,
    form: Form,
    found: Sequence[int],
    name: str,
    now: datetime,
    progress: Callable[[int], None],
) -> int:
    who = f"{actor.name}（{actor.username}，{actor.hat.label}）" if actor else "命令行"
    stamp = [
        ("导出人", who),
        ("导出时间", now.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")),
        ("内容", f"{label(wanted)}（{name}）{_status(wanted)}"),
        ("提示", _WARNING),
    ]
    masked = actor is not None and actor.hat is not Hat.HR

    def pieces() -> Iterator[tuple[Any, ...]]:
        for start in range(0, len(found), PIECE):
            some = found[start : start + PIECE]
            yield from queries.rows(wanted, some, masked=masked)
            db.session.rollback()  # each piece is a short read of its own
            progress(start + len(some))

    return workbooks.write(file, form, columns(wanted), pieces(), title=TITLES[wanted.what], stamp=stamp)


def _status(wanted: Wanted) -> str:
    if not wanted.status:
        return ""
    words = {queries.MET: "已达标", queries.SHORT: "未达标"}
    return f"，{words.get(wanted.status) or Status(wanted.status).label}"


def _record(actor: Actor | None, wanted: Wanted, form: Form, name: str, count: int, now: datetime) -> None:
    filters: dict[str, Any] = {
        "years": list(wanted.years),
        "unit": name,
        "status": wanted.status,
        "phone": wanted.phone,
    }
    with write_tx() as session:
        events.record(
            session,
            actor,
            "list-exported",
            "list",
            None,
            now=now,
            what=wanted.what,
            rows=count,
            form=form,
            **filters,
        )
