"""Files claims: save, submit, withdraw, delete. Every verb refuses first, then writes, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from sqlalchemy import delete as delete_rows
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.clock import shanghai_date
from portal.database import write_tx
from portal.models import Claim, EvidenceFile, Person, Sending
from portal.queries import claims
from portal.queries.evidence import files_of
from portal.queries.foresight import foresee
from portal.rules.access import Actor
from portal.rules.filing import ClaimInput
from portal.rules.policy import PolicySet
from portal.rules.refusals import Conflict, RuleBroken
from portal.rules.vocabulary import Evidence, Status
from portal.rules.workflow import Move, after
from portal.services import events
from portal.services.calendar import refuse_closed
from portal.services.claim_columns import columns_of, input_of
from portal.services.evidence import Intake, attach, within_quota
from portal.services.standings import lock_ledger

NOT_READY = "还不能提交，请按各项提示补充或更正。"
MOVED = "这项申报在别处已被修改，本页显示的不是最新内容，没有保存。请打开申报查看最新内容后再修改。"

TAKEN = "这个编号的成果刚刚已由您提交。一项成果只申报一次，没有重复提交。"


@dataclass(frozen=True, slots=True)
class Form:
    """What a claim form brings besides the claim itself.

    `key` makes a repeated sending harmless; `claim` and `version` name the claim being edited, if any.
    """

    given: ClaimInput
    intake: Intake
    key: str | None = None
    claim: UUID | None = None
    version: int | None = None


class Author(Protocol):
    """Whose claim it is: who files it, or for whom somebody else does."""

    @property
    def person_id(self) -> int: ...

    @property
    def unit_id(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Filed:
    """The claim a form led to; `repeated` when an earlier sending of the same form had written it."""

    claim: UUID
    repeated: bool = False


def save(actor: Actor, form: Form, policies: PolicySet, *, now: datetime) -> Filed:
    """Keep the claim as it is, without sending it: a new draft, or a change to one that may be changed.

    Raises NotFound, Conflict (state or version), RuleBroken (too many files).
    """
    with write_tx() as session:
        earlier = _repeated(session, actor, form)
        if earlier:
            return earlier
        within_quota(session, actor.person_id, form.intake, now=now)
        row = _editable(session, actor, form, Move.EDIT)
        status = Status(row.status) if row else Status.DRAFT
        uuid = _write(session, actor, form, row, policies, {"status": status.value}, now=now)
        _note_key(session, actor, form, uuid, now)
        action = "claim-edited" if row else "claim-created"
        events.record(session, actor, action, "claim", uuid, now=now, files=len(form.intake.files))
    form.intake.kept = True
    return Filed(uuid)


def submit(actor: Actor, form: Form, policies: PolicySet, *, now: datetime, today: date) -> Filed:
    """Save the claim and send it to the queue of the person's unit.

    Raises NotFound, Conflict, or RuleBroken naming every field in the way; then nothing is written.
    """
    with one_work_one_claim(), write_tx() as session:
        earlier = _repeated(session, actor, form)
        if earlier:
            return earlier
        within_quota(session, actor.person_id, form.intake, now=now)
        row = _editable(session, actor, form, Move.SUBMIT)
        uuid = send(session, actor, form, row, policies, now=now, today=today)
        events.record(session, actor, "claim-submitted", "claim", uuid, now=now, files=len(form.intake.files))
    form.intake.kept = True
    return Filed(uuid)


def send(
    session: Session,
    author: Author,
    form: Form,
    row: Any,
    policies: PolicySet,
    *,
    now: datetime,
    today: date,
    **marks: Any,
) -> UUID:
    """Write the author's claim (`row`, or a new one) as pending, after every rule had its say; no event yet.

    `marks` are further columns of the claim. Raises RuleBroken naming every field in the way.
    """
    here = files_of(row.id, session) if row else ()
    present = {Evidence(file.kind) for file in here} | {file.kind for file in form.intake.files}
    hashes = [file.file.sha256 for file in form.intake.files]
    _refuse(session, author, form.given, present, policies, today, form.claim, hashes)
    sent = {**_sent(session, author, now), **marks}
    uuid = _write(session, author, form, row, policies, sent, now=now)
    _note_key(session, author, form, uuid, now)
    return uuid


def submit_saved(
    actor: Actor, uuid: UUID, policies: PolicySet, *, version: int | None, now: datetime, today: date
) -> None:
    """Send a claim as it was saved. Raises as `submit` does."""
    with one_work_one_claim(), write_tx() as session:
        row = claims.own(actor, uuid, session=session)
        after(row.status, Move.SUBMIT)
        _same_version(row, version)
        present = {Evidence(file.kind) for file in files_of(row.id, session)}
        _refuse(session, actor, input_of(row), present, policies, today, uuid)
        changes = {**_sent(session, actor, now), "version": row.version + 1, "updated_at": now}
        session.execute(update(Claim).where(Claim.id == row.id).values(changes))
        events.record(session, actor, "claim-submitted", "claim", uuid, now=now)


@contextmanager
def one_work_one_claim() -> Iterator[None]:
    """The database has the last word on two sendings of one work at the same time."""
    try:
        yield
    except IntegrityError as fault:
        if "work_key" not in str(fault.orig):
            raise
        raise RuleBroken(NOT_READY, {"work_id": [TAKEN]}) from None


def withdraw(actor: Actor, uuid: UUID, *, version: int | None, now: datetime) -> None:
    """Take a pending claim back before it is decided. Raises NotFound, Conflict."""
    with write_tx() as session:
        row = claims.own(actor, uuid, session=session)
        status = after(row.status, Move.WITHDRAW)
        refuse_closed(session, row.person_id, (row.year_from, row.year_to), shanghai_date(now))
        _same_version(row, version)
        assert status is not None  # noqa: S101  (the transition table keeps a withdrawn claim)
        session.execute(
            update(Claim)
            .where(Claim.id == row.id)
            .values(status=status.value, version=row.version + 1, updated_at=now, submitted_at=None)
        )
        events.record(session, actor, "claim-withdrawn", "claim", uuid, now=now)


def delete(actor: Actor, uuid: UUID, *, now: datetime) -> list[UUID]:
    """Delete a draft that was never sent; returns the uuids of its files, whose bytes may go now.

    Raises NotFound, Conflict.
    """
    with write_tx() as session:
        row = claims.own(actor, uuid, session=session)
        after(row.status, Move.DELETE)
        files = [file.uuid for file in files_of(row.id, session)]
        session.execute(delete_rows(EvidenceFile).where(EvidenceFile.claim_id == row.id))
        session.execute(delete_rows(Claim).where(Claim.id == row.id))
        events.record(session, actor, "claim-deleted", "claim", uuid, now=now, files=len(files))
    return files


def _repeated(session: Session, actor: Actor, form: Form) -> Filed | None:
    if form.key is None:
        return None
    if form.claim is not None:
        claims.own(actor, form.claim, session=session)  # the claim before its author, as reviewers lock them
    lock_ledger(session, actor.person_id)  # two sendings of one form follow each other
    first = session.scalar(
        select(Sending.claim_uuid).where(Sending.person_id == actor.person_id, Sending.key == form.key)
    )
    return Filed(first, repeated=True) if first else None


def _note_key(session: Session, author: Author, form: Form, uuid: UUID, now: datetime) -> None:
    if form.key is not None:
        session.execute(
            insert(Sending).values(person_id=author.person_id, key=form.key, claim_uuid=uuid, at=now)
        )


def _editable(session: Session, actor: Actor, form: Form, move: Move) -> Any:
    if form.claim is None:
        return None
    row = claims.own(actor, form.claim, session=session)
    after(row.status, move)
    _same_version(row, form.version)
    return row


def _same_version(row: Any, seen: int | None) -> None:
    if seen is not None and seen != row.version:
        raise Conflict(MOVED)


def _refuse(
    session: Session,
    author: Author,
    given: ClaimInput,
    present: set[Evidence],
    policies: PolicySet,
    today: date,
    claim: UUID | None,
    hashes: Sequence[str] = (),
) -> None:
    seen = foresee(
        author.person_id, given, present, policies, today=today, claim=claim, hashes=hashes, session=session
    )
    faults: dict[str, list[str]] = {}
    for problem in seen.problems:
        faults.setdefault(problem.field, []).append(problem.text)
    if not faults and seen.preview is not None and seen.years is not None:
        refuses = policies.for_year(seen.years[0]).over_cap == "refuse"
        if refuses and seen.preview.counts_now < seen.preview.asked:
            faults["hours"] = ["申报学时超过上限，现行规定不受理超出部分。请按可计入的学时填写。"]
        elif seen.preview.counts_now == 0 and not given.keep_zero:
            faults["keep_zero"] = ["这项申报按现有学时计入 0 学时。如仍要留存，请勾选“仍要留存”后提交。"]
    if faults:
        raise RuleBroken(NOT_READY, faults)


def _sent(session: Session, author: Author, now: datetime) -> dict[str, Any]:
    """What sending adds: the queue of the unit the person belongs to now, and a clean decision."""
    unit_id = session.scalars(  # locked, so that a transfer decided meanwhile finds the claim or is found
        select(Person.unit_id).where(Person.id == author.person_id).with_for_update(read=True)
    ).one()
    return {
        "status": Status.PENDING.value,
        "submitted_at": now,
        "unit_id": unit_id,
        "decided_at": None,
        "decider_id": None,
        "decision_reason": "",
    }


def _write(
    session: Session,
    author: Author,
    form: Form,
    row: Any,
    policies: PolicySet,
    changes: dict[str, Any],
    *,
    now: datetime,
) -> UUID:
    already = len(files_of(row.id, session)) if row else 0
    values = {**columns_of(form.given, policies), "updated_at": now, **changes}
    if row:
        session.execute(update(Claim).where(Claim.id == row.id).values(**values, version=row.version + 1))
        uuid, claim_id = row.uuid, row.id
    else:
        uuid = uuid4()
        given = {"unit_id": author.unit_id, **values}
        claim_id = session.scalars(
            insert(Claim)
            .values(uuid=uuid, person_id=author.person_id, created_at=now, version=1, **given)
            .returning(Claim.id)
        ).one()
    attach(session, claim_id, form.intake.files, already=already, now=now)
    return uuid
