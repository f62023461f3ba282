"""What the rules need to know of one claim, and the error for facts that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """One claim as the rules see it; never a database row.

    `quarters` is the claimed or approved amount in quarter-hours; categories measured by the item,
    the day or a table ignore it. Training carries `start` and `end` (both days included), self-study
    and courses a `year`, achievements and publications `on` or a `year`. `split` gives the quarters of
    each year by hand for a training across 31 December. `title` only serves the sentences.
    """

    id: str
    category: str
    subject: str
    quarters: int = 0
    start: date | None = None
    end: date | None = None
    year: int | None = None
    on: date | None = None
    split: Mapping[int, int] | None = None
    items: int = 1
    kind: str = ""
    title: str = ""
    level: str = ""
    rank: str = ""


class BadFacts(ValueError):
    """A claim's facts cannot be assessed. `claim` is its id, `field` the one to mend, `text` Chinese."""

    def __init__(self, claim: str, field: str, text: str) -> None:
        super().__init__(f"{claim} {field}: {text}")
        self.claim = claim
        self.field = field
        self.text = text
