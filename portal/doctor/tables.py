"""The database itself: sound pages and references, this version's tables, the guards against rewriting."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from sqlalchemy import text

from portal import lifecycle
from portal.doctor.findings import Findings
from portal.extensions import db

if TYPE_CHECKING:
    from portal.doctor import Patient

# releases in which two connections checkpointing at once can lose a commit (fixed in these and later)
_WAL_FIXED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))
# the triggers all migrations together set, on both databases
GUARDS = frozenset(
    {
        *("events_no_update", "events_no_delete"),
        *("claims_facts", "claims_no_return", "claims_no_delete"),
        *("evidence_no_insert", "evidence_no_update", "evidence_no_delete"),
        *("claims_filer_stays", "claims_never_decides_filed"),
        *("certificates_facts", "certificates_stay_revoked", "certificates_no_delete"),
        *("prints_no_update", "prints_no_delete"),
        *("policy_confirmations_kept_update", "policy_confirmations_kept_delete"),
    }
)


def integrity(_patient: Patient) -> Findings:
    """SQLite's own integrity and reference checks; on PostgreSQL that every constraint was validated."""
    found = Findings("数据库完整性")
    if db.engine.dialect.name != "sqlite":
        rows = db.session.execute(
            text("SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE NOT convalidated")
        )
        for table, name in rows:
            found.problem(f"表 {table} 的约束 {name} 未经验证")
        found.looked_at = 1
        return found
    for (line,) in db.session.execute(text("PRAGMA integrity_check")):
        if line != "ok":
            found.problem(f"数据库文件损坏：{line}")
    for table, row, parent, _ in db.session.execute(text("PRAGMA foreign_key_check")):
        found.problem(f"表 {table} 第 {row} 行引用的 {parent} 不存在")
    if wal_can_race(sqlite3.sqlite_version_info):
        found.warning(
            f"SQLite {sqlite3.sqlite_version} 在多个进程同时整理日志时有极小可能丢失提交"
            "（3.51.3、3.50.7、3.44.6 起修复）。请升级 SQLite，或改用 PostgreSQL。"
        )
    found.looked_at = 1
    return found


def wal_can_race(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite may lose a commit when a log is reset while another connection reads it."""
    if version >= max(_WAL_FIXED) or version < (3, 7, 0):
        return False
    return not any(version[:2] == fixed[:2] and version >= fixed for fixed in _WAL_FIXED)


def schema(_patient: Patient) -> Findings:
    """The tables are of this version."""
    found = Findings("数据库版本", looked_at=1)
    here, wanted = lifecycle.revision(), lifecycle.head()
    if here != wanted:
        found.problem(f"数据库版本是 {here or '空'}，程序需要 {wanted}。请运行 portal upgrade。")
    return found


def guards(_patient: Patient) -> Findings:
    """Every trigger the migrations set is there, on the table it guards."""
    found = Findings("防改写触发器")
    if db.engine.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    here = set(db.session.scalars(text(query)))
    wanted = GUARDS
    found.looked_at = len(wanted)
    for name in sorted(wanted - here):
        found.problem(f"触发器 {name} 不存在或已停用，数据可能被改写。请从备份恢复或联系开发者。")
    return found
