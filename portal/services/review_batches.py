"""Decides many claims in one go, each by the guards of a single one, and says what became of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.clock import SHANGHAI, shanghai_date
from portal.database import write_tx
from portal.extensions import db
from portal.queries import review_choice
from portal.rules.access import Actor
from portal.rules.policy import PolicySet, shipped
from portal.rules.refusals import Conflict, NotFound, NotPermitted, Refusal, RuleBroken
from portal.rules.vocabulary import Status
from portal.services import jobs, reviews
from portal.services.jobs import Task

AT_ONCE = 50  # decided within the request; more go to the background
MOST = 500  # in one go
WORDS = {"approve": "通过", "return": "退回"}
_REFUSED_FILE = "refused.txt"
_SHOWN = 20  # refused ones named on the page; the file has them all


@dataclass(frozen=True, slots=True)
class Chosen:
    """A claim in the version the reviewer saw."""

    uuid: UUID
    version: int


@dataclass(frozen=True, slots=True)
class Order:
    """What is to happen to the chosen claims: `action` is approve or return, the latter with a reason."""

    action: str
    reason: str
    chosen: tuple[Chosen, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one claim; `why` says what stood in the way, "" once it is decided."""

    uuid: UUID
    claimant: str
    title: str
    why: str

    @property
    def decided(self) -> bool:
        """Whether the decision was kept."""
        return not self.why


def check(actor: Actor, order: Order, *, today: date) -> None:
    """Refuse the whole order before anything is done.

    Raises NotFound when any claim is out of the actor's scope, RuleBroken for none, too many, or a
    return without a reason.
    """
    if not actor.reviews:
        raise NotFound()
    if not order.chosen:
        raise RuleBroken("没有选择申报。请勾选要处理的申报，再按“通过”或“退回”。")
    if len(order.chosen) > MOST:
        raise RuleBroken(f"一次最多处理 {MOST} 项，所选 {len(order.chosen)} 项。请缩小筛选范围后分次处理。")
    if order.action == "return" and not order.reason:
        raise RuleBroken("请填写退回原因：申报人据此修改后重新提交。")
    uuids = [one.uuid for one in order.chosen]
    if len(review_choice.names(actor, uuids, today=today)) != len(set(uuids)):
        raise NotFound()


def decide(actor: Actor, order: Order, *, policies: PolicySet, now: datetime, today: date) -> list[Outcome]:
    """Decide each claim in a transaction of its own. Raises as `check` does, before the first of them."""
    check(actor, order, today=today)
    db.session.remove()
    return [_one(actor, order, one, policies, now, today) for one in order.chosen]


def enqueue(actor: Actor, order: Order, *, now: datetime, today: date) -> UUID:
    """Leave the order to the background; returns the job. Raises as `check` does."""
    check(actor, order, today=today)
    payload = {
        "action": order.action,
        "reason": order.reason,
        "chosen": [[str(one.uuid), one.version] for one in order.chosen],
    }
    count = len(order.chosen)
    with write_tx() as session:
        title = f"{WORDS[order.action]} {count} 项申报"
        return jobs.enqueue(session, actor, "decisions", payload, title=title, now=now, total=count)


def run(task: Task) -> None:
    """The queued order: every decision and the mark behind it are one transaction, so none comes twice."""
    if task.owner is None:
        raise NotPermitted()
    policies = shipped()
    chosen = tuple(Chosen(UUID(uuid), version) for uuid, version in task.payload["chosen"])
    order = Order(task.payload["action"], task.payload["reason"], chosen)
    refused: list[str] = list(task.checkpoint.get("refused", []))
    for done in range(int(task.checkpoint.get("done", 0)), len(chosen)):
        after = done + 1

        def mark(session: Session, after: int = after) -> None:
            task.advance(session, after, checkpoint={"done": after, "refused": refused})

        now = task.now()
        outcome = _one(task.owner, order, chosen[done], policies, now, shanghai_date(now), mark)
        if not outcome.decided:
            refused.append(f"{outcome.claimant}《{outcome.title}》：{outcome.why}")
            task.beat(after, checkpoint={"done": after, "refused": refused})
    task.finish(_result(task, order, refused))


def _result(task: Task, order: Order, refused: Sequence[str]) -> dict[str, object]:
    decided = len(order.chosen) - len(refused)
    sentence = f"已{WORDS[order.action]} {decided} 项。"
    if not refused:
        return {"sentence": sentence}
    (task.folder / _REFUSED_FILE).write_text("\n".join(refused) + "\n", encoding="utf-8-sig")
    return {
        "sentence": f"{sentence}{len(refused)} 项没有处理，原因见下方文件。",
        "lines": list(refused[:_SHOWN]),
        "files": [_REFUSED_FILE],
        "names": {_REFUSED_FILE: "没有处理的申报.txt"},
    }


def _one(
    actor: Actor,
    order: Order,
    one: Chosen,
    policies: PolicySet,
    now: datetime,
    today: date,
    mark: Callable[[Session], None] | None = None,
) -> Outcome:
    why = ""
    try:
        with write_tx() as session:
            if mark is not None:  # the job's row before the head of the log, as whoever cancels it locks them
                mark(session)
            if order.action == "approve":
                reviews.approve(
                    actor,
                    one.uuid,
                    quarters=None,
                    subject="",
                    reason=order.reason,
                    version=one.version,
                    policies=policies,
                    now=now,
                    today=today,
                    session=session,
                )
            else:
                reviews.send_back(
                    actor,
                    one.uuid,
                    reason=order.reason,
                    version=one.version,
                    now=now,
                    today=today,
                    session=session,
                )
    except Refusal as refused:
        why = _why(refused)
    claim = review_choice.names(actor, [one.uuid], today=today).get(one.uuid)
    db.session.remove()
    if claim is None:
        return Outcome(one.uuid, "—", "—", why and "已不在您的审核范围内，没有处理。")
    if why and claim.version != one.version:
        why = _overtaken(claim)
    return Outcome(one.uuid, claim.claimant, claim.title, why)


def _why(refused: Refusal) -> str:
    if isinstance(refused, NotPermitted):
        return refused.message or "不能审核本人的或由本人代办的申报，由另一位管理员审核。"
    if isinstance(refused, Conflict):
        return refused.message or "申报已有变化，没有处理。"
    return refused.message or "没有处理。"


def _overtaken(claim: Any) -> str:
    """Who was faster and when."""
    if claim.status == Status.PENDING:
        return "申报人已改动并重新提交，请重新核对后再决定。"
    if claim.decided_at is None:
        return "申报人已撤回。"
    done = {Status.APPROVED: "通过", Status.RETURNED: "退回"}.get(Status(claim.status), "处理")
    at = claim.decided_at.astimezone(SHANGHAI)
    return f"{claim.decider} 已于 {at:%Y-%m-%d %H:%M} {done}，您的决定没有保存。"
