"""Notices, learning plans and who read them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the three tables, empty."""
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("everyone", sa.Boolean(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('notice', 'plan')", name="ck_notices_kind_known"),
        sa.CheckConstraint("subject IN ('', 'public', 'professional')", name="ck_notices_subject_known"),
        sa.CheckConstraint("subject = '' OR kind = 'plan'", name="ck_notices_subject_of_a_plan"),
        sa.CheckConstraint("state IN ('draft', 'published', 'withdrawn')", name="ck_notices_state_known"),
        sa.CheckConstraint(
            "state <> 'published' OR published_at IS NOT NULL", name="ck_notices_published_has_time"
        ),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="ck_notices_withdrawn_has_time"
        ),
        sa.CheckConstraint("last_day IS NULL OR last_day >= first_day", name="ck_notices_days_in_order"),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name="fk_notices_author_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("uuid", name="uq_notices_uuid"),
    )
    op.create_index("ix_notices_state_first_day", "notices", ["state", "first_day"])
    op.create_table(
        "notice_units",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name="fk_notice_units_notice_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_notice_units_unit_id"),
        sa.PrimaryKeyConstraint("notice_id", "unit_id", name="pk_notice_units"),
    )
    op.create_table(
        "notice_reads",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name="fk_notice_reads_notice_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_notice_reads_person_id"),
        sa.PrimaryKeyConstraint("notice_id", "person_id", "edition", name="pk_notice_reads"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("notice_reads", "notice_units", "notices"):
        op.drop_table(table)
