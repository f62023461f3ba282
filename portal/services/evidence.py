"""Takes evidence files in and removes them: bytes first when they come, row first when they go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import BinaryIO
from uuid import UUID, uuid4

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.intake import CheckedFile, check_upload
from portal.models import EvidenceFile
from portal.queries import evidence
from portal.rules.access import Actor
from portal.rules.refusals import Conflict, RuleBroken
from portal.rules.vocabulary import Evidence, Status
from portal.rules.workflow import Move, allowed
from portal.services import events
from portal.storage import LocalStore, Terms

MOST = 10  # files a claim
QUOTA_SPAN = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came with a form."""

    kind: Evidence
    name: str
    stream: BinaryIO


@dataclass(frozen=True, slots=True)
class Stored:
    """A checked file whose bytes already lie in the store under `uuid`."""

    uuid: UUID
    kind: Evidence
    file: CheckedFile


@dataclass(slots=True)
class Intake:
    """Files taken in for one form. Unless `kept` is set by then, leaving the block deletes the bytes."""

    files: list[Stored] = field(default_factory=list)
    kept: bool = False
    terms: Terms = field(default_factory=Terms)


@contextmanager
def taken_in(uploads: Iterable[Upload], store: LocalStore) -> Iterator[Intake]:
    """Check and store the uploads before any transaction: a row is only ever written for bytes on disk.

    Raises RuleBroken naming every file that cannot be taken; then none is kept.
    """
    intake = Intake(terms=store.terms)
    staged: list[tuple[Evidence, CheckedFile]] = []
    try:
        staged = _check(list(uploads), store)
        for kind, file in staged:
            stored = Stored(uuid4(), kind, file)
            store.put(file.path, str(stored.uuid))
            intake.files.append(stored)
        yield intake
    finally:
        for _, file in staged:
            file.path.unlink(missing_ok=True)
        if not intake.kept:
            for stored in intake.files:
                store.delete(str(stored.uuid))


def shared(files: Sequence[Stored], intake: Intake, store: LocalStore) -> list[Stored]:
    """The same files once more under keys of their own, for another claim; `intake` answers for them too.

    Every claim has its own rows and keys, so that removing one claim's file leaves the others theirs.
    """
    twins = [Stored(uuid4(), one.kind, one.file) for one in files]
    intake.files.extend(twins)  # before the bytes: whatever came to be is taken away with the rest
    for one, twin in zip(files, twins, strict=True):
        store.share(str(one.uuid), [str(twin.uuid)])
    return twins


def attach(session: Session, claim_id: int, files: Sequence[Stored], *, already: int, now: datetime) -> None:
    """Write the rows of stored files, inside the transaction that saves their claim.

    Raises RuleBroken when the claim would hold more than `MOST` files.
    """
    if already + len(files) > MOST:
        raise RuleBroken(
            f"每项申报最多 {MOST} 个文件：已有 {already} 个，本次选择 {len(files)} 个。请先移除不需要的文件。"
        )
    if files:
        session.execute(insert(EvidenceFile), [_row(claim_id, stored, now) for stored in files])


def within_quota(session: Session, person_id: int, intake: Intake, *, now: datetime) -> None:
    """Refuse files by which somebody would fill the store; inside the transaction that saves their own claim.

    Raises RuleBroken with what they have, what came and what is allowed.
    """
    if not intake.files:
        return
    files, size = evidence.attached_since(person_id, now - QUOTA_SPAN, session)
    more, terms = sum(one.file.size for one in intake.files), intake.terms
    if files + len(intake.files) <= terms.files and size + more <= terms.size:
        return
    raise RuleBroken(
        f"一年内最多上传 {terms.files} 个文件、共 {_mb(terms.size)} MB：您已有 {files} 个、{_mb(size)} MB，"
        f"本次 {len(intake.files)} 个、{_mb(more)} MB，没有保存。"
        "请先移除草稿中不需要的文件，或压缩后再上传；确有需要请联系人事处。"
    )


def _mb(size: int) -> str:
    return f"{size / 1024 / 1024:.1f}".removesuffix(".0")


def remove(actor: Actor, uuid: UUID, store: LocalStore, *, now: datetime) -> UUID:
    """Take a file off one's own claim that is not under review; returns the claim's uuid.

    Raises NotFound, or Conflict when the claim can no longer be changed.
    """
    with write_tx() as session:
        row = evidence.own(actor, uuid, session)
        if not allowed(row.status, Move.EDIT):
            raise Conflict(
                f"这项申报现在是“{Status(row.status).label}”，证明材料不能移除。待审核的申报可先撤回再修改。"
            )
        session.execute(delete(EvidenceFile).where(EvidenceFile.id == row.id))
        events.record(
            session,
            actor,
            "evidence-removed",
            "claim",
            row.claim_uuid,
            now=now,
            kind=row.kind,
            sha256=row.sha256,
        )
        claim_uuid: UUID = row.claim_uuid
    store.delete(str(uuid))
    return claim_uuid


def _check(uploads: list[Upload], store: LocalStore) -> list[tuple[Evidence, CheckedFile]]:
    staged: list[tuple[Evidence, CheckedFile]] = []
    faults: dict[str, list[str]] = {}
    if len(uploads) > MOST:
        raise RuleBroken(f"每项申报最多 {MOST} 个文件，本次选择了 {len(uploads)} 个。请减少后重新提交。")
    try:
        for upload in uploads:
            try:
                staged.append((upload.kind, _checked(upload, store)))
            except RuleBroken as refused:
                faults.setdefault(upload.kind.field, []).append(refused.message)
        if faults:
            raise RuleBroken("有文件不能接收，本次没有保存任何内容。", faults)
    except BaseException:
        for _, file in staged:
            file.path.unlink(missing_ok=True)
        raise
    return staged


def _checked(upload: Upload, store: LocalStore) -> CheckedFile:
    return check_upload(upload.stream, upload.name, store.stage_dir, store.terms.clamd)


def _row(claim_id: int, stored: Stored, now: datetime) -> dict[str, object]:
    return {
        "uuid": stored.uuid,
        "claim_id": claim_id,
        "kind": stored.kind.value,
        "name": stored.file.name,
        "media_type": stored.file.media_type,
        "size": stored.file.size,
        "pages": stored.file.pages,
        "sha256": stored.file.sha256,
        "created_at": now,
    }
