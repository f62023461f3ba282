"""The demo campus's year: dates HR set, a year opened again for one person, and single obligations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from portal.demo.people import Staff
from portal.demo.situations import TODAY
from portal.rules.access import Actor
from portal.rules.calendar import Calendar
from portal.rules.policy import PolicySet
from portal.rules.vocabulary import Hat, ObligationKind
from portal.services import calendar, obligations
from portal.services.evidence import Intake

_DATES = (
    (Calendar(2024, date(2024, 12, 31), date(2025, 11, 15), date(2025, 12, 20)), "2024 年度补报结束，只审核"),
    (Calendar(2025, date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28)), "按 2025 年度工作安排"),
)
# from the end of the list, before those who left: kind, public and professional hours, reason
_OWED = (
    (ObligationKind.LEAVE, 15, 30, "产假 2025-03-01 至 2025-08-31"),
    (ObligationKind.NEW_HIRE, 10, 20, "2025 年 9 月入职"),
)
_STAYING = 20  # how far from the end of the list those stand


def settle(
    people: list[Staff],
    actor: Callable[[Staff, Hat], Actor],
    policies: PolicySet,
    minutes: Callable[[int], datetime],
) -> None:
    """Through the services; `minutes(n)` tells when."""
    hr = actor(next(person for person in people if person.username == "hr"), Hat.HR)
    for number, (dates, reason) in enumerate(_DATES):
        calendar.set_year(hr, dates, reason=reason, accepted=True, now=minutes(270 + number), today=TODAY)
    plain = [person for person in reversed(people) if person.role is None][_STAYING:]
    calendar.reopen(
        hr,
        2024,
        plain[0].username,
        files_until=date(2025, 12, 15),
        review_until=date(2025, 12, 31),
        reason="补报期内住院，凭诊断证明补报",
        now=minutes(274),
        today=TODAY,
    )
    for number, (kind, public, professional, reason) in enumerate(_OWED, start=1):
        obligations.set_figures(
            hr,
            plain[number].uuid,
            2025,
            kind=kind,
            public=public * 4,
            professional=professional * 4,
            reason=reason,
            intake=Intake(),
            policies=policies,
            now=minutes(276 + number),
        )
