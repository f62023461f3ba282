"""Rows of an import about whoever imported it, which another officer decides."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "course_holds",
        sa.Column("batch_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("importer_id", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("decider_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("rows > 0", name="ck_course_holds_rows_positive"),
        sa.CheckConstraint(
            "state IN ('pending', 'confirmed', 'refused', 'withdrawn')", name="ck_course_holds_state_known"
        ),
        sa.CheckConstraint(
            "(state = 'pending') = (decided_at IS NULL)", name="ck_course_holds_decided_has_time"
        ),
        sa.CheckConstraint(
            "(state IN ('confirmed', 'refused')) = (decider_id IS NOT NULL)",
            name="ck_course_holds_has_decider",
        ),
        sa.CheckConstraint(
            "decider_id IS NULL OR decider_id <> importer_id", name="ck_course_holds_needs_a_second"
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batches.id"], name="fk_course_holds_batch_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["importer_id"], ["people.id"], name="fk_course_holds_importer_id"),
        sa.ForeignKeyConstraint(["decider_id"], ["people.id"], name="fk_course_holds_decider_id"),
        sa.PrimaryKeyConstraint("batch_id", name="pk_course_holds"),
    )
    op.create_index("ix_course_holds_state", "course_holds", ["state"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_course_holds_state", table_name="course_holds")
    op.drop_table("course_holds")
