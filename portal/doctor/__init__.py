"""Examines a whole instance: tables, files, hours, certificates and events, each against the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from portal.config import Settings
from portal.doctor import certificates, chain, files, hours, tables
from portal.doctor.findings import Findings
from portal.rules.policy import PolicySet
from portal.storage import LocalStore


@dataclass(frozen=True, slots=True)
class Patient:
    """What an examination may look at; reads only, and needs an app context."""

    settings: Settings
    policies: PolicySet
    store: LocalStore
    now: datetime
    quick: bool = False  # skip what reads every stored byte


@dataclass(frozen=True, slots=True)
class Report:
    """What all checks found. `ok` is false when any problem is; warnings alone leave it true."""

    checks: dict[str, Findings] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether no check found a problem."""
        return not any(found.problems for found in self.checks.values())

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values: `ok`, and per check its label, count, problems and warnings."""
        return {"ok": self.ok, "checks": {name: asdict(found) for name, found in self.checks.items()}}


CHECKS: dict[str, Callable[[Patient], Findings]] = {
    "database": tables.integrity,
    "schema": tables.schema,
    "guards": tables.guards,
    "files": files.evidence,
    "permissions": files.permissions,
    "hours": hours.standings,
    "decisions": hours.decisions,
    "certificates": certificates.certificates,
    "events": chain.events,
}


def examine(patient: Patient) -> Report:
    """Run every check; one that cannot run at all is itself a problem of the report."""
    found: dict[str, Findings] = {}
    for name, check in CHECKS.items():
        try:
            found[name] = check(patient)
        except Exception as fault:
            broken = Findings(name)
            broken.problem(f"检查无法完成：{type(fault).__name__}: {str(fault).splitlines()[0][:200]}")
            found[name] = broken
    return Report(found)


def clear_away(patient: Patient) -> int:
    """Clear away files that no row names; returns how many. Only after an examination without problems."""
    return files.sweep(patient)
