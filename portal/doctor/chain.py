"""The event log against itself and against the heads kept outside the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.doctor.findings import Findings
from portal.queries import event_chain
from portal.services import audit_heads

if TYPE_CHECKING:
    from portal.doctor import Patient


def events(patient: Patient) -> Findings:
    """Nothing in the log was changed, removed, inserted or cut off."""
    found = Findings("操作日志")
    file = patient.settings.heads_file
    written = []
    try:
        written = [head for _, head in audit_heads.lines(file)] if file.is_file() else []
    except audit_heads.BadHeads as fault:
        found.problem(str(fault))
    for sentence in event_chain.faults(written):
        found.problem(sentence)
    found.looked_at = event_chain.head().number
    return found
