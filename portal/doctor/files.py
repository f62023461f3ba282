"""Stored bytes against the rows that speak of them, and who may read the instance's folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import literal, select

from portal.doctor.findings import Findings
from portal.extensions import db
from portal.models import Claim, EvidenceFile, Obligation

if TYPE_CHECKING:
    from portal.doctor import Patient

SETTLED = timedelta(hours=24)  # a younger file may belong to a row that is just being written
SECRET = (".key", ".toml", ".pem")


def evidence(patient: Patient) -> Findings:
    """Each row has its file, of the size and SHA-256 it says; a file without a row is a warning."""
    found = Findings("证明材料")
    known = set()
    for row in _rows():
        key = str(row.uuid)
        known.add(key)
        found.looked_at += 1
        try:
            size = patient.store.size(key)
        except FileNotFoundError:
            found.problem(f"{row.place}的“{row.name}”（{key}）缺少文件")
            continue
        if size != row.size or not (patient.quick or _sha256(patient.store.path(key)) == row.sha256):
            found.problem(f"{row.place}的“{row.name}”（{key}）内容与登记不符")
    for key in orphans(patient, known):
        found.warning(f"文件 {key} 没有对应的记录，可用 portal doctor --sweep 清理")
    return found


def sweep(patient: Patient) -> int:
    """Move files without a row to the trash, erase what waited there long; returns how many went."""
    known = {str(row.uuid) for row in _rows()}
    gone = 0
    for key in list(orphans(patient, known)):
        patient.store.delete(key)
        gone += 1
    return gone + patient.store.sweep(patient.now - 30 * SETTLED)


def orphans(patient: Patient, known: set[str]) -> Iterator[str]:
    """Keys of stored files at least a day old that no row names."""
    old = (patient.now - SETTLED).timestamp()
    for key in patient.store.kept():
        if key not in known and patient.store.path(key).stat().st_mtime < old:
            yield key


def permissions(patient: Patient) -> Findings:
    """Keys, settings and the folder itself are for the portal's own user."""
    found = Findings("文件权限")
    if os.name == "nt":
        return found
    folder = patient.settings.instance
    secret = [file for file in folder.iterdir() if file.suffix in SECRET]
    for place in (folder, *secret):
        found.looked_at += 1
        mode = place.stat().st_mode & 0o777
        if mode & 0o077:
            allowed = "700" if place.is_dir() else "600"
            found.warning(f"{place} 的权限是 {mode:o}，其他用户可以读取。请执行 chmod {allowed} {place}")
    return found


def _rows() -> Iterator[Any]:
    """Every row that names stored bytes: uuid, name, size, sha256, and the place it belongs to.

    A new table whose rows name bytes of the store belongs here, or `sweep` would take them for orphans.
    """
    claims = select(
        EvidenceFile.uuid,
        EvidenceFile.name,
        EvidenceFile.size,
        EvidenceFile.sha256,
        ("申报 " + Claim.title).label("place"),
    ).join(Claim, Claim.id == EvidenceFile.claim_id)
    owed = select(
        Obligation.file_uuid.label("uuid"),
        Obligation.file_name.label("name"),
        Obligation.file_size.label("size"),
        Obligation.file_sha256.label("sha256"),
        literal("学时要求").label("place"),
    ).where(Obligation.file_uuid.is_not(None))
    for query in (claims, owed):
        yield from db.session.execute(query).yield_per(1000)


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
