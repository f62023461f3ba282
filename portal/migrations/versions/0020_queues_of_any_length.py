"""Indexes that find what a reviewer filters by, however many claims wait."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_INDEXES = (
    ("category", "unit_id", "status", "submitted_at", "id"),
    ("category", "status", "submitted_at", "id"),
    ("person_id", "status", "submitted_at", "id"),
)
_FILED_BY = ("filed_by_id", "unit_id", "status", "submitted_at", "id")


def upgrade() -> None:
    """Create them; few claims are filed for others, so only those stand in theirs."""
    for columns in _INDEXES:
        op.create_index(_name(columns), "claims", list(columns))
    filed = sa.text("filed_by_id IS NOT NULL")
    op.create_index(_name(_FILED_BY), "claims", list(_FILED_BY), sqlite_where=filed, postgresql_where=filed)


def downgrade() -> None:
    """Take them away."""
    for columns in (*_INDEXES, _FILED_BY):
        op.drop_index(_name(columns), table_name="claims")


def _name(columns: tuple[str, ...]) -> str:
    return f"ix_claims_{'_'.join(columns)}"
