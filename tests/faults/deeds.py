"""Deeds that people do over and over while the server is killed, and what must then be in the database."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select

from faults.client import Answer, Browser
from faults.school import School, password
from portal.extensions import db
from portal.models import Claim, Event

CONFIRMED_FOR = 200.0  # seconds; the portal asks for the password again after 300
TRY_AGAIN = (503, 507)


@dataclass(slots=True)
class Seat:
    """One browser at work, and the order it has sent without an answer yet."""

    browser: Browser
    name: str
    order: Any = None
    again: bool = False  # the order was sent before
    confirmed: float = field(default_factory=time.monotonic)

    def confirm(self) -> None:
        """Give the password again before the portal asks for it."""
        if time.monotonic() - self.confirmed > CONFIRMED_FOR:
            self.browser.post("/account/confirm", {"password": password()})
            self.confirmed = time.monotonic()


class Deed:
    """One kind of deed. `step` may be called from a thread a seat; everything else while nobody works."""

    name = ""
    people: tuple[tuple[str, str], ...] = ()  # (name, hat) of each seat

    def __init__(self, school: School) -> None:
        self.school = school
        self.statuses: Counter[int] = Counter()
        self.unanswered = 0
        self.acknowledged = 0
        self.wrong: list[str] = []

    def stock(self) -> None:
        """Put work before the people."""

    def next(self, seat: Seat) -> Any:
        """The order this seat sends now, None when there is nothing to do."""
        raise NotImplementedError

    def send(self, seat: Seat, order: Any) -> Answer:
        """Send an order, or send it again. Raises Unanswered."""
        raise NotImplementedError

    def done(self, seat: Seat, order: Any) -> None:
        """Note what the portal promised."""
        raise NotImplementedError

    def faults(self, *, final: bool) -> list[str]:
        """Promises the database does not keep; `final` once nothing is under way any more."""
        raise NotImplementedError

    def step(self, seat: Seat) -> None:
        """One order. After a lost answer the same order is sent until there is one. Raises Unanswered."""
        if seat.order is None:
            seat.order, seat.again = self.next(seat), False
        if seat.order is None:
            time.sleep(0.02)
            return
        again, seat.again = seat.again, True
        answer = self.send(seat, seat.order)
        self.statuses[answer.status] += 1
        if answer.status in TRY_AGAIN:
            return
        order, seat.order = seat.order, None
        # a repeated order may meet its own deed: that is a refusal, and the deed stands
        if answer.status == 303 or (again and answer.status == 409):
            self.acknowledged += 1
            self.done(seat, order)
        else:
            self.wrong.append(f"{self.name}: {seat.name} was answered {answer.status}")

    def ask(self, query: Any) -> list[Any]:
        """Rows of the database as it is now."""
        with self.school.app.app_context():
            rows = [tuple(row) for row in db.session.execute(query)]
            db.session.remove()
        return rows


class OfClaims(Deed):
    """Deeds on claims that were laid out before, each to be done once."""

    actions: tuple[str, ...] = ()
    stock_size = 60
    before = "pending"
    deferred = False  # a job does the deed later

    def __init__(self, school: School) -> None:
        super().__init__(school)
        self.supply: deque[UUID] = deque()
        self.laid: list[UUID] = []
        self.promised: dict[UUID, str] = {}

    def lay(self, claims: list[UUID]) -> None:
        """More claims to work on."""
        self.supply.extend(claims)
        self.laid.extend(claims)

    def stock(self) -> None:
        if len(self.supply) < self.stock_size // 2:
            self.lay(self.school.waiting(self.stock_size))

    def faults(self, *, final: bool) -> list[str]:
        # one statement: the background may be deciding meanwhile
        number = func.count(Event.id)
        query = (
            select(Claim.uuid, Claim.status, number)
            .outerjoin(Event, and_(Event.object_uuid == Claim.uuid, Event.action.in_(self.actions)))
            .where(Claim.uuid.in_(self.laid))
            .group_by(Claim.uuid, Claim.status)
        )
        rows = self.ask(query)
        found = {uuid: status for uuid, status, _ in rows}
        events = {uuid: count for uuid, _, count in rows}
        wrong = [
            f"{self.name}: {claim} was promised {status}, is {found[claim]}"
            for claim, status in self.promised.items()
            if found[claim] != status and (final or not self.deferred)
        ]
        wrong += [
            f"{self.name}: {claim} met {events[claim]} decisions"
            for claim in self.laid
            if events.get(claim, 0) > 1
        ]
        wrong += [
            f"{self.name}: {claim} changed without its event"
            for claim in self.laid
            if (found[claim] != self.before) != (events.get(claim, 0) == 1)
        ]
        return wrong


class Review(OfClaims):
    """Reviewers approve and return."""

    name = "review"
    people = (("李静", "unit"), ("李静", "unit"), ("王芳", "unit"), ("王芳", "unit"))
    actions = ("claim-approved", "claim-returned")

    def next(self, seat: Seat) -> Any:
        try:
            claim = self.supply.popleft()
        except IndexError:
            return None
        return claim, "return" if claim.int % 2 else "approve"

    def send(self, seat: Seat, order: Any) -> Answer:
        claim, action = order
        data = {"action": action, "version": "1", "reason": "材料不完备" if action == "return" else ""}
        return seat.browser.post(f"/admin/claims/{claim}/decision", data)

    def done(self, seat: Seat, order: Any) -> None:
        claim, action = order
        self.promised[claim] = "approved" if action == "approve" else "returned"


class Bulk(OfClaims):
    """A reviewer approves more than fifty at once, which the background does."""

    name = "bulk"
    people = (("李静", "unit"), ("王芳", "unit"))
    actions = ("claim-approved", "claim-returned")
    size, deferred = 52, True
    stock_size = 4 * size

    def next(self, seat: Seat) -> Any:
        if len(self.supply) < self.size:
            return None
        return [self.supply.popleft() for _ in range(self.size)]

    def send(self, seat: Seat, order: Any) -> Answer:
        versions = {f"version_{claim}": "1" for claim in order}
        return seat.browser.post(
            "/admin/claims/decisions",
            {"ids": [str(claim) for claim in order], "action": "approve", **versions},
        )

    def done(self, seat: Seat, order: Any) -> None:
        self.promised.update(dict.fromkeys(order, "approved"))


class Revoke(OfClaims):
    """HR takes approved claims back."""

    name = "revoke"
    people = (("周敏", "hr"), ("孙悦", "hr"))
    actions = ("claim-revoked",)
    before = "approved"

    def stock(self) -> None:
        if len(self.supply) < self.stock_size // 2:
            self.lay(self.school.waiting(self.stock_size, status="approved", decider="李静"))

    def next(self, seat: Seat) -> Any:
        return self.supply.popleft() if self.supply else None

    def send(self, seat: Seat, order: Any) -> Answer:
        seat.confirm()
        return seat.browser.post(f"/hr/claims/{order}/revoke", {"kind": "mistaken", "reason": "认定有误"})

    def done(self, seat: Seat, order: Any) -> None:
        self.promised[order] = "revoked"
