"""Issues and prints the certificates of a year for a unit or the school, piece by piece.

A piece is issued, drawn outside any transaction, then recorded together with the progress. A run that
was killed begins again at the piece it was at: who has a certificate keeps it, the same facts give the
same bytes, a print that is recorded is not recorded twice.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.extensions import db
from portal.pdf.pool import PressRoom
from portal.pdf.press import Press, Printed
from portal.queries import certificate_batches as queries
from portal.queries.certificate_batches import Listed
from portal.queries.certificates import Issued
from portal.rules.access import Actor
from portal.rules.policy import PolicySet
from portal.rules.refusals import NotFound, Refusal
from portal.rules.vocabulary import Hat
from portal.services import certificates, events, jobs, prints
from portal.services.certificate_bundles import bundle
from portal.services.signatures import Keyring

PIECE = 20  # certificates that are recorded together
PROCESSES = 2
KIND = "certificates"
FORMS = {"zip": "每人一份 PDF", "print": "合并打印文件"}


class Work(Protocol):
    """What a batch asks of whoever runs it: the job table, or the command line."""

    @property
    def payload(self) -> Mapping[str, Any]:
        """year, unit (uuid or ""), issue, form."""

    @property
    def checkpoint(self) -> Mapping[str, Any]:
        """How many people are `done`."""

    @property
    def folder(self) -> Path:
        """Where pages and the bundle are left."""

    @property
    def owner(self) -> Actor | None:
        """HR, or nobody at the command line."""

    @property
    def now(self) -> Callable[[], datetime]:
        """The clock."""

    def advance(
        self,
        session: Session,
        done: int,
        total: int | None = None,
        checkpoint: dict[str, Any] | None = None,
    ) -> None:
        """Keep the progress in the transaction that made it; raises to stop."""

    def beat(self, done: int, total: int | None = None) -> None:
        """Say between transactions that the work goes on; raises to stop."""


@dataclass(frozen=True, slots=True)
class Shop:
    """What the instance lends to a batch."""

    policies: PolicySet
    signer: Keyring
    press: Press
    school: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one person: the number and file printed, or why not."""

    username: str
    name: str
    unit: str
    uuid: str = ""
    number: str = ""
    problem: str = ""


def start(
    actor: Actor, year: int, *, unit: str, issue: bool, form: str, policies: PolicySet, now: datetime
) -> UUID:
    """HR queues a batch: a year, a unit (uuid or "" for the school), `form` zip or print. Returns the job.

    Raises NotFound for anybody else, an unknown unit or a year without rules.
    """
    if actor.hat is not Hat.HR or year not in policies.years:
        raise NotFound()
    chosen, name = queries.unit_of(actor, unit) if unit else (None, "全校")
    payload: dict[str, Any] = {"year": year, "unit": str(chosen or ""), "issue": issue, "form": form}
    with write_tx() as session:
        job = jobs.enqueue(
            session, actor, KIND, payload, title=f"{year} 年度证书（{name}，{FORMS[form]}）", now=now
        )
        events.record(session, actor, "certificates-batch-started", "job", job, now=now, **payload)
    return job


def run(work: Work, shop: Shop) -> dict[str, Any]:
    """Run the batch of `work.payload` (year, unit uuid or "", issue, form "zip" or "print").

    Leaves the bundle in `work.folder` and returns {files, sentence, printed, missing, parts, problems}.
    """
    if _result(work.folder).is_file():  # killed after the bundle was whole, before that was kept
        return dict(json.loads(_result(work.folder).read_bytes()))
    year, unit = int(work.payload["year"]), work.payload.get("unit") or ""
    listed = _listed(work.folder, year, UUID(unit) if unit else None)
    done = int(work.checkpoint.get("done", 0))
    db.session.rollback()
    work.beat(done, len(listed))
    expected = sum(1 for one in listed[done:] if one.issued or (one.met and work.payload.get("issue")))
    with PressRoom(shop.press, processes=PROCESSES, expected=expected) as room:
        while done < len(listed):
            piece = listed[done : done + PIECE]
            _piece(work, shop, room, piece, year, place=done, total=len(listed))
            done += len(piece)
    return _finish(work, len(listed))


def _listed(folder: Path, year: int, unit: UUID | None) -> list[Listed]:
    """Who belongs into the batch, as it stood when it first began."""
    file = folder / "people.json"
    if not file.is_file():
        found = queries.people(year, unit)
        _write(file, json.dumps([asdict(one) for one in found], ensure_ascii=False).encode())
    return [Listed(**one) for one in json.loads(file.read_bytes())]


