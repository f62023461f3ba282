"""Course records by batch, and how far a batch has come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_COLUMNS = ("batch_id", "changed_by_id")


def upgrade() -> None:
    """Create the table; records get the batch that added and the one that last changed them."""
    for name in _COLUMNS:  # written out: SQLite takes a new column only together with its foreign key
        op.execute(
            f"ALTER TABLE course_records ADD COLUMN {name} INTEGER "
            f"CONSTRAINT fk_course_records_{name} REFERENCES import_batches (id)"
        )
    op.create_index("ix_course_records_batch_id", "course_records", ["batch_id"])
    op.create_table(
        "course_imports",
        sa.Column("batch_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("byte_offset", sa.Integer(), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("job_uuid", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "stage IN ('reading', 'ready', 'writing', 'written', 'undoing', 'undone')",
            name="ck_course_imports_stage_known",
        ),
        sa.CheckConstraint("done >= 0 AND byte_offset >= 0", name="ck_course_imports_progress_not_negative"),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batches.id"], name="fk_course_imports_batch_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("batch_id", name="pk_course_imports"),
    )


def downgrade() -> None:
    """Take both away."""
    op.drop_table("course_imports")
    op.drop_index("ix_course_records_batch_id", table_name="course_records")
    for name in reversed(_COLUMNS):
        op.drop_column("course_records", name)
