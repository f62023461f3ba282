"""Tries a candidate policy on a past year in the background; no person's hours are touched.

All that stays is the job's folder: the candidate, the list of differences and the same as a workbook.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from portal import workbooks
from portal.clock import SHANGHAI
from portal.database import write_tx
from portal.extensions import db
from portal.intake.policies import policy_faults
from portal.queries import policy_comparisons as queries
from portal.queries.policy_comparisons import KIND, RESULT, SUMMARY, WORKBOOK
from portal.rules.access import Actor
from portal.rules.comparison import Trial, trial
from portal.rules.policy import PolicySet, load, shipped
from portal.rules.refusals import NotFound, RuleBroken
from portal.rules.vocabulary import Hat
from portal.services import events, jobs
from portal.services.jobs import Task

CANDIDATE = "candidate.toml"
PART = "differences.part"


class Faulty(RuleBroken):
    """The candidate cannot be used; `faults` are sentences with their mends."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(f"规则文件有 {len(faults)} 处须更正，没有试算。")
        self.faults = faults


def laid_out(file: Path, notice: Path | None, year: int, *, policies: PolicySet, today: date) -> Trial:
    """The candidate beside the rules of that year, after every check.

    Raises Faulty with all faults, RuleBroken for a year that cannot be tried.
    """
    if year not in policies.years or year > today.year:
        first = policies.years.start
        raise RuleBroken(f"不能对 {year} 年度试算：只能选择 {first} 至 {today.year} 年度。")
    faults = policy_faults(file, notice)
    if faults:
        raise Faulty(faults)
    made = trial(policies, load(file), year)
    if not made.subjects:
        raise RuleBroken("新规则与现行规则没有一个相同的科目，两者不能比较。" + "".join(made.notes[:2]))
    return made


def start(
    actor: Actor,
    file: Path,
    notice: Path | None,
    year: int,
    *,
    policies: PolicySet,
    folder: Path,
    now: datetime,
    today: date,
) -> UUID:
    """Queue a trial of the checked candidate; `folder` is where jobs keep their files. Returns the job.

    Raises NotFound for others than HR, and as `laid_out`.
    """
    if actor.hat is not Hat.HR:
        raise NotFound()
    made = laid_out(file, notice, year, policies=policies, today=today)
    payload: dict[str, Any] = {"year": year, "policy": made.policy.id, "sha256": made.policy.sha256}
    with write_tx() as session:
        title = f"试算 {year} 年度：{made.policy.title}"
        job = jobs.enqueue(session, actor, KIND, payload, title=title, now=now)
        place = folder / str(job)
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(file, place / CANDIDATE)
        events.record(session, actor, "policy-compared", "job", job, now=now, **payload)
    return job


