"""Let the database itself refuse to rewrite what was recorded, decided or issued."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DECIDED = "OLD.status IN ('approved', 'revoked')"
CLAIM_FACTS = (
    *("person_id", "category", "kind", "subject", "title", "start_on", "end_on", "quarters", "study_year"),
    *("work_on", "split", "year_from", "year_to", "decided_at", "decider_id", "approved_quarters"),
    *("approved_subject", "approval_number", "policy_id", "policy_sha256"),
)
CERTIFICATE_FACTS = (
    *("uuid", "person_id", "unit_id", "year", "serial", "number", "code", "facts", "key_id", "signature"),
    "issued_at",
)
JSON_COLUMNS = frozenset({"split"})  # PostgreSQL's json knows no equality


class Guard(NamedTuple):
    """Refuses `deed` (UPDATE, DELETE or INSERT) on a table while the condition holds."""

    name: str
    table: str
    deed: str
    message: str
    when: str = ""


def _changed(columns: Iterable[str], dialect: str) -> str:
    if dialect == "sqlite":
        return " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)
    return " OR ".join(
        f"OLD.{column}{cast} IS DISTINCT FROM NEW.{column}{cast}"
        for column in columns
        for cast in ("::text" if column in JSON_COLUMNS else "",)
    )


def _parent_decided(row: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM claims"  # noqa: S608  (row is OLD or NEW)
        f" WHERE claims.id = {row}.claim_id AND claims.status IN ('approved', 'revoked'))"
    )


def _guards(dialect: str) -> tuple[Guard, ...]:
    facts = f"{DECIDED} AND ({_changed(CLAIM_FACTS, dialect)})"
    back = (
        "(OLD.status = 'approved' AND NEW.status NOT IN ('approved', 'revoked'))"
        " OR (OLD.status = 'revoked' AND NEW.status <> 'revoked')"
    )
    undone = f"OLD.revoked_at IS NOT NULL AND ({_changed(('revoked_at', 'revoked_reason'), dialect)})"
    return (
        Guard("events_no_update", "events", "UPDATE", "events are append-only"),
        Guard("events_no_delete", "events", "DELETE", "events are append-only"),
        Guard("claims_facts", "claims", "UPDATE", "facts of a decided claim are immutable", facts),
        Guard("claims_no_return", "claims", "UPDATE", "a decided claim is never undecided", back),
        Guard("claims_no_delete", "claims", "DELETE", "a decided claim is never deleted", DECIDED),
        *(
            Guard(
                f"evidence_no_{deed.lower()}",
                "evidence",
                deed,
                "evidence of a decided claim is immutable",
                _parent_decided("NEW" if deed == "INSERT" else "OLD"),
            )
            for deed in ("INSERT", "UPDATE", "DELETE")
        ),
        Guard(
            "certificates_facts",
            "certificates",
            "UPDATE",
            "an issued certificate is immutable",
            _changed(CERTIFICATE_FACTS, dialect),
        ),
        Guard("certificates_stay_revoked", "certificates", "UPDATE", "a revocation is final", undone),
        Guard("certificates_no_delete", "certificates", "DELETE", "an issued certificate is never deleted"),
    )


def _create_sqlite(guard: Guard) -> None:
    when = f" WHEN {guard.when}" if guard.when else ""
    op.execute(
        f"CREATE TRIGGER {guard.name} BEFORE {guard.deed} ON {guard.table}{when}"
        f" BEGIN SELECT RAISE(ABORT, '{guard.message}'); END"
    )


def _create_postgresql(guard: Guard) -> None:
    # a trigger's WHEN takes no subquery on PostgreSQL, so the condition sits in its function
    result = "OLD" if guard.deed == "DELETE" else "NEW"
    op.execute(
        f"CREATE FUNCTION {guard.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {guard.when or 'TRUE'} THEN RAISE EXCEPTION '{guard.message}'"
        f" USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {result}; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {guard.name} BEFORE {guard.deed} ON {guard.table}"
        f" FOR EACH ROW EXECUTE FUNCTION {guard.name}()"
    )


def upgrade() -> None:
    """Set the guards."""
    dialect = op.get_context().dialect.name
    for guard in _guards(dialect):
        if dialect == "sqlite":
            _create_sqlite(guard)
        else:
            _create_postgresql(guard)


def downgrade() -> None:
    """Take the guards away."""
    dialect = op.get_context().dialect.name
    for guard in _guards(dialect):
        if dialect == "sqlite":
            op.execute(f"DROP TRIGGER {guard.name}")
        else:
            op.execute(f"DROP FUNCTION {guard.name} CASCADE")
