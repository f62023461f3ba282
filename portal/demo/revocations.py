"""A training that many people of many units claimed and that never took place: HR proposes to revoke it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from portal.demo.desk import Desk
from portal.demo.drafts import Draft, at
from portal.demo.people import Staff
from portal.demo.units import NURSING, WITH_ONE_ADMIN, WITHOUT_ADMIN
from portal.rules.access import Actor
from portal.rules.vocabulary import Hat, RevocationKind
from portal.services import revocation_proposals
from portal.services.revocations import ALONE

TITLE = "现代教育技术与信息素养高级研修班"
CLAIMED = ALONE + 4
_START = date(2025, 4, 19)
_REASON = "经向主办单位书面核实，该单位没有举办过这期研修班，学时证明所用印章系伪造。"


def claims(desk: Desk) -> list[Draft]:
    """File and approve them, one claim a person; nobody of the units that other stories are told of."""
    apart = (NURSING, WITHOUT_ADMIN, WITH_ONE_ADMIN)
    people = [one for one in desk.people if one.role is None and one.unit not in apart][:CLAIMED]
    return [_claim(desk, person, number) for number, person in enumerate(people)]


def _claim(desk: Desk, person: Staff, number: int) -> Draft:
    sent = at(_START + timedelta(days=5 + number // 3), 9 + number % 8, 7 * number % 60)
    claim = desk.training(
        person, _START, 2, sent, title=TITLE, kind="研修", organizer="华东教育信息化发展中心"
    )
    return desk.approve(claim, sent + timedelta(days=3, minutes=11))


def settle(
    suspect: Sequence[Draft],
    people: Sequence[Staff],
    actor: Callable[[Staff, Hat], Actor],
    minutes: Callable[[int], datetime],
) -> None:
    """Propose it through the service; `minutes(n)` tells when. It waits for the other officer."""
    hr = next(person for person in people if person.username == "hr")
    uuids = [claim.uuid for claim in suspect]
    revocation_proposals.propose(
        actor(hr, Hat.HR), uuids, kind=RevocationKind.FALSE, reason=_REASON, now=minutes(460)
    )
