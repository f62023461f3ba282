"""Requests of people: registrations, changes and transfers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("from_unit_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("username", sa.String(length=32), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decider_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('registration', 'change', 'transfer')", name="ck_requests_kind_known"),
        sa.CheckConstraint(
            "status IN ('pending', 'approved', 'returned', 'withdrawn')", name="ck_requests_status_known"
        ),
        sa.CheckConstraint(
            "(kind = 'registration') = (code_hash IS NOT NULL)", name="ck_requests_code_for_registrations"
        ),
        sa.CheckConstraint(
            "kind = 'registration' OR person_id IS NOT NULL", name="ck_requests_changes_have_person"
        ),
        sa.CheckConstraint(
            "(kind = 'transfer') = (from_unit_id IS NOT NULL)", name="ck_requests_transfers_leave_a_unit"
        ),
        sa.CheckConstraint(
            "(password_hash IS NOT NULL) = (kind = 'registration' AND status = 'pending')",
            name="ck_requests_password_while_waiting",
        ),
        sa.CheckConstraint(
            "decider_id IS NULL OR person_id IS NULL OR decider_id <> person_id", name="ck_requests_never_own"
        ),
        sa.CheckConstraint(
            "(status IN ('approved', 'returned')) = (decided_at IS NOT NULL)",
            name="ck_requests_decided_has_time",
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decider_id IS NULL)", name="ck_requests_decided_has_decider"
        ),
        sa.ForeignKeyConstraint(["decider_id"], ["people.id"], name="fk_requests_decider_id"),
        sa.ForeignKeyConstraint(["from_unit_id"], ["units.id"], name="fk_requests_from_unit_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_requests_person_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_requests_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_requests"),
        sa.UniqueConstraint("code_hash", name="uq_requests_code_hash"),
        sa.UniqueConstraint("uuid", name="uq_requests_uuid"),
    )
    op.create_index("ix_requests_username", "requests", ["username"])
    op.create_index("ix_requests_person_id_id", "requests", ["person_id", "id"])
    op.create_index(
        "ix_requests_status_unit_id_submitted_at_id",
        "requests",
        ["status", "unit_id", "submitted_at", "id"],
    )
    op.create_index(
        "uq_requests_one_open_of_a_kind",
        "requests",
        ["person_id", "kind"],
        unique=True,
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )


def downgrade() -> None:
    """Take the table away."""
    op.drop_table("requests")
