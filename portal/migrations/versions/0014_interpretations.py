"""Confirmed interpretations of the notice; what was said about them is never rewritten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLE = "policy_confirmations"
GUARD = "policy_confirmations_kept"
MESSAGE = "confirmations are append-only"


def upgrade() -> None:
    """Add the table and let nothing in it be changed or taken away."""
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("policy_id", sa.String(length=64), nullable=False),
        sa.Column("interpretation_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("deed", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("proposer_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "deed IN ('propose', 'confirm', 'refuse', 'withdraw')", name="ck_policy_confirmations_deed_known"
        ),
        sa.CheckConstraint(
            "deed NOT IN ('confirm', 'refuse') OR (proposer_id IS NOT NULL AND proposer_id <> person_id)",
            name="ck_policy_confirmations_needs_a_second",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_policy_confirmations_person_id"),
        sa.ForeignKeyConstraint(["proposer_id"], ["people.id"], name="fk_policy_confirmations_proposer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_policy_confirmations"),
        sa.UniqueConstraint("uuid", name="uq_policy_confirmations_uuid"),
        sa.UniqueConstraint(
            *("policy_id", "interpretation_id", "digest", "step"),
            name="uq_policy_confirmations_policy_id_interpretation_id_digest_step",
        ),
    )
    if op.get_context().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {GUARD}_{deed.lower()} BEFORE {deed} ON {TABLE}"
                f" BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )
    else:
        op.execute(
            f"CREATE FUNCTION {GUARD}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {GUARD}_{deed.lower()} BEFORE {deed} ON {TABLE}"
                f" FOR EACH ROW EXECUTE FUNCTION {GUARD}()"
            )


def downgrade() -> None:
    """Take it away."""
    op.drop_table(TABLE)
    if op.get_context().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION {GUARD}()")
