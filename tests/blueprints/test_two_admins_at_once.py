"""Two admins at the same queue at the same moment: one decision a claim, and the slower one learns of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from sqlalchemy import func, select

from portal.extensions import db
from portal.models import Claim, Event

CLAIMS = 40


def test_of_two_admins_one_decides_and_the_other_gets_409_with_who_and_when(
    app: Any, sign_in: Any, filing: Any
) -> None:
    claims = [
        filing.claim("陈晓" if n % 2 else "刘洋", "publication", title=f"论文{n}") for n in range(CLAIMS)
    ]
    clients, gate = {name: sign_in(name) for name in ("李静", "王芳")}, Barrier(2)
    orders = {
        "李静": {"action": "approve", "version": "1"},
        "王芳": {"action": "return", "reason": "材料不清晰。", "version": "1"},
    }
    done = {"李静": "通过", "王芳": "退回"}

    def review(name: str) -> list[Any]:
        gate.wait()
        return [
            clients[name].post(f"/admin/claims/{claim.uuid}/decision", data=orders[name], htmx=True)
            for claim in claims
        ]

    with ThreadPoolExecutor(2) as pool:
        answers = dict(zip(clients, pool.map(review, clients), strict=True))
    for number, claim in enumerate(claims):
        statuses = {answers[name][number].status_code: name for name in clients}
        assert set(statuses) == {200, 409}, f"{claim.title}: {statuses}; exactly one decision may be kept"
        winner, told = statuses[200], " ".join(answers[statuses[409]][number].words.split())
        assert f"{winner} 已于 2025-12-01 08:00 {done[winner]}这项申报" in told
    with app.app_context():
        versions = db.session.scalars(select(Claim.version)).all()
        deeds = Event.action.in_(("claim-approved", "claim-returned"))
        assert db.session.scalar(select(func.count()).where(deeds)) == CLAIMS
    assert set(versions) == {2}
