"""`portal audit`: a log that somebody wrote into with the guards taken away is found out."""

from __future__ import annotations

import pytest
from campus import NOW
from sqlalchemy import text

from portal.database import schema_tx
from portal.extensions import db
from portal.queries import event_chain
from portal.services import audit_heads

COPY = (
    "INSERT INTO events SELECT {id}, at, actor_id, actor_hat, address, action, object_type, object_uuid,"
    " reason, details, previous, '{digest}' FROM events WHERE id = 2"
)
TAMPER = {
    "changed": ("UPDATE events SET reason = '改过' WHERE id = 2", "第 2 条"),
    "removed": ("DELETE FROM events WHERE id = 2", "缺少第 2 条"),
    "inserted": (COPY.format(id=0, digest="f" * 64), "第 0 条"),
    "appended": (COPY.format(id=99, digest="f" * 64), "第 99 条"),
    "cut off": ("DELETE FROM events WHERE id > 2", "末尾被截断"),
}


def tampered(app, statement):
    """Run it as somebody who owns the database does, the guards resting; restored with the tables."""
    with app.app_context():
        sqlite = db.engine.dialect.name == "sqlite"
        with schema_tx(db.engine) as connection:
            if sqlite:
                connection.execute(text("DROP TRIGGER events_no_update"))
                connection.execute(text("DROP TRIGGER events_no_delete"))
            else:
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            connection.execute(text(statement))


@pytest.mark.parametrize("how", TAMPER)
def test_what_was_done_to_the_log_is_named(app, filing, how):
    for status in ("approved", "returned"):
        filing.claim("陈晓", "training", status)
    with app.app_context():
        assert list(event_chain.faults()) == []
        db.session.remove()
    statement, told = TAMPER[how]
    tampered(app, statement)
    with app.app_context():
        found = list(event_chain.faults())
        db.session.remove()
    assert any(told in sentence for sentence in found), found


def test_a_head_kept_outside_finds_a_log_shortened_with_its_own_head(app, filing, tmp_path):
    file = tmp_path / "heads.log"
    filing.claim("陈晓", "training", "approved")
    with app.app_context():
        assert audit_heads.append(file, now=NOW) is not None
        assert audit_heads.append(file, now=NOW) is None
        db.session.remove()
    tampered(app, "DELETE FROM events WHERE id = 2")
    tampered_head = "UPDATE event_head SET last_id = 1, digest = (SELECT digest FROM events WHERE id = 1)"
    with app.app_context(), schema_tx(db.engine) as connection:
        connection.execute(text(tampered_head))
    with app.app_context():
        kept = [head for _, head in audit_heads.lines(file)]
        assert list(event_chain.faults()) == []
        found = list(event_chain.faults(kept))
        db.session.remove()
    assert len(found) == 1
    assert "第 2 条" in found[0]
