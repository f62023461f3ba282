"""Runs migrations on the app's own engine, in one transaction that either happens or does not."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from portal import models  # noqa: F401  (registers every table)
from portal.database import UTCDateTime, schema_tx
from portal.extensions import db


def render_item(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Migrations name plain types, so that an old one still runs when our own types have changed."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database: use `portal upgrade`.")

with schema_tx(db.engine) as connection:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        render_item=render_item,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
