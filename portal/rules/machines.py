"""Programs that talk to the portal: what a token lets one do, and the one that is talking."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from portal.rules.vocabulary import Word


class Scope(Word):
    """One thing a token lets its holder do; `value` is the word used in the interface."""

    WRITE = "courses:write", "报送课程记录"
    UPDATE = "courses:update", "更新已有课程记录"
    READ = "standings:read", "查询年度完成情况"


@dataclass(frozen=True, slots=True)
class Machine:
    """A program with a live token. `platform` and `unit_id` narrow what it may touch; None is all."""

    token_id: int
    token_uuid: UUID
    name: str
    scopes: frozenset[Scope]
    platform: str | None
    unit_id: int | None
    unit_code: str | None
    address: str = ""

    def may(self, scope: Scope) -> bool:
        """Whether the token has this scope."""
        return scope in self.scopes
