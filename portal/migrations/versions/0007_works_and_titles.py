"""What tells that two claims are about the same work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.rules.works import title_key, work_key

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

LIVE = "status IN ('pending', 'approved')"
BATCH = 5_000

claims = sa.table(
    "claims",
    sa.column("id", sa.Integer),
    sa.column("person_id", sa.Integer),
    sa.column("kind", sa.String),
    sa.column("title", sa.String),
    sa.column("work_id", sa.String),
    sa.column("status", sa.String),
    sa.column("work_key", sa.String),
    sa.column("title_key", sa.String),
)


def upgrade() -> None:
    """Add the keys, work them out for what is there, then promise one live claim per work."""
    op.add_column("claims", sa.Column("work_key", sa.String(length=160), nullable=True))
    op.add_column("claims", sa.Column("title_key", sa.String(length=200), nullable=True))
    _fill()
    op.create_index(
        "uq_claims_person_id_work_key_live",
        "claims",
        ["person_id", "work_key"],
        unique=True,
        sqlite_where=sa.text(LIVE),
        postgresql_where=sa.text(LIVE),
    )
    op.create_index("ix_claims_work_key", "claims", ["work_key"])
    op.create_index("ix_claims_title_key", "claims", ["title_key"])


def _fill() -> None:
    """Older rows first; a later live claim of the same work gets no key, being older than the rule."""
    bind = op.get_bind()
    taken: set[tuple[int, str]] = set()
    last = 0
    columns = (
        claims.c.id,
        claims.c.person_id,
        claims.c.kind,
        claims.c.title,
        claims.c.work_id,
        claims.c.status,
    )
    page = sa.select(*columns).order_by(claims.c.id).limit(BATCH)
    change = (
        sa.update(claims)
        .where(claims.c.id == sa.bindparam("row"))
        .values(work_key=sa.bindparam("work"), title_key=sa.bindparam("name"))
    )
    while rows := bind.execute(page.where(claims.c.id > last)).all():
        changes = []
        for row in rows:
            key = work_key(row.kind, row.work_id)
            if key is not None and row.status in ("pending", "approved"):
                if (row.person_id, key) in taken:
                    key = None
                else:
                    taken.add((row.person_id, key))
            changes.append({"row": row.id, "work": key, "name": title_key(row.title)})
        bind.execute(change, changes)
        last = rows[-1].id


def downgrade() -> None:
    """Forget the keys."""
    for name in ("ix_claims_title_key", "ix_claims_work_key", "uq_claims_person_id_work_key_live"):
        op.drop_index(name, "claims")
    op.drop_column("claims", "title_key")
    op.drop_column("claims", "work_key")
