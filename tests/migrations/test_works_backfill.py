"""Claims filed before work keys existed get theirs; a later live one of the same work goes without."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

from alembic import command
from sqlalchemy import JSON, Boolean, Connection, DateTime, Integer, MetaData, select

from portal import create_app, lifecycle
from portal.config import Settings
from portal.database import schema_tx
from portal.extensions import db

MOMENT = "2025-05-01 00:00:00"


def put(connection: Connection, tables: MetaData, name: str, **facts: Any) -> None:
    """A row with these facts; what else must not be empty gets something of its type."""
    table = tables.tables[name]
    fillers = {Integer: 1, Boolean: 0, DateTime: MOMENT, JSON: "{}"}
    row = {}
    for column in table.columns:
        if column.name in facts or column.nullable or column.primary_key:
            continue
        kind = next((one for one in fillers if isinstance(column.type, one)), None)
        row[column.name] = uuid4().hex if kind is None else fillers[kind]
    marks = ", ".join(f":{one}" for one in {**row, **facts})
    statement = f"INSERT INTO {name} ({marks.replace(':', '')}) VALUES ({marks})"  # noqa: S608
    connection.exec_driver_sql(statement, {**row, **facts})


def test_rows_that_collide_do_not_stop_the_migration(tmp_path: Path) -> None:
    app = create_app(Settings(instance=tmp_path / "instance", testing=True))
    with app.app_context():
        command.upgrade(lifecycle._alembic(), "0006")
        tables = MetaData()
        with schema_tx(db.engine) as connection:
            tables.reflect(connection)
            put(connection, tables, "units", id=1)
            for person in (1, 2):
                put(connection, tables, "people", id=person, unit_id=1, search_key=f"key{person}")
            for number, person, status, work in (
                (1, 1, "pending", "10.1000/abc"),
                (2, 1, "pending", "doi:10.1000/ABC"),
                (3, 1, "draft", "10.1000/abc"),
                (4, 2, "pending", "https://doi.org/10.1000/abc"),
            ):
                known = {"category": "publication", "kind": "学术论文", "subject": "professional"}
                sent = {"submitted_at": MOMENT, "year_from": 2025, "year_to": 2025, "quarters": 40}
                facts = {**known, **sent, "person_id": person, "unit_id": 1, "title": "《甲》 Ａ"}
                put(connection, tables, "claims", id=number, status=status, work_id=work, **facts)
        command.upgrade(lifecycle._alembic(), "0007")
        with db.engine.connect() as connection:
            claims = db.metadata.tables["claims"].c
            rows = connection.execute(select(claims.id, claims.work_key, claims.title_key)).all()
        db.session.remove()
        db.engine.dispose()
    key = "doi:10.1000/abc"
    assert {row.id: row.work_key for row in rows} == {1: key, 2: None, 3: key, 4: key}
    assert {row.title_key for row in rows} == {"甲a"}
