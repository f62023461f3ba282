"""Claims a unit files for its people: who filed them, which list they came with, and the guard over both."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

GUARD = "claims_never_decides_filed"
DECIDES = "NEW.decider_id IS NOT NULL AND NEW.decider_id = NEW.filed_by_id"
STAYS = "claims_filer_stays"
FILER_CHANGED = {
    "sqlite": "OLD.filed_by_id IS NOT NEW.filed_by_id",
    "postgresql": "OLD.filed_by_id IS DISTINCT FROM NEW.filed_by_id",
}


def upgrade() -> None:
    """Two columns, and a database that refuses a filer as decider and a filer that changes."""
    op.execute(  # SQLite takes a reference only together with its column
        "ALTER TABLE claims ADD COLUMN filed_by_id INTEGER"
        " CONSTRAINT fk_claims_filed_by_id REFERENCES people (id)"
    )
    op.add_column("claims", sa.Column("list_uuid", sa.Uuid(), nullable=True))
    op.create_index("ix_claims_list_uuid", "claims", ["list_uuid"])
    dialect = op.get_context().dialect.name
    _guard(dialect, GUARD, "nobody decides what they filed", DECIDES)
    _guard(dialect, STAYS, "who filed a claim is immutable", FILER_CHANGED[dialect])


def _guard(dialect: str, name: str, message: str, when: str) -> None:
    if dialect == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE UPDATE ON claims WHEN {when}"
            f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {when} THEN RAISE EXCEPTION '{message}'"
        " USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE UPDATE ON claims FOR EACH ROW EXECUTE FUNCTION {name}()")


def downgrade() -> None:
    """Take guards and columns away."""
    for name in (STAYS, GUARD):
        if op.get_context().dialect.name == "sqlite":
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP FUNCTION {name} CASCADE")
    op.drop_index("ix_claims_list_uuid", "claims")
    op.drop_column("claims", "list_uuid")
    op.drop_column("claims", "filed_by_id")
