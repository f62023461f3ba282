"""The moves a claim may make: status and deed to status. Whatever is not listed is refused."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from portal.rules.refusals import Conflict
from portal.rules.vocabulary import Status

UNDO_WITHIN = timedelta(seconds=10)  # of a decision; only then is its claimant told


class Move(StrEnum):
    """What can be done to a claim."""

    EDIT = "edit"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    DELETE = "delete"
    APPROVE = "approve"
    RETURN = "return"
    REVOKE = "revoke"
    UNDO = "undo"


_EDITABLE = (Status.DRAFT, Status.RETURNED, Status.WITHDRAWN)

TRANSITIONS: dict[tuple[Status, Move], Status | None] = {
    **{(status, Move.EDIT): status for status in _EDITABLE},
    **{(status, Move.SUBMIT): Status.PENDING for status in _EDITABLE},
    (Status.PENDING, Move.WITHDRAW): Status.WITHDRAWN,
    (Status.DRAFT, Move.DELETE): None,  # nothing was ever sent, so nothing has to be kept
    (Status.PENDING, Move.APPROVE): Status.APPROVED,
    (Status.PENDING, Move.RETURN): Status.RETURNED,
    (Status.APPROVED, Move.REVOKE): Status.REVOKED,
    (Status.APPROVED, Move.UNDO): Status.PENDING,
    (Status.RETURNED, Move.UNDO): Status.PENDING,
}

_WORDS = {
    Move.EDIT: "修改",
    Move.SUBMIT: "提交",
    Move.WITHDRAW: "撤回",
    Move.DELETE: "删除",
    Move.APPROVE: "通过",
    Move.RETURN: "退回",
    Move.REVOKE: "撤销",
    Move.UNDO: "撤销决定",
}


def allowed(status: str, move: Move) -> bool:
    """Whether the deed is possible in that state."""
    return (Status(status), move) in TRANSITIONS


def after(status: str, move: Move) -> Status | None:
    """The state after the deed; None when the claim is gone. Raises Conflict when it is not possible."""
    current = Status(status)
    if (current, move) not in TRANSITIONS:
        raise Conflict(f"这项申报现在是“{current.label}”，不能{_WORDS[move]}。请刷新后查看最新状态。")
    return TRANSITIONS[current, move]
