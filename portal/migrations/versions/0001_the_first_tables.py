"""The first tables, and the row the chain of events starts from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=32), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
    )
    op.create_index("ix_attempts_address_at", "attempts", ["address", "at"])
    op.create_index("ix_attempts_at", "attempts", ["at"])
    op.create_index("ix_attempts_username_at", "attempts", ["username", "at"])

    head = op.create_table(
        "event_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event_head"),
    )
    op.create_table(
        "units",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_units"),
        sa.UniqueConstraint("code", name="uq_units_code"),
        sa.UniqueConstraint("name", name="uq_units_name"),
        sa.UniqueConstraint("uuid", name="uq_units_uuid"),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("search_key", sa.String(length=300), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("department", sa.String(length=80), nullable=False),
        sa.Column("title_series", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_people_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("username", name="uq_people_username"),
        sa.UniqueConstraint("uuid", name="uq_people_uuid"),
    )
    op.create_index("ix_people_unit_id", "people", ["unit_id"])

    op.create_table(
        "certificates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_reason = '')", name="ck_certificates_revoked_has_reason"
        ),
        sa.CheckConstraint("serial > 0", name="ck_certificates_serial_positive"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_certificates_person_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_certificates_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_certificates"),
        sa.UniqueConstraint("code", name="uq_certificates_code"),
        sa.UniqueConstraint("number", name="uq_certificates_number"),
        sa.UniqueConstraint("unit_id", "year", "serial", name="uq_certificates_unit_id_year_serial"),
        sa.UniqueConstraint("uuid", name="uq_certificates_uuid"),
    )
    op.create_index(
        "uq_certificates_one_valid_a_year",
        "certificates",
        ["person_id", "year"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )

    op.create_table(
        "claims",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("organizer", sa.String(length=120), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=True),
        sa.Column("end_on", sa.Date(), nullable=True),
        sa.Column("quarters", sa.Integer(), nullable=True),
        sa.Column("study_year", sa.Integer(), nullable=True),
        sa.Column("work_on", sa.Date(), nullable=True),
        sa.Column("split", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("year_from", sa.Integer(), nullable=True),
        sa.Column("year_to", sa.Integer(), nullable=True),
        sa.Column("author_name", sa.String(length=60), nullable=False),
        sa.Column("rank", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("work_id", sa.String(length=120), nullable=False),
        sa.Column("approval", sa.String(length=16), nullable=False),
        sa.Column("approval_document", sa.String(length=80), nullable=False),
        sa.Column("marked", sa.Boolean(), nullable=False),
        sa.Column("truthful", sa.Boolean(), nullable=False),
        sa.Column("keep_zero", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decider_id", sa.Integer(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=False),
        sa.Column("approved_quarters", sa.Integer(), nullable=True),
        sa.Column("approved_subject", sa.String(length=16), nullable=True),
        sa.Column("approval_number", sa.Integer(), nullable=True),
        sa.Column("credited", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("policy_id", sa.String(length=60), nullable=True),
        sa.Column("policy_sha256", sa.String(length=64), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoker_id", sa.Integer(), nullable=True),
        sa.Column("revoked_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(status = 'revoked') = (revoked_at IS NOT NULL)", name="ck_claims_revoked_has_time"
        ),
        sa.CheckConstraint(
            "(status IN ('returned', 'approved', 'revoked')) = (decided_at IS NOT NULL)",
            name="ck_claims_decided_has_time",
        ),
        sa.CheckConstraint(
            "category IN ('training', 'self_study', 'achievement', 'publication')",
            name="ck_claims_category_known",
        ),
        sa.CheckConstraint(
            "status <> 'pending' OR (submitted_at IS NOT NULL AND year_from IS NOT NULL AND"
            " year_to IS NOT NULL AND quarters IS NOT NULL AND subject IS NOT NULL)",
            name="ck_claims_pending_is_complete",
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'pending', 'returned', 'approved', 'withdrawn', 'revoked')",
            name="ck_claims_status_known",
        ),
        sa.CheckConstraint(
            "status NOT IN ('approved', 'revoked') OR (approved_quarters IS NOT NULL AND"
            " quarters IS NOT NULL AND approved_quarters > 0 AND approved_quarters <= quarters"
            " AND approved_subject IS NOT NULL AND approval_number IS NOT NULL AND credited IS"
            " NOT NULL AND policy_id IS NOT NULL)",
            name="ck_claims_approved_is_complete",
        ),
        sa.CheckConstraint("subject IN ('public', 'professional')", name="ck_claims_subject_known"),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (decider_id IS NULL)", name="ck_claims_decided_has_decider"
        ),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoker_id IS NULL)", name="ck_claims_revoked_has_revoker"
        ),
        sa.CheckConstraint(
            "decider_id IS NULL OR decider_id <> person_id", name="ck_claims_never_decides_own"
        ),
        sa.CheckConstraint(
            "end_on IS NULL OR start_on IS NULL OR end_on >= start_on", name="ck_claims_dates_in_order"
        ),
        sa.CheckConstraint("quarters IS NULL OR quarters > 0", name="ck_claims_hours_positive"),
        sa.CheckConstraint(
            "revoker_id IS NULL OR revoker_id <> person_id", name="ck_claims_never_revokes_own"
        ),
        sa.ForeignKeyConstraint(["decider_id"], ["people.id"], name="fk_claims_decider_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_claims_person_id"),
        sa.ForeignKeyConstraint(["revoker_id"], ["people.id"], name="fk_claims_revoker_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_claims_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_claims"),
        sa.UniqueConstraint("person_id", "approval_number", name="uq_claims_person_id_approval_number"),
        sa.UniqueConstraint("uuid", name="uq_claims_uuid"),
    )
    op.create_index("ix_claims_person_id_year_from_year_to", "claims", ["person_id", "year_from", "year_to"])
    op.create_index("ix_claims_status_submitted_at_id", "claims", ["status", "submitted_at", "id"])
    op.create_index(
        "ix_claims_status_unit_id_submitted_at_id", "claims", ["status", "unit_id", "submitted_at", "id"]
    )

    op.create_table(
        "course_records",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("completed_on", sa.Date(), nullable=False),
        sa.Column("quarters", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quarters > 0", name="ck_course_records_hours_positive"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_course_records_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_course_records"),
        sa.UniqueConstraint("platform", "record_id", name="uq_course_records_platform_record_id"),
        sa.UniqueConstraint("uuid", name="uq_course_records_uuid"),
    )
    op.create_index("ix_course_records_person_id_year", "course_records", ["person_id", "year"])

    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_hat", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("object_type", sa.String(length=20), nullable=False),
        sa.Column("object_uuid", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["people.id"], name="fk_events_actor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("digest", name="uq_events_digest"),
    )
    op.create_index("ix_events_action_id", "events", ["action", "id"])
    op.create_index("ix_events_actor_id_id", "events", ["actor_id", "id"])
    op.create_index("ix_events_object_uuid_id", "events", ["object_uuid", "id"])

    op.create_table(
        "grants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("desk_phone", sa.String(length=32), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(role = 'unit_admin') = (unit_id IS NOT NULL)", name="ck_grants_unit_only_for_admins"
        ),
        sa.CheckConstraint("role IN ('unit_admin', 'hr', 'auditor')", name="ck_grants_role_known"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_grants_person_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_grants_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
    )
    op.create_index("ix_grants_person_id_role", "grants", ["person_id", "role"])
    op.create_index("ix_grants_unit_id_role", "grants", ["unit_id", "role"])

    op.create_table(
        "logins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("hat", sa.String(length=16), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_logins_person_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name="fk_logins_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_logins"),
        sa.UniqueConstraint("token_hash", name="uq_logins_token_hash"),
        sa.UniqueConstraint("uuid", name="uq_logins_uuid"),
    )
    op.create_index("ix_logins_person_id", "logins", ["person_id"])

    op.create_table(
        "person_years",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("public", sa.Integer(), nullable=False),
        sa.Column("professional", sa.Integer(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("met", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("public >= 0 AND professional >= 0", name="ck_person_years_not_negative"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_person_years_person_id"),
        sa.PrimaryKeyConstraint("person_id", "year", name="pk_person_years"),
    )
    op.create_index("ix_person_years_year_met", "person_years", ["year", "met"])

    op.create_table(
        "sendings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("claim_uuid", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_sendings_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sendings"),
        sa.UniqueConstraint("person_id", "key", name="uq_sendings_person_id_key"),
    )
    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('dispatch', 'assessment', 'hours', 'admission', 'transcript', 'material')",
            name="ck_evidence_kind_known",
        ),
        sa.CheckConstraint("size > 0", name="ck_evidence_not_empty"),
        sa.ForeignKeyConstraint(["claim_id"], ["claims.id"], name="fk_evidence_claim_id"),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
        sa.UniqueConstraint("uuid", name="uq_evidence_uuid"),
    )
    op.create_index("ix_evidence_claim_id", "evidence", ["claim_id"])
    op.create_index("ix_evidence_sha256", "evidence", ["sha256"])
    op.bulk_insert(head, [{"id": 1, "last_id": 0, "digest": "0" * 64}])


def downgrade() -> None:
    """Drop every table, children first."""
    for table in (
        "evidence",
        "sendings",
        "person_years",
        "logins",
        "grants",
        "events",
        "course_records",
        "claims",
        "certificates",
        "people",
        "units",
        "event_head",
        "attempts",
    ):
        op.drop_table(table)
