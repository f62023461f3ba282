"""Units in earnest: annex deadlines, received papers, absences, role proposals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "absences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=100), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name="ck_absences_days_in_order"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_absences_person_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_absences_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_absences"),
        sa.UniqueConstraint("uuid", name="uq_absences_uuid"),
    )
    op.create_index(
        "ix_absences_person_id_unit_id_last_day", "absences", ["person_id", "unit_id", "last_day"]
    )
    op.create_table(
        "annex_papers",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("receiver_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["receiver_id"], ["people.id"], name="fk_annex_papers_receiver_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_annex_papers_unit_id"),
        sa.PrimaryKeyConstraint("unit_id", "year", name="pk_annex_papers"),
    )
    op.create_table(
        "annex_deadlines",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_annex_deadlines"),
    )
    op.create_table(
        "role_proposals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("gives", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("proposer_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decider_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('hr', 'auditor')", name="ck_role_proposals_role_known"),
        sa.CheckConstraint(
            "state IN ('pending', 'confirmed', 'refused', 'withdrawn')", name="ck_role_proposals_state_known"
        ),
        sa.CheckConstraint(
            "(state IN ('confirmed', 'refused')) = (decider_id IS NOT NULL)",
            name="ck_role_proposals_has_decider",
        ),
        sa.CheckConstraint(
            "(state = 'pending') = (decided_at IS NULL)", name="ck_role_proposals_decided_has_time"
        ),
        sa.CheckConstraint("proposer_id <> person_id", name="ck_role_proposals_never_proposes_oneself"),
        sa.CheckConstraint(
            "decider_id IS NULL OR (decider_id <> person_id AND decider_id <> proposer_id)",
            name="ck_role_proposals_needs_a_second",
        ),
        sa.ForeignKeyConstraint(["decider_id"], ["people.id"], name="fk_role_proposals_decider_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_role_proposals_person_id"),
        sa.ForeignKeyConstraint(["proposer_id"], ["people.id"], name="fk_role_proposals_proposer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_role_proposals"),
        sa.UniqueConstraint("uuid", name="uq_role_proposals_uuid"),
    )
    op.create_index("ix_role_proposals_person_id", "role_proposals", ["person_id"])
    op.create_index("ix_role_proposals_state", "role_proposals", ["state"])


def downgrade() -> None:
    """Drop them, children first."""
    for table in ("role_proposals", "annex_deadlines", "annex_papers", "absences"):
        op.drop_table(table)
