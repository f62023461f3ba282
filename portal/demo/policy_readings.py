"""Readings of the notice on the demo campus: one confirmed by two officers, one that waits for the second."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from portal.demo.people import Staff
from portal.queries.policy_confirmations import digest
from portal.rules.access import Actor
from portal.rules.policy import PolicySet
from portal.rules.vocabulary import Hat
from portal.services import policy_confirmations


def settle(
    people: list[Staff],
    actor: Callable[[Staff, Hat], Actor],
    policies: PolicySet,
    minutes: Callable[[int], datetime],
) -> None:
    """Through the services; `minutes(n)` tells when."""
    first, second = (
        actor(next(person for person in people if person.username == name), Hat.HR) for name in ("hr", "hr2")
    )
    policy = policies.policies[-1]
    seen = {one.id: digest(one) for one in policy.interpretations}
    for number, reading in enumerate(("output_pool", "day_pool")):
        policy_confirmations.propose(
            first,
            policy,
            reading,
            seen=seen[reading],
            note="已电话询问省厅，按此执行" if number == 0 else "",
            now=minutes(290 + number),
        )
    policy_confirmations.confirm(
        second, policy, "output_pool", seen=seen["output_pool"], note="与通知第三条一致", now=minutes(292)
    )
