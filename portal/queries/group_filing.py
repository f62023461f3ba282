"""Reads whom a unit's admin may file for, what a list would count for each, and a list that was filed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from portal.extensions import db
from portal.models import Claim, Person, Unit
from portal.queries.foresight import Foresight, foresee
from portal.rules.access import Actor
from portal.rules.filing import ClaimInput
from portal.rules.policy import PolicySet
from portal.rules.refusals import NotFound
from portal.rules.vocabulary import Evidence, Hat, Status

LONGEST = 500  # people of one list
STRANGER = "本单位没有这个工号：请核对；已调离或属于其他单位的，由所在单位代为申报。"
ZERO = "计入 0 学时，不随名单提交；确需留存的，请单独代为申报。"
REFUSED = "超过上限，现行规定不受理超出部分。"


@dataclass(frozen=True, slots=True)
class Line:
    """One name of a list: the person (None: not of the unit), what would count, and what forbids it."""

    username: str
    person: Any
    seen: Foresight | None = None
    reason: str = ""

    @property
    def fileable(self) -> bool:
        """Whether the claim could be filed, as far as the person is concerned."""
        return self.person is not None and not self.reason

    @property
    def doubled(self) -> bool:
        """Whether the person has something that looks the same already."""
        return bool(self.seen and self.seen.warnings)


def person_of_unit(actor: Actor, uuid: UUID, *, session: Session | None = None) -> Any:
    """Somebody the actor may file for, locked when a session is given. Raises NotFound."""
    query = _people(actor).where(Person.uuid == uuid)
    if session is not None:
        query = query.with_for_update(of=Person, key_share=True)
    row = (session or db.session).execute(query).one_or_none()
    if row is None:
        raise NotFound
    return row


def people_of_unit(actor: Actor) -> Sequence[Any]:
    """Everybody the actor may file for, by 工号."""
    return db.session.execute(_people(actor).order_by(Person.username)).all()


def locked_people(actor: Actor, uuids: Collection[UUID], session: Session) -> Sequence[Any]:
    """Those of the uuids the actor may file for, locked in one order; who has left the unit is missing."""
    return session.execute(
        _people(actor)
        .where(Person.uuid.in_(uuids))
        .order_by(Person.id)
        .with_for_update(of=Person, key_share=True)
    ).all()


def lines(
    actor: Actor,
    given: ClaimInput,
    present: Collection[Evidence],
    policies: PolicySet,
    *,
    usernames: Sequence[str],
    picked: Collection[UUID],
    today: date,
) -> list[Line]:
    """The list, name by name in the order given, with what the training would count for each."""
    found = db.session.execute(
        _people(actor)
        .where(or_(Person.username.in_(usernames), Person.uuid.in_(picked)))
        .order_by(Person.username)
    ).all()
    known = {row.username: row for row in found}
    order = list(dict.fromkeys([*usernames, *known]))
    return [
        line(given, present, policies, known[name], today=today)
        if name in known
        else Line(name, None, reason=STRANGER)
        for name in order
    ]


def line(
    given: ClaimInput,
    present: Collection[Evidence],
    policies: PolicySet,
    person: Any,
    *,
    today: date,
    session: Session | None = None,
) -> Line:
    """What the training would count for one person, and why it cannot go with a list."""
    seen = foresee(person.person_id, given, present, policies, today=today, session=session)
    reason = ""
    if seen.preview is not None and seen.years is not None and seen.preview.finished:
        refuses = policies.for_year(seen.years[0]).over_cap == "refuse"
        if refuses and seen.preview.counts_now < seen.preview.asked:
            reason = REFUSED
        elif seen.preview.counts_now == 0:
            reason = ZERO
    return Line(person.username, person, seen, reason)


def filed_list(actor: Actor, group: UUID) -> Sequence[Any]:
    """The claims of a list in the actor's scope, by 工号. Raises NotFound when there is none."""
    filer, decider = aliased(Person), aliased(Person)
    query = (
        select(
            Claim.uuid,
            Claim.title,
            Claim.status,
            Claim.kind,
            Claim.start_on,
            Claim.end_on,
            Claim.quarters,
            Claim.approved_quarters,
            Claim.credited,
            Claim.submitted_at,
            Claim.decided_at,
            Claim.decision_reason,
            Claim.filed_by_id,
            Person.name,
            Person.username,
            Unit.name.label("unit_name"),
            filer.name.label("filer"),
            decider.name.label("decider"),
        )
        .join(Person, Person.id == Claim.person_id)
        .join(Unit, Unit.id == Claim.unit_id)
        .outerjoin(filer, filer.id == Claim.filed_by_id)
        .outerjoin(decider, decider.id == Claim.decider_id)
        .where(Claim.list_uuid == group, Claim.status != Status.DRAFT.value)
        .order_by(Person.username)
    )
    if actor.hat is Hat.UNIT:
        query = query.where(Claim.unit_id == actor.acts_for)
    elif actor.hat is not Hat.HR:
        raise NotFound
    rows = db.session.execute(query).all()
    if not rows:
        raise NotFound
    return rows


def _people(actor: Actor) -> Select[*tuple[Any, ...]]:
    if actor.hat is not Hat.UNIT:
        raise NotFound
    return (
        select(
            Person.id.label("person_id"),
            Person.uuid,
            Person.username,
            Person.name,
            Person.department,
            Person.unit_id,
            Unit.name.label("unit_name"),
        )
        .join(Unit, Unit.id == Person.unit_id)
        .where(Person.unit_id == actor.acts_for, Person.disabled_at.is_(None))
    )
