"""Certificates against their signature and the hours they rest on, and their numbers against gaps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from portal.certificate_desk import keyring
from portal.doctor.findings import Findings
from portal.extensions import db
from portal.models import Certificate, PersonYear, Unit

if TYPE_CHECKING:
    from portal.doctor import Patient


def certificates(patient: Patient) -> Findings:
    """Each row still says what was signed; a valid one stands on a year that is met; no number is missing."""
    found = Findings("证书")
    signer = keyring(patient.settings)
    rows = db.session.execute(
        select(Certificate, PersonYear.met).outerjoin(
            PersonYear,
            (PersonYear.person_id == Certificate.person_id) & (PersonYear.year == Certificate.year),
        )
    )
    for row, met in rows.yield_per(1000):
        found.looked_at += 1
        if not signer.holds(row, json.loads(row.facts)):
            found.problem(f"证书 {row.number} 的数据与签名不符，可能被改动，或签名密钥不是当时的密钥")
        if row.revoked_at is None and not met:
            found.problem(f"证书 {row.number} 有效，但 {row.year} 年度并未达标")
    for name, year, count, last in db.session.execute(
        select(Unit.name, Certificate.year, func.count(), func.max(Certificate.serial))
        .join(Unit, Unit.id == Certificate.unit_id)
        .group_by(Unit.name, Certificate.year)
    ):
        if count != last:
            found.problem(f"{name} {year} 年度证书编号到 {last}，但只有 {count} 张")
    return found
