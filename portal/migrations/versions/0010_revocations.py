"""Why a claim was revoked, lowered hours, and revocations that need a second officer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ASKED = (
    *("person_id", "category", "kind", "subject", "title", "start_on", "end_on", "quarters", "study_year"),
    *("work_on", "split", "year_from", "year_to"),
)
DECISION = (
    *("decided_at", "decider_id"),
    *("approved_subject", "approval_number", "policy_id", "policy_sha256"),
)
UNDONE = "OLD.status = 'approved' AND NEW.status = 'pending'"  # claims_no_return says when that may be
DECIDED = "OLD.status IN ('approved', 'revoked')"
MESSAGE = "facts of a decided claim are immutable"
STATES = "'pending', 'confirmed', 'refused', 'withdrawn', 'done'"


def upgrade() -> None:
    """Add the columns and tables; let approved hours fall, and only fall."""
    op.add_column("claims", sa.Column("revoked_kind", sa.String(length=16), nullable=True))
    op.add_column("certificates", sa.Column("fell_with", sa.Uuid(), nullable=True))
    op.create_table(
        "revocation_proposals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("proposer_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decider_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('false', 'mistaken')", name="ck_revocation_proposals_kind_known"),
        sa.CheckConstraint(f"state IN ({STATES})", name="ck_revocation_proposals_state_known"),
        sa.CheckConstraint(
            "(state = 'pending') = (decided_at IS NULL)", name="ck_revocation_proposals_decided_has_time"
        ),
        sa.CheckConstraint(
            "(state IN ('confirmed', 'refused', 'done')) = (decider_id IS NOT NULL)",
            name="ck_revocation_proposals_has_decider",
        ),
        sa.CheckConstraint(
            "decider_id IS NULL OR decider_id <> proposer_id", name="ck_revocation_proposals_needs_a_second"
        ),
        sa.ForeignKeyConstraint(["proposer_id"], ["people.id"], name="fk_revocation_proposals_proposer_id"),
        sa.ForeignKeyConstraint(["decider_id"], ["people.id"], name="fk_revocation_proposals_decider_id"),
        sa.PrimaryKeyConstraint("id", name="pk_revocation_proposals"),
        sa.UniqueConstraint("uuid", name="uq_revocation_proposals_uuid"),
    )
    op.create_index("ix_revocation_proposals_state", "revocation_proposals", ["state"])
    op.create_table(
        "revocation_items",
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.CheckConstraint("outcome IN ('revoked', 'skipped')", name="ck_revocation_items_outcome_known"),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["revocation_proposals.id"], name="fk_revocation_items_proposal_id"
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_revocation_items_claim_id"),
        sa.PrimaryKeyConstraint("proposal_id", "claim_id", name="pk_revocation_items"),
    )
    op.create_index("ix_revocation_items_claim_id", "revocation_items", ["claim_id"])
    rises = (
        " OR NEW.approved_quarters IS NULL OR NEW.approved_quarters > OLD.approved_quarters"
        " OR (OLD.status = 'revoked' AND NEW.approved_quarters <> OLD.approved_quarters)"
    )
    _guard(rises)


def downgrade() -> None:
    """Take them away; approved hours are fixed again."""
    dialect = op.get_context().dialect.name
    _guard(" OR OLD.approved_quarters " + _differs(dialect) + " NEW.approved_quarters")
    op.drop_table("revocation_items")
    op.drop_table("revocation_proposals")
    op.drop_column("certificates", "fell_with")
    op.drop_column("claims", "revoked_kind")


def _differs(dialect: str) -> str:
    return "IS NOT" if dialect == "sqlite" else "IS DISTINCT FROM"


def _guard(hours: str) -> None:
    dialect = op.get_context().dialect.name
    # PostgreSQL's json knows no equality
    cast = {"split": "::text"} if dialect == "postgresql" else {}
    asked, decision = (
        " OR ".join(
            f"OLD.{name}{cast.get(name, '')} {_differs(dialect)} NEW.{name}{cast.get(name, '')}"
            for name in names
        )
        for names in (ASKED, DECISION)
    )
    when = f"{DECIDED} AND ({asked} OR (NOT ({UNDONE}) AND ({decision}{hours})))"
    if dialect == "sqlite":
        op.execute("DROP TRIGGER claims_facts")
        op.execute(
            f"CREATE TRIGGER claims_facts BEFORE UPDATE ON claims WHEN {when}"
            f" BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )
    else:
        op.execute(
            "CREATE OR REPLACE FUNCTION claims_facts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF {when} THEN RAISE EXCEPTION '{MESSAGE}'"
            " USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
        )
