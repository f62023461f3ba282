"""What a page of the review costs: the same few statements however many claims there are."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from campus import DEFAULTS, NOW
from sqlalchemy import insert

from portal.database import write_tx
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

    return write


@pytest.mark.parametrize(("name", "most"), [("李静", 6), ("周敏", 7)])
def test_the_queue_costs_the_same_at_a_hundred_and_at_ten_thousand(sign_in, fill, queries_of, name, most):
    client = sign_in(name)
    sent = []
    addresses = ("/admin/claims?scope=all", "/admin/claims?scope=all&q=lunwen", "/admin/claims")
    for count in (100, 9_900):
        fill(count)
        sent += [len(queries_of(lambda one=one: client.get(one, status=200))) for one in addresses]
    assert max(sent) <= most
    assert sent[:3] == sent[3:]


def test_an_opened_row_costs_six(sign_in, filing, queries_of):
    filing.claim("陈晓", "training", "approved")
    claim = filing.claim("陈晓", "training", work_id="X-1")
    client = sign_in("李静")
    assert len(queries_of(lambda: client.get(f"/admin/claims/{claim.uuid}", htmx=True, status=200))) <= 6
