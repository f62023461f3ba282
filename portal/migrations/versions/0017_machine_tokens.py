"""Tokens of the machine interface."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "machine_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("mark", sa.String(length=12), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("platform", sa.String(length=40), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("creator_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        sa.Column("revoker_id", sa.Integer(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoker_id IS NULL)", name="ck_machine_tokens_revoked_by_somebody"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_machine_tokens_unit_id"),
        sa.ForeignKeyConstraint(["creator_id"], ["people.id"], name="fk_machine_tokens_creator_id"),
        sa.ForeignKeyConstraint(["revoker_id"], ["people.id"], name="fk_machine_tokens_revoker_id"),
        sa.PrimaryKeyConstraint("id", name="pk_machine_tokens"),
        sa.UniqueConstraint("uuid", name="uq_machine_tokens_uuid"),
        sa.UniqueConstraint("token_hash", name="uq_machine_tokens_token_hash"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("machine_tokens")
