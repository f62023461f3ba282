"""Files claims for people of the filer's unit: one claim for one person, or one training for a whole list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.database import write_tx
from portal.models import Claim, Sending
from portal.queries import group_filing as queries
from portal.rules.access import Actor
from portal.rules.policy import PolicySet
from portal.rules.refusals import RuleBroken
from portal.services import events
from portal.services.evidence import Intake, Stored, shared
from portal.services.filing import Filed, Form, one_work_one_claim, send
from portal.services.messages import tell
from portal.storage import LocalStore

NOBODY = "名单中没有勾选任何人，什么也没有提交。请先填写工号或选择人员，核对后再提交。"
TOO_MANY = f"一份名单最多 {queries.LONGEST} 人，请分几次提交。"
GONE = "勾选的人员中有人已不在本单位，或账号已停用，没有提交任何一项。请重新核对名单。"


@dataclass(frozen=True, slots=True)
class FiledList:
    """A list that was filed: its uuid, how many claims, `repeated` when an earlier sending had written it."""

    group: UUID
    people: int
    repeated: bool = False


def submit_for(
    actor: Actor, person: UUID, form: Form, policies: PolicySet, *, now: datetime, today: date
) -> Filed:
    """Send a claim for somebody of the actor's unit to that unit's queue, marked as filed by the actor.

    The rules are those of one's own. Raises NotFound outside the unit, RuleBroken naming what is in the way.
    """
    with one_work_one_claim(), write_tx() as session:
        author = queries.person_of_unit(actor, person, session=session)
        earlier = _sent_before(session, [author.person_id], form.key)
        if earlier:
            return Filed(earlier.uuid, repeated=True)
        uuid = send(session, author, form, None, policies, now=now, today=today, filed_by_id=actor.person_id)
        _tell(session, actor, author.person_id, form.given.title, uuid, now)
        events.record(session, actor, "claim-filed-for", "claim", uuid, now=now, files=len(form.intake.files))
    form.intake.kept = True
    return Filed(uuid)


def submit_list(
    actor: Actor,
    people: Sequence[UUID],
    form: Form,
    store: LocalStore,
    policies: PolicySet,
    *,
    now: datetime,
    today: date,
) -> FiledList:
    """Send one training for everybody named, all or nothing; each claim holds evidence rows of its own.

    Raises RuleBroken for nobody, too many, somebody who left the unit, or somebody for whom it may not count.
    """
    wanted = list(dict.fromkeys(people))
    if not wanted:
        raise RuleBroken(NOBODY)
    if len(wanted) > queries.LONGEST:
        raise RuleBroken(TOO_MANY)
    own = list(form.intake.files)
    files = [own, *(shared(own, form.intake, store) for _ in wanted[1:])]
    with write_tx() as session:
        authors = queries.locked_people(actor, wanted, session)
        earlier = _sent_before(session, [author.person_id for author in authors], form.key)
        if earlier:
            return FiledList(earlier.list_uuid, len(wanted), repeated=True)
        if len(authors) != len(wanted):
            raise RuleBroken(GONE)
        group = uuid4()
        claims = [
            _send_one(session, actor, author, form, part, policies, group, now=now, today=today)
            for author, part in zip(authors, files, strict=True)
        ]
        for author, uuid in zip(authors, claims, strict=True):
            _tell(session, actor, author.person_id, form.given.title, uuid, now)
            events.record(session, actor, "claim-filed-for", "claim", uuid, now=now, list=str(group))
        events.record(session, actor, "list-filed", "claim-list", group, now=now, people=len(claims))
    form.intake.kept = True
    return FiledList(group, len(claims))


def _send_one(
    session: Session,
    actor: Actor,
    author: Any,
    form: Form,
    files: list[Stored],
    policies: PolicySet,
    group: UUID,
    *,
    now: datetime,
    today: date,
) -> UUID:
    part = replace(form, intake=Intake(files))
    try:
        return send(
            session,
            author,
            part,
            None,
            policies,
            now=now,
            today=today,
            filed_by_id=actor.person_id,
            list_uuid=group,
        )
    except RuleBroken as refused:
        if set(refused.fields) <= {"keep_zero", "hours"}:  # the person's own ledger, not the form
            who = f"{author.name}（{author.username}）"
            reason = queries.ZERO if "keep_zero" in refused.fields else queries.REFUSED
            raise RuleBroken(f"{who}：{reason}没有提交任何一项，请重新核对名单。") from None
        raise


def _tell(session: Session, actor: Actor, person_id: int, title: str, claim: UUID, now: datetime) -> None:
    """Nobody learns from the queue that something was filed in their name."""
    if person_id != actor.person_id:
        tell(
            session,
            [person_id],
            "claim-filed-for",
            title=f"单位已代您申报：{title}",
            body=f"{actor.name}代您提交，等待审核。内容不符的，请在审核前撤回。",
            link=f"/claims/{claim}",
            about=claim,
            now=now,
        )


def _sent_before(session: Session, people: Sequence[int], key: str | None) -> Any:
    """The claim an earlier sending of the same form had led to; the people are locked already."""
    if key is None or not people:
        return None
    return session.execute(
        select(Claim.uuid, Claim.list_uuid)
        .join(Sending, Sending.claim_uuid == Claim.uuid)
        .where(Sending.person_id.in_(people), Sending.key == key)
        .limit(1)
    ).one_or_none()
