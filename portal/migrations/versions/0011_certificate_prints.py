"""What was printed of a certificate, and which one it replaces."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

FACTS = (
    *("uuid", "person_id", "unit_id", "year", "serial", "number", "code", "facts", "key_id", "signature"),
    "issued_at",
)
REPLACED = (*FACTS, "replaces_id")


def upgrade() -> None:
    """Add the link and its guard; make the table of prints; let a longer signature in."""
    op.add_column(
        "certificates",
        sa.Column(
            "replaces_id",
            sa.Integer(),
            sa.ForeignKey("certificates.id", name="fk_certificates_replaces_id"),
            nullable=True,
        ),
        inline_references=True,
    )
    op.create_index("uq_certificates_replaces_id", "certificates", ["replaces_id"], unique=True)
    op.create_table(
        "certificate_prints",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("recipe", sa.String(length=16), nullable=False),
        sa.Column("signed", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificates.id"], name="fk_certificate_prints_certificate_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_certificate_prints"),
        sa.UniqueConstraint("sha256", name="uq_certificate_prints_sha256"),
    )
    op.create_index("ix_certificate_prints_certificate_id", "certificate_prints", ["certificate_id"])
    dialect = op.get_context().dialect.name
    _drop(dialect, "certificates_facts", "certificates")
    _facts(dialect, REPLACED)
    for deed in ("UPDATE", "DELETE"):
        _guard(dialect, f"prints_no_{deed.lower()}", "certificate_prints", deed, "prints are append-only")
    if dialect == "postgresql":  # 64 bytes of Ed25519 as hex; SQLite holds no text to its length
        op.alter_column("certificates", "signature", type_=sa.String(length=128))


def downgrade() -> None:
    """Take them away again; signatures longer than 64 characters refuse it on PostgreSQL."""
    dialect = op.get_context().dialect.name
    if dialect == "postgresql":
        op.alter_column("certificates", "signature", type_=sa.String(length=64))
    for deed in ("update", "delete"):
        _drop(dialect, f"prints_no_{deed}", "certificate_prints")
    _drop(dialect, "certificates_facts", "certificates")
    op.drop_table("certificate_prints")
    op.drop_index("uq_certificates_replaces_id", "certificates")
    if dialect == "sqlite":
        _without_reference()
    else:
        op.drop_column("certificates", "replaces_id")
    _facts(dialect, FACTS)


def _facts(dialect: str, columns: tuple[str, ...]) -> None:
    differs = "IS NOT" if dialect == "sqlite" else "IS DISTINCT FROM"
    when = " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in columns)
    _guard(
        dialect, "certificates_facts", "certificates", "UPDATE", "an issued certificate is immutable", when
    )


def _guard(dialect: str, name: str, table: str, deed: str, message: str, when: str = "") -> None:
    if dialect == "sqlite":
        condition = f" WHEN {when}" if when else ""
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {deed} ON {table}{condition}"
            f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return
    result = "OLD" if deed == "DELETE" else "NEW"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {when or 'TRUE'} THEN RAISE EXCEPTION '{message}'"
        f" USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {result}; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {deed} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def _drop(dialect: str, name: str, table: str) -> None:
    if dialect == "sqlite":
        op.execute(f"DROP TRIGGER {name}")
    else:
        op.execute(f"DROP TRIGGER {name} ON {table}")
        op.execute(f"DROP FUNCTION {name}()")


def _without_reference() -> None:
    """SQLite drops no column that refers to another one; the guards of the table survive its copy."""
    connection = op.get_bind()
    guards = connection.execute(
        sa.text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'certificates'")
    ).scalars()
    kept = list(guards)
    with op.batch_alter_table("certificates") as batch:
        batch.drop_column("replaces_id")
    for guard in kept:
        op.execute(guard)