def run(task: Task) -> None:
    """The queued work: person after person, going on where it was interrupted."""
    try:
        candidate = load(task.folder / CANDIDATE)
    except FileNotFoundError:
        raise RuleBroken("候选规则文件已不在服务器上，请重新上传试算。") from None
    made = trial(shipped(), candidate, task.payload["year"])
    total, after, done = queries.people(), task.checkpoint.get("after", 0), task.checkpoint.get("done", 0)
    part = task.folder / PART
    with part.open("ab") as out:
        out.truncate(task.checkpoint.get("bytes", 0))
        while True:
            rows, after, count = queries.compared(made, after)
            db.session.rollback()
            if not count:
                break
            out.writelines(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)
            out.flush()
            done += count
            task.beat(done, max(total, done), {"after": after, "done": done, "bytes": out.tell()})
    with part.open(encoding="utf-8") as lines:
        rows = in_order(json.loads(line) for line in lines)
    summary = summed_up(made, rows, done)
    owner = task.owner.name if task.owner else "命令行"
    workbook(task.folder / WORKBOOK, made, rows, summary, who=owner, now=task.now())
    _keep(task.folder / RESULT, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    _keep(task.folder / SUMMARY, json.dumps(summary, ensure_ascii=False))
    task.finish(
        {
            "files": [WORKBOOK, CANDIDATE],
            "names": {
                WORKBOOK: f"规则试算-{made.year}.xlsx",
                CANDIDATE: f"{made.policy.id}.toml",
            },
            "sentence": sentence(summary),
            "link": f"/hr/policy/compare/{task.uuid}",
        }
    )


def everybody(made: Trial, told: Callable[[int], None]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The whole trial at once, for the command: rows in order and the summary; `told` hears the count."""
    found: list[dict[str, Any]] = []
    after = done = 0
    while True:
        rows, after, count = queries.compared(made, after)
        db.session.rollback()
        if not count:
            break
        found += rows
        done += count
        told(done)
    rows = in_order(found)
    return rows, summed_up(made, rows, done)


def in_order(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Who would no longer be met first, then who newly would be, then the others, by unit and number."""

    def weight(row: dict[str, Any]) -> tuple[int, str, str]:
        met = row["met"]
        moved = 2 if not met or met[0] == met[1] else (0 if met[0] else 1)
        return moved, row["unit"], row["username"]

    return sorted(rows, key=weight)


def summed_up(made: Trial, rows: list[dict[str, Any]], people: int) -> dict[str, Any]:
    """The trial in figures and words, as plain data."""
    now, policy = made.current.for_year(made.year), made.policy
    return {
        "year": made.year,
        "id": policy.id,
        "title": policy.title,
        "sha256": policy.sha256,
        "current": now.title,
        "people": people,
        "differ": len(rows),
        "lost": sum(1 for row in rows if row["met"] == [True, False]),
        "gained": sum(1 for row in rows if row["met"] == [False, True]),
        "left_out": sum(row["left_out"] for row in rows),
        "met": made.met,
        "notes": list(made.notes),
        "subjects": [
            {
                "subject": subject,
                "label": label,
                "before": now.standard(subject).quarters,
                "after": policy.standard(subject).quarters,
            }
            for subject, label in made.subjects
        ],
    }


def sentence(summary: dict[str, Any]) -> str:
    """The outcome in one sentence."""
    if not summary["differ"]:
        return f"{summary['year']} 年度共 {summary['people']} 人，学时与达标都没有变化。"
    told = f"{summary['year']} 年度共 {summary['people']} 人，其中 {summary['differ']} 人的结果会不同"
    if summary["met"]:
        told += f"：{summary['lost']} 人由达标变为未达标，{summary['gained']} 人由未达标变为达标"
    return told + "。"


def workbook(
    file: Path, made: Trial, rows: list[dict[str, Any]], summary: dict[str, Any], *, who: str, now: datetime
) -> None:
    """The differences as an .xlsx: a line a person, hours as numbers."""
    columns = [workbooks.Column("工号", 14), workbooks.Column("姓名", 12), workbooks.Column("单位", 24)]
    for _, label in made.subjects:
        columns += [
            workbooks.Column(f"{label}（现行）", 16, "hours"),
            workbooks.Column(f"{label}（新规则）", 16, "hours"),
            workbooks.Column(f"{label}增减", 14, "hours"),
        ]
    columns += [workbooks.Column("现行", 10), workbooks.Column("新规则", 10)]
    columns.append(workbooks.Column("不能计算的申报（项）", 20, "count"))
    stamp = [
        ("导出人", who),
        ("时间", now.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")),
        ("内容", f"{summary['year']} 年度按“{summary['title']}”试算，没有改动任何记录"),
        ("规则文件", f"{summary['id']} {summary['sha256']}"),
        *(("说明", note) for note in summary["notes"]),
    ]
    workbooks.write(file, "xlsx", columns, (_cells(made, row) for row in rows), title="规则试算", stamp=stamp)


def _cells(made: Trial, row: dict[str, Any]) -> list[Any]:
    cells: list[Any] = [row["username"], row["name"], row["unit"]]
    for subject, _ in made.subjects:
        before, after = row["hours"][subject]
        cells += [before, after, after - before]
    met = row["met"] or (None, None)
    cells += ["不能比较" if one is None else ("达标" if one else "未达标") for one in met]
    return [*cells, row["left_out"]]


def _keep(file: Path, text: str) -> None:
    fresh = file.with_suffix(".new")
    fresh.write_text(text, "utf-8")
    os.replace(fresh, file)
