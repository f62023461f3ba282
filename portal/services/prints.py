"""Records the digest of every PDF that is handed out, before it is handed out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import Certificate, CertificatePrint
from portal.pdf.press import Press, Printed
from portal.queries import certificates as queries
from portal.rules.access import Actor
from portal.rules.refusals import Conflict, NotFound
from portal.services import events
from portal.services.signatures import Keyring


def make(actor: Actor, uuid: UUID, *, press: Press, signer: Keyring, now: datetime) -> Printed:
    """Print a valid certificate of the actor and record the print, unless this one was recorded before.

    The page is drawn from frozen facts before the transaction, which then only looks whether the
    certificate still stands. Raises NotFound for another's, Conflict for a fallen or edited one.
    """
    issued = queries.own_one(actor, uuid)
    if issued is None:
        raise NotFound()
    if not signer.holds(issued.row, issued.facts):
        raise Conflict("证书数据校验失败，暂不能打印。请联系人事处核查。")
    printed = press.pull(issued.facts)
    if printed.sha256 in queries.prints_of(issued.row.id):
        return printed
    with write_tx() as session:
        if not keep(session, actor, [(uuid, printed)], now=now):
            raise Conflict("证书刚刚被撤销，没有打印。请刷新页面查看原因。")
    return printed


def keep(
    session: Session, actor: Actor | None, made: Sequence[tuple[UUID, Printed]], *, now: datetime
) -> set[UUID]:
    """Record prints of certificates that still stand; returns those that do.

    Their rows are locked, so a revocation comes before (and the print is left out) or after it.
    """
    standing = {
        row.uuid: row.id
        for row in session.execute(
            select(Certificate.id, Certificate.uuid)
            .where(Certificate.uuid.in_([uuid for uuid, _ in made]), Certificate.revoked_at.is_(None))
            .order_by(Certificate.id)
            .with_for_update()
        )
    }
    known = set(
        session.scalars(
            select(CertificatePrint.sha256).where(
                CertificatePrint.sha256.in_([printed.sha256 for _, printed in made])
            )
        )
    )
    fresh = [(uuid, printed) for uuid, printed in made if uuid in standing and printed.sha256 not in known]
    if fresh:
        session.execute(
            insert(CertificatePrint),
            [
                {
                    "certificate_id": standing[uuid],
                    "sha256": printed.sha256,
                    "recipe": printed.recipe,
                    "signed": printed.signed,
                    "made_at": now,
                }
                for uuid, printed in fresh
            ],
        )
    for uuid, printed in fresh:
        events.record(
            session, actor, "certificate-printed", "certificate", uuid, now=now, sha256=printed.sha256
        )
    return set(standing)