def _piece(
    work: Work, shop: Shop, room: PressRoom, piece: list[Listed], year: int, *, place: int, total: int
) -> None:
    problems = _issue(work, shop, piece, year)
    valid = queries.valid_of([one.person_id for one in piece], year)
    db.session.rollback()  # nothing is held open while pages are drawn
    sound: dict[int, Issued] = {}
    for person, issued in valid.items():
        if shop.signer.holds(issued.row, issued.facts):
            sound[person] = issued
        else:
            problems[person] = "证书数据校验失败，请核查。"
    made: dict[int, Printed] = {}
    for person, printed in zip(sound, room.pull([one.facts for one in sound.values()]), strict=True):
        if isinstance(printed, str):
            problems[person] = printed
        else:
            made[person] = printed
            _write(_page(work.folder, str(sound[person].row.uuid)), printed.data)
    with write_tx() as session:
        work.advance(session, place + len(piece), total, {"done": place + len(piece)})
        kept = prints.keep(
            session,
            work.owner,
            [(sound[person].row.uuid, printed) for person, printed in made.items()],
            now=work.now(),
        )
        outcomes = [_outcome(one, sound, made, kept, problems) for one in piece]
        _write(_report(work.folder, place), json.dumps(outcomes, ensure_ascii=False).encode())


def _issue(work: Work, shop: Shop, piece: list[Listed], year: int) -> dict[int, str]:
    """Issue for those who met the year and have none; returns why it failed, by person."""
    problems: dict[int, str] = {}
    for one in piece:
        if one.issued or not one.met or not work.payload.get("issue"):
            continue
        try:
            certificates.issue_for(
                work.owner,
                one.person_id,
                year,
                policies=shop.policies,
                signer=shop.signer,
                school=shop.school,
                now=work.now(),
            )
        except Refusal as refused:
            problems[one.person_id] = refused.message
    return problems


def _outcome(
    one: Listed,
    sound: Mapping[int, Issued],
    made: Mapping[int, Printed],
    kept: set[UUID],
    problems: Mapping[int, str],
) -> dict[str, str]:
    known = {"username": one.username, "name": one.name, "unit": one.unit}
    issued = sound.get(one.person_id)
    if issued is not None and one.person_id in made and issued.row.uuid in kept:
        return asdict(Outcome(**known, uuid=str(issued.row.uuid), number=issued.row.number))
    if one.person_id in problems:
        why = problems[one.person_id]
    elif one.issued or issued is not None:
        why = "证书在打印期间已撤销。"
    else:
        why = "已达标，还没有生成证书。" if one.met else "年度尚未达标。"
    return asdict(Outcome(**known, problem=why))


def _finish(work: Work, total: int) -> dict[str, Any]:
    """Bundle what still stands; what fell since it was printed is named in the report instead."""
    outcomes = [
        Outcome(**one)
        for report in sorted((work.folder / "outcomes").glob("*.json"))
        for one in json.loads(report.read_bytes())
    ]
    standing = queries.standing([UUID(one.uuid) for one in outcomes if one.uuid])
    db.session.rollback()
    judged = [
        one
        if not one.uuid or UUID(one.uuid) in standing
        else Outcome(one.username, one.name, one.unit, problem=f"证书 {one.number} 在打印期间已撤销。")
        for one in outcomes
    ]
    printed = [(one.number, _page(work.folder, one.uuid)) for one in judged if one.uuid]
    missing = [one for one in judged if not one.uuid]
    file, parts = bundle(
        work.folder,
        printed,
        [(one.username, one.name, one.unit, one.number, one.problem) for one in judged],
        name=f"certificates-{work.payload['year']}",
        merged=work.payload.get("form") == "print",
        beat=lambda: work.beat(total, total),
    )
    result = {
        "files": [file.name],
        "sentence": f"已打印 {len(printed)} 张；未打印 {len(missing)} 人，名单和原因见压缩包内的“名单.csv”。",
        "printed": len(printed),
        "missing": len(missing),
        "parts": parts,
        "problems": [asdict(one) for one in missing if one.problem != "年度尚未达标。"][:200],
    }
    _write(_result(work.folder), json.dumps(result, ensure_ascii=False).encode())
    shutil.rmtree(work.folder / "pages", ignore_errors=True)
    return result


def _page(folder: Path, uuid: str) -> Path:
    return folder / "pages" / f"{uuid}.pdf"


def _result(folder: Path) -> Path:
    return folder / "result.json"


def _report(folder: Path, place: int) -> Path:
    return folder / "outcomes" / f"{place:06d}.json"


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all: a killed run leaves no half file under its name."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_bytes(content)
    os.replace(part, file)
