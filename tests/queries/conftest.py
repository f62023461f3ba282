"""A queue as long as a test wants."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from campus import DEFAULTS, NOW
from sqlalchemy import insert

from portal.database import write_tx
from portal.extensions import db
from portal.models import Claim


@pytest.fixture
def fill(app, people):
    """`fill(100)`: so many pending publications of one person, in one go."""

    def write(count: int) -> None:
        rows = [
            {
                **DEFAULTS["publication"],
                "uuid": uuid4(),
                "person_id": people["陈晓" if n % 2 else "刘洋"].id,
                "unit_id": people["陈晓"].unit_id,
                "category": "publication",
                "title": f"论文{n}",
                "work_on": DEFAULTS["publication"]["work_on"].replace(year=2021 + n % 5),
                "year_from": 2021 + n % 5,
                "year_to": 2021 + n % 5,
                "status": "pending",
                "created_at": NOW,
                "updated_at": NOW,
                "submitted_at": NOW - timedelta(minutes=n),
            }
            for n in range(count)
        ]
        with app.app_context(), write_tx() as session:
            session.execute(insert(Claim), rows)
            if db.engine.dialect.name == "postgresql":  # as autovacuum would before long
                session.connection().exec_driver_sql("ANALYZE")

    return write
