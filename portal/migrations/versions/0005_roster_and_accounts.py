"""Roster batches, leavers, and one-time codes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; people get a column that says how they left."""
    op.add_column("people", sa.Column("departure", sa.String(length=16), nullable=True))
    op.create_table(
        "codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("issuer_id", sa.Integer(), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("issuer_id IS NULL OR issuer_id <> person_id", name="ck_codes_never_for_oneself"),
        sa.CheckConstraint("redeemed_at IS NULL OR ended_at IS NOT NULL", name="ck_codes_redeemed_once"),
        sa.CheckConstraint("seen_at IS NULL OR redeemed_at IS NOT NULL", name="ck_codes_seen_after_redeemed"),
        sa.ForeignKeyConstraint(["issuer_id"], ["people.id"], name="fk_codes_issuer_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_codes_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_codes"),
    )
    op.create_index("ix_codes_person_id", "codes", ["person_id"])
    op.create_table(
        "import_batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("importer_id", sa.Integer(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.CheckConstraint("kind IN ('staff', 'courses')", name="ck_import_batches_kind_known"),
        sa.CheckConstraint(
            "state IN ('preview', 'committed', 'undone')", name="ck_import_batches_state_known"
        ),
        sa.CheckConstraint(
            "(state = 'preview') = (committed_at IS NULL)", name="ck_import_batches_committed_has_time"
        ),
        sa.CheckConstraint(
            "(state = 'undone') = (undone_at IS NOT NULL)", name="ck_import_batches_undone_has_time"
        ),
        sa.ForeignKeyConstraint(["importer_id"], ["people.id"], name="fk_import_batches_importer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_import_batches"),
        sa.UniqueConstraint("uuid", name="uq_import_batches_uuid"),
    )
    op.create_index("ix_import_batches_kind", "import_batches", ["kind"])
    op.create_table(
        "import_rows",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("object_uuid", sa.Uuid(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batches.id"], name="fk_import_rows_batch_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("batch_id", "number", name="pk_import_rows"),
    )


def downgrade() -> None:
    """Drop them, children first."""
    for table in ("import_rows", "import_batches", "codes"):
        op.drop_table(table)
    op.drop_column("people", "departure")
