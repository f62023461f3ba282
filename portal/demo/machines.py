"""The tokens of the demo campus: one that works, known to everybody, and one that was ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy import select

from portal.demo.people import Staff
from portal.demo.situations import TODAY
from portal.extensions import db
from portal.models import MachineToken
from portal.rules.access import Actor
from portal.rules.machines import Scope
from portal.rules.vocabulary import Hat
from portal.services import tokens

DEMO_TOKEN = "hours_demo_everybody_knows_this_token"  # noqa: S105  (of an invented campus, printed in the docs)
PLATFORM = "山东开放大学"


def settle(
    people: list[Staff], actor: Callable[[Staff, Hat], Actor], minutes: Callable[[int], datetime]
) -> None:
    """Make them through the services; `minutes(n)` tells when."""
    hr = actor(next(person for person in people if person.username == "hr"), Hat.HR)

    def make(
        name: str, scopes: tuple[Scope, ...], at: int, last: date, *, platform: str = "", token: str = ""
    ) -> None:
        tokens.create(
            hr,
            name,
            scopes,
            expires_on=last,
            platform=platform or None,
            token=token,
            now=minutes(at),
            today=TODAY,
        )

    half_a_year = TODAY + timedelta(days=180)
    make("旧职称系统", (Scope.READ,), 270, half_a_year)
    ended = db.session.scalars(select(MachineToken.uuid)).one()
    tokens.revoke(hr, ended, now=minutes(271))
    make("职称申报管理系统", (Scope.READ,), 272, half_a_year)
    make("蟹壳云学报送", (Scope.WRITE,), 273, TODAY + timedelta(days=20), platform="蟹壳云学")
    make(f"{PLATFORM}报送（演示）", tuple(Scope), 274, half_a_year, token=DEMO_TOKEN)
