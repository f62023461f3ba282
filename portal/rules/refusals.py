"""The four ways a deed is refused, as plain exceptions with a Chinese sentence for the person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Refusal(Exception):
    """A deed was refused; nothing was written. `message` is shown as it stands."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class NotFound(Refusal):
    """There is no such thing in the actor's scope; existence itself is not told."""


class NotPermitted(Refusal):
    """The thing is visible to the actor, the deed is not theirs to do."""


class Conflict(Refusal):
    """Somebody was faster, or the thing is no longer in a state that allows the deed."""


class RuleBroken(Refusal):
    """The input breaks a rule. `fields` maps a form field to its sentences."""

    def __init__(self, message: str = "", fields: Mapping[str, Sequence[str]] | None = None) -> None:
        super().__init__(message)
        self.fields: dict[str, list[str]] = {name: list(texts) for name, texts in (fields or {}).items()}
