"""Reads evidence rows: who may see a file follows from the claim it proves, in the SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.models import Claim, EvidenceFile
from portal.rules.access import Actor
from portal.rules.refusals import NotFound, NotPermitted
from portal.rules.vocabulary import Hat, Status

COLUMNS = (
    EvidenceFile.uuid,
    EvidenceFile.kind,
    EvidenceFile.name,
    EvidenceFile.media_type,
    EvidenceFile.size,
    EvidenceFile.pages,
)


def visible(actor: Actor, uuid: UUID) -> Any:
    """The file's row if the actor may see it. Raises NotFound: existence itself is not told."""
    row = db.session.execute(
        select(*COLUMNS)
        .join(Claim, Claim.id == EvidenceFile.claim_id)
        .where(EvidenceFile.uuid == uuid, _scope(actor))
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def own(actor: Actor, uuid: UUID, session: Session) -> Any:
    """The actor's own file with its claim's id, uuid and status, inside a write.

    Raises NotPermitted for a reviewer who sees the file but does not own it, NotFound otherwise.
    """
    row = session.execute(
        select(
            EvidenceFile.id,
            EvidenceFile.kind,
            EvidenceFile.sha256,
            Claim.id.label("claim_id"),
            Claim.uuid.label("claim_uuid"),
            Claim.status,
        )
        .join(Claim, Claim.id == EvidenceFile.claim_id)
        .where(EvidenceFile.uuid == uuid, Claim.person_id == actor.person_id)
        .with_for_update(of=Claim)
    ).one_or_none()
    if row is None:
        visible(actor, uuid)
        raise NotPermitted("材料只能由申报人本人移除。")
    return row


def files_of(claim_id: int, session: Session | None = None) -> Sequence[Any]:
    """The files of a claim the caller may already see, oldest first."""
    return (
        (session or db.session)
        .execute(select(*COLUMNS).where(EvidenceFile.claim_id == claim_id).order_by(EvidenceFile.id))
        .all()
    )


def attached_since(person_id: int, since: datetime, session: Session) -> tuple[int, int]:
    """How many files and bytes were attached since then to the claims somebody filed for themselves."""
    files, size = session.execute(
        select(func.count(), func.coalesce(func.sum(EvidenceFile.size), 0))
        .join(Claim, Claim.id == EvidenceFile.claim_id)
        .where(Claim.person_id == person_id, Claim.filed_by_id.is_(None), EvidenceFile.created_at >= since)
    ).one()
    return int(files), int(size)


def _scope(actor: Actor) -> ColumnElement[bool]:
    """One's own; for reviewers also what was sent to their queue. A draft is its author's alone."""
    if actor.hat is Hat.AUDIT:
        return false()
    mine = Claim.person_id == actor.person_id
    if not actor.reviews:
        return mine
    sent = Claim.status != Status.DRAFT.value
    return or_(mine, sent if actor.hat is Hat.HR else and_(sent, Claim.unit_id == actor.acts_for))
