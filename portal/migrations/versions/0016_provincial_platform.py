"""What was entered into the provincial platform, and the differences found there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the four tables, empty."""
    _entries()
    _imports()
    _differences()


def downgrade() -> None:
    """Take them away."""
    for name in ("provincial_differences", "provincial_figures", "provincial_imports", "provincial_entries"):
        op.drop_table(name)


def _entries() -> None:
    op.create_table(
        "provincial_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("quarters", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("quarters > 0", name="ck_provincial_entries_hours_positive"),
        sa.CheckConstraint("ended_why IN ('unmarked', 'corrected')", name="ck_provincial_entries_end_known"),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_why IS NULL)", name="ck_provincial_entries_ended_has_cause"
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by_id IS NULL)", name="ck_provincial_entries_ended_has_person"
        ),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_provincial_entries_claim_id"),
        sa.ForeignKeyConstraint(["entered_by_id"], ["people.id"], name="fk_provincial_entries_entered_by_id"),
        sa.ForeignKeyConstraint(["ended_by_id"], ["people.id"], name="fk_provincial_entries_ended_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_provincial_entries"),
        sa.UniqueConstraint("uuid", name="uq_provincial_entries_uuid"),
    )
    op.create_index(
        "uq_provincial_entries_claim_id_year_holds",
        "provincial_entries",
        ["claim_id", "year"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _imports() -> None:
    op.create_table(
        "provincial_imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("importer_id", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("job_uuid", sa.Uuid(), nullable=True),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["importer_id"], ["people.id"], name="fk_provincial_imports_importer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_provincial_imports"),
        sa.UniqueConstraint("uuid", name="uq_provincial_imports_uuid"),
    )
    op.create_table(
        "provincial_figures",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("public", sa.Integer(), nullable=False),
        sa.Column("professional", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.JSON(), nullable=False),
        sa.Column("unpushed", sa.JSON(), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["provincial_imports.id"],
            name="fk_provincial_figures_import_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_provincial_figures_person_id"),
        sa.PrimaryKeyConstraint("import_id", "person_id", "year", name="pk_provincial_figures"),
    )


def _differences() -> None:
    op.create_table(
        "provincial_differences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("here", sa.Integer(), nullable=False),
        sa.Column("there", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("certain", sa.Boolean(), nullable=False),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settler_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'settled', 'agreed')", name="ck_provincial_differences_state_known"
        ),
        sa.CheckConstraint(
            "(state = 'open') = (settled_at IS NULL)", name="ck_provincial_differences_settled_has_time"
        ),
        sa.CheckConstraint(
            "(state = 'settled') = (settler_id IS NOT NULL)",
            name="ck_provincial_differences_settled_has_person",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_provincial_differences_person_id"),
        sa.ForeignKeyConstraint(
            ["import_id"], ["provincial_imports.id"], name="fk_provincial_differences_import_id"
        ),
        sa.ForeignKeyConstraint(["settler_id"], ["people.id"], name="fk_provincial_differences_settler_id"),
        sa.PrimaryKeyConstraint("id", name="pk_provincial_differences"),
        sa.UniqueConstraint("uuid", name="uq_provincial_differences_uuid"),
    )
    op.create_index(
        "ix_provincial_differences_state_cause_id", "provincial_differences", ["state", "cause", "id"]
    )
    op.create_index(
        "ix_provincial_differences_person_id_year", "provincial_differences", ["person_id", "year"]
    )
    op.create_index(
        "uq_provincial_differences_person_id_open",
        "provincial_differences",
        ["person_id", "year", "subject"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
