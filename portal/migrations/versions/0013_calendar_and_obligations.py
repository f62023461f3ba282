"""The calendar of each year, reopenings, and obligations of single people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the three tables, empty: every year then follows the usual dates and the notice's figures."""
    op.create_table(
        "year_calendars",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("open_until", sa.Date(), nullable=False),
        sa.Column("grace_until", sa.Date(), nullable=False),
        sa.Column("review_until", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("setter_id", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "open_until <= grace_until AND grace_until <= review_until",
            name="ck_year_calendars_phases_in_order",
        ),
        sa.ForeignKeyConstraint(["setter_id"], ["people.id"], name="fk_year_calendars_setter_id"),
        sa.PrimaryKeyConstraint("year", name="pk_year_calendars"),
    )
    op.create_table(
        "year_reopenings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("files_until", sa.Date(), nullable=False),
        sa.Column("review_until", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("setter_id", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("files_until <= review_until", name="ck_year_reopenings_days_in_order"),
        sa.CheckConstraint("setter_id <> person_id", name="ck_year_reopenings_never_for_oneself"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_year_reopenings_person_id"),
        sa.ForeignKeyConstraint(["setter_id"], ["people.id"], name="fk_year_reopenings_setter_id"),
        sa.PrimaryKeyConstraint("id", name="pk_year_reopenings"),
        sa.UniqueConstraint("uuid", name="uq_year_reopenings_uuid"),
    )
    op.create_index("ix_year_reopenings_person_id_year", "year_reopenings", ["person_id", "year"])
    op.create_table(
        "obligations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("public", sa.Integer(), nullable=True),
        sa.Column("professional", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("file_uuid", sa.Uuid(), nullable=True),
        sa.Column("file_name", sa.String(length=120), nullable=True),
        sa.Column("file_type", sa.String(length=40), nullable=True),
        sa.Column("file_size", sa.Integer(), nullable=True),
        sa.Column("file_sha256", sa.String(length=64), nullable=True),
        sa.Column("setter_id", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('new_hire', 'leave', 'retired', 'other', 'ended')", name="ck_obligations_kind_known"
        ),
        sa.CheckConstraint("(kind = 'ended') = (public IS NULL)", name="ck_obligations_figures_unless_ended"),
        sa.CheckConstraint("(public IS NULL) = (professional IS NULL)", name="ck_obligations_both_figures"),
        sa.CheckConstraint("public >= 0 AND professional >= 0", name="ck_obligations_not_negative"),
        sa.CheckConstraint("setter_id <> person_id", name="ck_obligations_never_for_oneself"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_obligations_person_id"),
        sa.ForeignKeyConstraint(["setter_id"], ["people.id"], name="fk_obligations_setter_id"),
        sa.PrimaryKeyConstraint("id", name="pk_obligations"),
        sa.UniqueConstraint("file_uuid", name="uq_obligations_file_uuid"),
        sa.UniqueConstraint("uuid", name="uq_obligations_uuid"),
    )
    op.create_index(
        "uq_obligations_holds",
        "obligations",
        ["person_id", "year"],
        unique=True,
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("obligations", "year_reopenings", "year_calendars"):
        op.drop_table(table)
