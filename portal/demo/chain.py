"""The events behind the demo's claims, in the order they happened and chained as the portal chains them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from portal.demo.drafts import Draft
from portal.demo.people import Staff
from portal.rules.amounts import show_hours
from portal.rules.vocabulary import Hat, Role, Status
from portal.services.events import GENESIS, digest

_HATS = {None: Hat.PERSON, Role.UNIT_ADMIN: Hat.UNIT, Role.HR: Hat.HR, Role.AUDITOR: Hat.AUDIT}


def events(drafts: Sequence[Draft]) -> list[dict[str, Any]]:
    """Rows of `events`; the last one's id and digest are the head."""
    deeds = sorted(
        (deed for draft in drafts for deed in _deeds(draft)),
        key=lambda deed: (deed["at"], deed["object_uuid"]),
    )
    previous = GENESIS
    for number, deed in enumerate(deeds, start=1):
        deed["id"], deed["previous"] = number, previous
        deed["digest"] = previous = digest(deed)
    return deeds


def _deeds(draft: Draft) -> Iterator[dict[str, Any]]:
    files = int(draft.with_evidence)
    yield _deed(draft, draft.made, draft.person, Hat.PERSON, "claim-created", files=files)
    if draft.status is Status.WITHDRAWN:
        yield _deed(
            draft, draft.made + timedelta(minutes=6), draft.person, Hat.PERSON, "claim-submitted", files=0
        )
        yield _deed(draft, draft.made + timedelta(hours=3), draft.person, Hat.PERSON, "claim-withdrawn")
    if draft.sent:
        yield _deed(draft, draft.sent, draft.person, Hat.PERSON, "claim-submitted", files=0)
    if draft.decided and draft.decider:
        hat = _HATS[draft.decider.role]
        if draft.status is Status.RETURNED:
            yield _deed(draft, draft.decided, draft.decider, hat, "claim-returned", reason=draft.reason)
        else:
            yield _deed(
                draft,
                draft.decided,
                draft.decider,
                hat,
                "claim-approved",
                reason=draft.reason,
                hours=show_hours(draft.approved_quarters),
                asked=show_hours(draft.quarters),
                subject=draft.subject.value,
                credited={year: show_hours(amount) for year, amount in draft.credited.items()},
                number=draft.number,
            )
    if draft.revoked and draft.revoker:
        yield _deed(draft, draft.revoked, draft.revoker, Hat.HR, "claim-revoked", reason=draft.revoked_reason)


def _deed(
    draft: Draft, when: datetime, who: Staff, hat: Hat, action: str, *, reason: str = "", **details: Any
) -> dict[str, Any]:
    return {
        "at": when,
        "actor_id": who.id,
        "actor_hat": hat.value,
        "address": "",
        "action": action,
        "object_type": "claim",
        "object_uuid": draft.uuid,
        "reason": reason,
        "details": details,
    }
